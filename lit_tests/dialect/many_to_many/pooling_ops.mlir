// RUN: dnnf-opt %s | dnnf-opt | FileCheck %s

// CHECK-LABEL: func.func @max_pool(
// CHECK: "dnnf.max_pool"(%arg0) {dilations = array<i64: 1, 1>, kernel_shape = array<i64: 3, 3>, layout = "channels_first", pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>} : (tensor<1x4x8x8xf32>) -> tensor<1x4x4x4xf32>
func.func @max_pool(%arg0: tensor<1x4x8x8xf32>) -> tensor<1x4x4x4xf32> {
  %0 = "dnnf.max_pool"(%arg0) {dilations = array<i64: 1, 1>, kernel_shape = array<i64: 3, 3>, layout = "channels_first", pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>} : (tensor<1x4x8x8xf32>) -> tensor<1x4x4x4xf32>
  return %0 : tensor<1x4x4x4xf32>
}

// CHECK-LABEL: func.func @average_pool(
// CHECK: "dnnf.average_pool"(%arg0) {count_include_pad = 1 : i64, dilations = array<i64: 1>, kernel_shape = array<i64: 2>, layout = "channels_last", pads = array<i64: 0, 0>, strides = array<i64: 2>} : (tensor<1x8x4xf32>) -> tensor<1x4x4xf32>
func.func @average_pool(%arg0: tensor<1x8x4xf32>) -> tensor<1x4x4xf32> {
  %0 = "dnnf.average_pool"(%arg0) {count_include_pad = 1 : i64, dilations = array<i64: 1>, kernel_shape = array<i64: 2>, layout = "channels_last", pads = array<i64: 0, 0>, strides = array<i64: 2>} : (tensor<1x8x4xf32>) -> tensor<1x4x4xf32>
  return %0 : tensor<1x4x4xf32>
}

// CHECK-LABEL: func.func @global_average_pool(
// CHECK: "dnnf.global_average_pool"(%arg0) {layout = "channels_first"} : (tensor<1x4x8x8xf32>) -> tensor<1x4x1x1xf32>
func.func @global_average_pool(%arg0: tensor<1x4x8x8xf32>) -> tensor<1x4x1x1xf32> {
  %0 = "dnnf.global_average_pool"(%arg0) {layout = "channels_first"} : (tensor<1x4x8x8xf32>) -> tensor<1x4x1x1xf32>
  return %0 : tensor<1x4x1x1xf32>
}

// CHECK-LABEL: func.func @global_max_pool(
// CHECK: "dnnf.global_max_pool"(%arg0) {layout = "channels_last"} : (tensor<1x8x8x4xf32>) -> tensor<1x1x1x4xf32>
func.func @global_max_pool(%arg0: tensor<1x8x8x4xf32>) -> tensor<1x1x1x4xf32> {
  %0 = "dnnf.global_max_pool"(%arg0) {layout = "channels_last"} : (tensor<1x8x8x4xf32>) -> tensor<1x1x1x4xf32>
  return %0 : tensor<1x1x1x4xf32>
}
