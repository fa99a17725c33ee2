// RUN: %verify-diagnostics %s

func.func @max_pool(%arg0: tensor<1x4x8x8xf32>) {
  // expected-error@+1 {{'dnnf.max_pool' kernel_shape needs length 2, got 1}}
  %0 = "dnnf.max_pool"(%arg0) {dilations = array<i64: 1, 1>, kernel_shape = array<i64: 2>, layout = "channels_first", pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>) -> tensor<1x4x7x7xf32>
  return
}

// -----

func.func @max_pool(%arg0: tensor<1x4x8x1xf32>) {
  // expected-error@+1 {{'dnnf.max_pool' a window of 2 does not fit in spatial dimension 1 of padded size 1}}
  %0 = "dnnf.max_pool"(%arg0) {dilations = array<i64: 1, 1>, kernel_shape = array<i64: 2, 2>, layout = "channels_first", pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x1xf32>) -> tensor<1x4x7x1xf32>
  return
}

// -----

func.func @average_pool(%arg0: tensor<1x4x8x8xf32>) {
  // expected-error@+1 {{'dnnf.average_pool' operands and attributes give 1x4x7x7xf32, but the result is 1x4x8x8xf32}}
  %0 = "dnnf.average_pool"(%arg0) {count_include_pad = 0 : i64, dilations = array<i64: 1, 1>, kernel_shape = array<i64: 2, 2>, layout = "channels_first", pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>
  return
}

// -----

func.func @global_max_pool(%arg0: tensor<1x4x8x8xf32>) {
  // expected-error@+1 {{'dnnf.global_max_pool' operands and attributes give 1x4x1x1xf32, but the result is 1x4xf32}}
  %0 = "dnnf.global_max_pool"(%arg0) {layout = "channels_first"} : (tensor<1x4x8x8xf32>) -> tensor<1x4xf32>
  return
}
