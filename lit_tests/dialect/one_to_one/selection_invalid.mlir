// RUN: %verify-diagnostics %s

func.func @where(%arg0: tensor<3xi64>, %arg1: tensor<3xf32>, %arg2: tensor<3xf32>) {
  // expected-error@+1 {{'dnnf.where' needs a boolean condition, got 3xi64}}
  %0 = "dnnf.where"(%arg0, %arg1, %arg2) : (tensor<3xi64>, tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @where(%arg0: tensor<3xi1>, %arg1: tensor<3xf32>, %arg2: tensor<3xf16>) {
  // expected-error@+1 {{'dnnf.where' operands must have one element type, got f32 and f16}}
  %0 = "dnnf.where"(%arg0, %arg1, %arg2) : (tensor<3xi1>, tensor<3xf32>, tensor<3xf16>) -> tensor<3xf32>
  return
}

// -----

func.func @clip(%arg0: tensor<3xf32>) {
  // expected-error@+1 {{'dnnf.clip' operands and attributes give 3xf32, but the result is 4xf32}}
  %0 = "dnnf.clip"(%arg0) {max = 1.000000e+00 : f64, min = 0.000000e+00 : f64} : (tensor<3xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @cast(%arg0: tensor<3xf32>) {
  // expected-error@+1 {{'dnnf.cast' must keep its operand's shape, got 3xf32 -> 4xi64}}
  %0 = "dnnf.cast"(%arg0) : (tensor<3xf32>) -> tensor<4xi64>
  return
}
