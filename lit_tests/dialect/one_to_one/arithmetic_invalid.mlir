// RUN: %verify-diagnostics %s

func.func @add(%arg0: tensor<2x3xf32>, %arg1: tensor<4xf32>) {
  // expected-error@+1 {{'dnnf.add' operands do not broadcast: (2, 3), (4,)}}
  %0 = "dnnf.add"(%arg0, %arg1) : (tensor<2x3xf32>, tensor<4xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @add(%arg0: tensor<2x3xf32>, %arg1: tensor<3xf32>) {
  // expected-error@+1 {{'dnnf.add' operands and attributes give 2x3xf32, but the result is 3xf32}}
  %0 = "dnnf.add"(%arg0, %arg1) : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @sub(%arg0: tensor<3xf32>, %arg1: tensor<3xf16>) {
  // expected-error@+1 {{'dnnf.sub' operands must have one element type, got f32 and f16}}
  %0 = "dnnf.sub"(%arg0, %arg1) : (tensor<3xf32>, tensor<3xf16>) -> tensor<3xf32>
  return
}

// -----

func.func @pow(%arg0: tensor<3xf32>, %arg1: tensor<3xi64>) {
  // expected-error@+1 {{'dnnf.pow' operands and attributes give 3xf32, but the result is 3xi64}}
  %0 = "dnnf.pow"(%arg0, %arg1) : (tensor<3xf32>, tensor<3xi64>) -> tensor<3xi64>
  return
}

// -----

func.func @max(%arg0: tensor<3xf32>, %arg1: tensor<2xf32>) {
  // expected-error@+1 {{'dnnf.max' operands do not broadcast: (3,), (2,)}}
  %0 = "dnnf.max"(%arg0, %arg1) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<3xf32>, tensor<2xf32>) -> tensor<3xf32>
  return
}
