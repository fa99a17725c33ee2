// RUN: %verify-diagnostics %s

func.func @relu(%arg0: tensor<2x3xf32>) {
  // expected-error@+1 {{'dnnf.relu' operands and attributes give 2x3xf32, but the result is 3x2xf32}}
  %0 = "dnnf.relu"(%arg0) : (tensor<2x3xf32>) -> tensor<3x2xf32>
  return
}

// -----

func.func @prelu(%arg0: tensor<4xf32>, %arg1: tensor<2x4xf32>) {
  // expected-error@+1 {{'dnnf.prelu' slope 2x4xf32 does not broadcast to shape (4,)}}
  %0 = "dnnf.prelu"(%arg0, %arg1) : (tensor<4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @gelu(%arg0: tensor<4xf32>) {
  // expected-error@+1 {{'dnnf.gelu' approximate must be "none" or "tanh"}}
  %0 = "dnnf.gelu"(%arg0) {approximate = "sigmoid"} : (tensor<4xf32>) -> tensor<4xf32>
  return
}
