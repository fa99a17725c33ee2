// RUN: %verify-diagnostics %s

func.func @equal(%arg0: tensor<3xf32>, %arg1: tensor<3xf32>) {
  // expected-error@+1 {{'dnnf.equal' operands and attributes give 3xi1, but the result is 3xf32}}
  %0 = "dnnf.equal"(%arg0, %arg1) : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @less(%arg0: tensor<3xf32>, %arg1: tensor<3xi32>) {
  // expected-error@+1 {{'dnnf.less' operands must have one element type, got f32 and i32}}
  %0 = "dnnf.less"(%arg0, %arg1) : (tensor<3xf32>, tensor<3xi32>) -> tensor<3xi1>
  return
}

// -----

func.func @is_nan(%arg0: tensor<3xf32>) {
  // expected-error@+1 {{'dnnf.is_nan' operands and attributes give 3xi1, but the result is 2xi1}}
  %0 = "dnnf.is_nan"(%arg0) : (tensor<3xf32>) -> tensor<2xi1>
  return
}
