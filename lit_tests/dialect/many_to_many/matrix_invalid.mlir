// RUN: %verify-diagnostics %s

func.func @matmul(%arg0: tensor<2x3xf32>, %arg1: tensor<4x5xf32>) {
  // expected-error@+1 {{'dnnf.matmul' inner dimensions differ: 2x3xf32 and 4x5xf32}}
  %0 = "dnnf.matmul"(%arg0, %arg1) : (tensor<2x3xf32>, tensor<4x5xf32>) -> tensor<2x5xf32>
  return
}

// -----

func.func @matmul(%arg0: tensor<f32>, %arg1: tensor<4x5xf32>) {
  // expected-error@+1 {{'dnnf.matmul' operands need a dimension, got f32 and 4x5xf32}}
  %0 = "dnnf.matmul"(%arg0, %arg1) : (tensor<f32>, tensor<4x5xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @matmul(%arg0: tensor<2x2x3xf32>, %arg1: tensor<5x3x4xf32>) {
  // expected-error@+1 {{'dnnf.matmul' operands do not broadcast: (2,), (5,)}}
  %0 = "dnnf.matmul"(%arg0, %arg1) : (tensor<2x2x3xf32>, tensor<5x3x4xf32>) -> tensor<2x2x4xf32>
  return
}

// -----

func.func @matmul(%arg0: tensor<2x3xf32>, %arg1: tensor<3x5xf64>) {
  // expected-error@+1 {{'dnnf.matmul' operands must have one element type, got f32 and f64}}
  %0 = "dnnf.matmul"(%arg0, %arg1) : (tensor<2x3xf32>, tensor<3x5xf64>) -> tensor<2x5xf32>
  return
}

// -----

func.func @gemm(%arg0: tensor<2x3x4xf32>, %arg1: tensor<4x5xf32>) {
  // expected-error@+1 {{'dnnf.gemm' needs two matrices, got 2x3x4xf32 and 4x5xf32}}
  %0 = "dnnf.gemm"(%arg0, %arg1) {alpha = 1.000000e+00 : f64, beta = 1.000000e+00 : f64, operandSegmentSizes = array<i32: 1, 1, 0>, transA = 0 : i64, transB = 0 : i64} : (tensor<2x3x4xf32>, tensor<4x5xf32>) -> tensor<2x5xf32>
  return
}

// -----

func.func @gemm(%arg0: tensor<2x3xf32>, %arg1: tensor<4x5xf32>) {
  // expected-error@+1 {{'dnnf.gemm' inner dimensions differ: 3 and 4}}
  %0 = "dnnf.gemm"(%arg0, %arg1) {alpha = 1.000000e+00 : f64, beta = 1.000000e+00 : f64, operandSegmentSizes = array<i32: 1, 1, 0>, transA = 0 : i64, transB = 0 : i64} : (tensor<2x3xf32>, tensor<4x5xf32>) -> tensor<2x5xf32>
  return
}

// -----

func.func @gemm(%arg0: tensor<2x3xf32>, %arg1: tensor<3x5xf32>, %arg2: tensor<4xf32>) {
  // expected-error@+1 {{'dnnf.gemm' c 4xf32 does not broadcast to shape (2, 5)}}
  %0 = "dnnf.gemm"(%arg0, %arg1, %arg2) {alpha = 1.000000e+00 : f64, beta = 1.000000e+00 : f64, operandSegmentSizes = array<i32: 1, 1, 1>, transA = 0 : i64, transB = 0 : i64} : (tensor<2x3xf32>, tensor<3x5xf32>, tensor<4xf32>) -> tensor<2x5xf32>
  return
}

// -----

func.func @einsum(%arg0: tensor<2x3xf32>, %arg1: tensor<4x5xf32>) {
  // expected-error@+1 {{'dnnf.einsum' equation 'ij,jk->ik': j is both 3 and 4}}
  %0 = "dnnf.einsum"(%arg0, %arg1) {equation = "ij,jk->ik", operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<2x3xf32>, tensor<4x5xf32>) -> tensor<2x5xf32>
  return
}

// -----

func.func @einsum(%arg0: tensor<2x3xf32>) {
  // expected-error@+1 {{'dnnf.einsum' equation 'ij,jk->ik' is for 2 operands, got 1}}
  %0 = "dnnf.einsum"(%arg0) {equation = "ij,jk->ik", operandSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<2x3xf32>) -> tensor<2x5xf32>
  return
}

// -----

func.func @einsum(%arg0: tensor<2x3xf32>) {
  // expected-error@+1 {{'dnnf.einsum' equation term 'ijk' does not fit a tensor of 2 dimensions}}
  %0 = "dnnf.einsum"(%arg0) {equation = "ijk->ij", operandSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @einsum(%arg0: tensor<2x3xf32>) {
  // expected-error@+1 {{'dnnf.einsum' equation 'ij->ik': k stands in no operand}}
  %0 = "dnnf.einsum"(%arg0) {equation = "ij->ik", operandSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}
