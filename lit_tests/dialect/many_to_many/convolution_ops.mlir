// RUN: dnnf-opt %s | dnnf-opt | FileCheck %s

// CHECK-LABEL: func.func @conv(
// CHECK: "dnnf.conv"(%arg0, %arg1, %arg2) {dilations = array<i64: 1, 1>, group = 2 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 1>, pads = array<i64: 1, 0, 1, 0>, strides = array<i64: 2, 1>} : (tensor<1x4x8x8xf32>, tensor<6x2x3x3xf32>, tensor<6xf32>) -> tensor<1x6x4x6xf32>
func.func @conv(%arg0: tensor<1x4x8x8xf32>, %arg1: tensor<6x2x3x3xf32>, %arg2: tensor<6xf32>) -> tensor<1x6x4x6xf32> {
  %0 = "dnnf.conv"(%arg0, %arg1, %arg2) {dilations = array<i64: 1, 1>, group = 2 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 1>, pads = array<i64: 1, 0, 1, 0>, strides = array<i64: 2, 1>} : (tensor<1x4x8x8xf32>, tensor<6x2x3x3xf32>, tensor<6xf32>) -> tensor<1x6x4x6xf32>
  return %0 : tensor<1x6x4x6xf32>
}

// CHECK-LABEL: func.func @conv_2(
// CHECK: "dnnf.conv"(%arg0, %arg1) {dilations = array<i64: 1, 1>, group = 1 : i64, layout = "channels_last", operandSegmentSizes = array<i32: 1, 1{{(, 0)*}}>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x8x8x4xf32>, tensor<6x4x1x1xf32>) -> tensor<1x8x8x6xf32>
func.func @conv_2(%arg0: tensor<1x8x8x4xf32>, %arg1: tensor<6x4x1x1xf32>) -> tensor<1x8x8x6xf32> {
  %0 = "dnnf.conv"(%arg0, %arg1) {dilations = array<i64: 1, 1>, group = 1 : i64, layout = "channels_last", operandSegmentSizes = array<i32: 1, 1, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x8x8x4xf32>, tensor<6x4x1x1xf32>) -> tensor<1x8x8x6xf32>
  return %0 : tensor<1x8x8x6xf32>
}

// CHECK-LABEL: func.func @conv_transpose(
// CHECK: "dnnf.conv_transpose"(%arg0, %arg1) {dilations = array<i64: 1>, group = 1 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1{{(, 0)*}}>, output_padding = array<i64: 1>, pads = array<i64: 1, 1>, strides = array<i64: 2>} : (tensor<1x4x8xf32>, tensor<4x6x3xf32>) -> tensor<1x6x16xf32>
func.func @conv_transpose(%arg0: tensor<1x4x8xf32>, %arg1: tensor<4x6x3xf32>) -> tensor<1x6x16xf32> {
  %0 = "dnnf.conv_transpose"(%arg0, %arg1) {dilations = array<i64: 1>, group = 1 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 0>, output_padding = array<i64: 1>, pads = array<i64: 1, 1>, strides = array<i64: 2>} : (tensor<1x4x8xf32>, tensor<4x6x3xf32>) -> tensor<1x6x16xf32>
  return %0 : tensor<1x6x16xf32>
}
