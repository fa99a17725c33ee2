// RUN: dnnf-opt %s | dnnf-opt | FileCheck %s

// CHECK-LABEL: func.func @matmul(
// CHECK: "dnnf.matmul"(%arg0, %arg1) : (tensor<5x2x3xf32>, tensor<3x4xf32>) -> tensor<5x2x4xf32>
func.func @matmul(%arg0: tensor<5x2x3xf32>, %arg1: tensor<3x4xf32>) -> tensor<5x2x4xf32> {
  %0 = "dnnf.matmul"(%arg0, %arg1) : (tensor<5x2x3xf32>, tensor<3x4xf32>) -> tensor<5x2x4xf32>
  return %0 : tensor<5x2x4xf32>
}

// CHECK-LABEL: func.func @gemm(
// CHECK: "dnnf.gemm"(%arg0, %arg1, %arg2) {alpha = 1.000000e+00 : f64, beta = 5.000000e-01 : f64, operandSegmentSizes = array<i32: 1, 1, 1>, transA = 0 : i64, transB = 1 : i64} : (tensor<2x3xf32>, tensor<4x3xf32>, tensor<4xf32>) -> tensor<2x4xf32>
func.func @gemm(%arg0: tensor<2x3xf32>, %arg1: tensor<4x3xf32>, %arg2: tensor<4xf32>) -> tensor<2x4xf32> {
  %0 = "dnnf.gemm"(%arg0, %arg1, %arg2) {alpha = 1.000000e+00 : f64, beta = 5.000000e-01 : f64, operandSegmentSizes = array<i32: 1, 1, 1>, transA = 0 : i64, transB = 1 : i64} : (tensor<2x3xf32>, tensor<4x3xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// CHECK-LABEL: func.func @gemm_2(
// CHECK: "dnnf.gemm"(%arg0, %arg1) {alpha = 1.000000e+00 : f64, beta = 1.000000e+00 : f64, operandSegmentSizes = array<i32: 1, 1{{(, 0)*}}>, transA = 0 : i64, transB = 0 : i64} : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
func.func @gemm_2(%arg0: tensor<2x3xf32>, %arg1: tensor<3x4xf32>) -> tensor<2x4xf32> {
  %0 = "dnnf.gemm"(%arg0, %arg1) {alpha = 1.000000e+00 : f64, beta = 1.000000e+00 : f64, operandSegmentSizes = array<i32: 1, 1, 0>, transA = 0 : i64, transB = 0 : i64} : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// CHECK-LABEL: func.func @einsum(
// CHECK: "dnnf.einsum"(%arg0, %arg1) {equation = "...ij,jk->...ik", operandSegmentSizes = array<i32: 1, 1{{(, 0)*}}>} : (tensor<5x2x3xf32>, tensor<3x4xf32>) -> tensor<5x2x4xf32>
func.func @einsum(%arg0: tensor<5x2x3xf32>, %arg1: tensor<3x4xf32>) -> tensor<5x2x4xf32> {
  %0 = "dnnf.einsum"(%arg0, %arg1) {equation = "...ij,jk->...ik", operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<3x4xf32>) -> tensor<5x2x4xf32>
  return %0 : tensor<5x2x4xf32>
}
