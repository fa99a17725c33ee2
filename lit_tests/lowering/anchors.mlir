// RUN: %lower %s | FileCheck %s
// RUN: %lower %s --gpu | FileCheck %s --check-prefix=GPU

// The product keeps its named operation, what follows it is one operation behind it.
// CHECK-LABEL: func.func @product(
// CHECK:        flow.dispatch.region
// CHECK:          linalg.matmul
// CHECK:          linalg.generic
// CHECK:            arith.addf
// CHECK:            arith.maximumf
// CHECK-NOT:      linalg.generic
// CHECK:          flow.return
func.func @product(%a: tensor<1x16x32xf32>, %w: tensor<32x64xf32>, %b: tensor<64xf32>) -> tensor<1x16x64xf32> {
  %0 = "dnnf.matmul"(%a, %w) : (tensor<1x16x32xf32>, tensor<32x64xf32>) -> tensor<1x16x64xf32>
  %1 = "dnnf.add"(%0, %b) : (tensor<1x16x64xf32>, tensor<64xf32>) -> tensor<1x16x64xf32>
  %2 = "dnnf.relu"(%1) : (tensor<1x16x64xf32>) -> tensor<1x16x64xf32>
  return %2 : tensor<1x16x64xf32>
}

// A convolution's input is padded before its dispatch, never inside.
// CHECK-LABEL: func.func @convolution(
// CHECK:        tensor.pad
// CHECK:        flow.dispatch.region
// CHECK-NOT:      tensor.pad
// CHECK:          linalg.conv_2d_nhwc_hwcf
// CHECK:          linalg.generic
// CHECK:            arith.maximumf
func.func @convolution(%x: tensor<1x8x8x4xf32>, %w: tensor<16x4x3x3xf32>) -> tensor<1x8x8x16xf32> {
  %0 = "dnnf.conv"(%x, %w) {dilations = array<i64: 1, 1>, group = 1 : i64, layout = "channels_last", pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 1, 1>, operandSegmentSizes = array<i32: 1, 1, 0>} : (tensor<1x8x8x4xf32>, tensor<16x4x3x3xf32>) -> tensor<1x8x8x16xf32>
  %1 = "dnnf.relu"(%0) : (tensor<1x8x8x16xf32>) -> tensor<1x8x8x16xf32>
  return %1 : tensor<1x8x8x16xf32>
}

// A window of one element is a matrix product.
// CHECK-LABEL: func.func @pointwise(
// CHECK-NOT:    linalg.conv
// CHECK:        linalg.matmul {{.*}} tensor<64x4xf32>, tensor<4x16xf32>
func.func @pointwise(%x: tensor<1x8x8x4xf32>, %w: tensor<16x4x1x1xf32>) -> tensor<1x8x8x16xf32> {
  %0 = "dnnf.conv"(%x, %w) {dilations = array<i64: 1, 1>, group = 1 : i64, layout = "channels_last", pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>, operandSegmentSizes = array<i32: 1, 1, 0>} : (tensor<1x8x8x4xf32>, tensor<16x4x1x1xf32>) -> tensor<1x8x8x16xf32>
  return %0 : tensor<1x8x8x16xf32>
}

// What is computed before a reduction is part of its body.
// CHECK-LABEL: func.func @reduction(
// CHECK:        linalg.generic
// CHECK-SAME:     iterator_types = ["parallel", "reduction"]
// CHECK:          arith.mulf
// CHECK:          arith.addf
func.func @reduction(%a: tensor<8x16xf32>, %b: tensor<8x16xf32>) -> tensor<8xf32> {
  %0 = "dnnf.mul"(%a, %b) : (tensor<8x16xf32>, tensor<8x16xf32>) -> tensor<8x16xf32>
  %1 = "dnnf.reduce_sum"(%0) {axes = array<i64: 1>, keepdims = 0 : i64} : (tensor<8x16xf32>) -> tensor<8xf32>
  return %1 : tensor<8xf32>
}

// GPUs cannot write parts of a result: there every element chooses its operand.
// CHECK-LABEL: func.func @concat(
// CHECK:        tensor.insert_slice
// CHECK:        tensor.insert_slice
// GPU-LABEL:  func.func @concat(
// GPU-NOT:      tensor.insert_slice
// GPU:          tensor.extract
// GPU:          arith.select
func.func @concat(%a: tensor<2x3xf32>, %b: tensor<2x5xf32>) -> tensor<2x8xf32> {
  %0 = "dnnf.concat"(%a, %b) {axis = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<2x3xf32>, tensor<2x5xf32>) -> tensor<2x8xf32>
  return %0 : tensor<2x8xf32>
}
