// RUN: %verify-diagnostics %s

func.func @reduce_sum(%arg0: tensor<2x3xf32>) {
  // expected-error@+1 {{'dnnf.reduce_sum' axes (2,) are no ascending dimensions of 2x3xf32}}
  %0 = "dnnf.reduce_sum"(%arg0) {axes = array<i64: 2>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @reduce_max(%arg0: tensor<2x3xf32>) {
  // expected-error@+1 {{'dnnf.reduce_max' axes (1, 0) are no ascending dimensions of 2x3xf32}}
  %0 = "dnnf.reduce_max"(%arg0) {axes = array<i64: 1, 0>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @reduce_mean(%arg0: tensor<2x3xf32>) {
  // expected-error@+1 {{'dnnf.reduce_mean' operands and attributes give 2x1xf32, but the result is 2xf32}}
  %0 = "dnnf.reduce_mean"(%arg0) {axes = array<i64: 1>, keepdims = 1 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @arg_max(%arg0: tensor<2x3xf32>) {
  // expected-error@+1 {{'dnnf.arg_max' operands and attributes give 2xi64, but the result is 2xf32}}
  %0 = "dnnf.arg_max"(%arg0) {axis = 1 : i64, keepdims = 0 : i64, select_last_index = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  return
}
