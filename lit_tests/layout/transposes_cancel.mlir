// RUN: dnnf-opt --dnnf-assign-layouts %s | FileCheck %s

// Inside a convolutional part everything is channels last: one transpose at the way in, one at the way out. The filter
// keeps its layout, as it is packed at compile time.

// CHECK-LABEL: func.func @residual(
// CHECK: %[[IN:[0-9]+]] = "dnnf.transpose"(%arg0) {perm = array<i64: 0, 2, 3, 1>}
// CHECK-NOT: dnnf.transpose
// CHECK: %[[CONV:[0-9]+]] = "dnnf.conv"(%[[IN]], %arg1){{.*}}layout = "channels_last"{{.*}}-> tensor<1x8x8x4xf32>
// CHECK-NEXT: %[[RELU:[0-9]+]] = "dnnf.relu"(%[[CONV]]) : (tensor<1x8x8x4xf32>)
// CHECK-NEXT: %[[ADD:[0-9]+]] = "dnnf.add"(%[[RELU]], %[[IN]])
// CHECK-NEXT: %[[OUT:[0-9]+]] = "dnnf.transpose"(%[[ADD]]) {perm = array<i64: 0, 3, 1, 2>}
// CHECK-NEXT: return %[[OUT]] : tensor<1x4x8x8xf32>
func.func @residual(%x: tensor<1x4x8x8xf32>, %w: tensor<4x4x3x3xf32>) -> tensor<1x4x8x8xf32> {
  %0 = "dnnf.conv"(%x, %w) {operandSegmentSizes = array<i32: 1, 1, 0>, dilations = array<i64: 1, 1>, group = 1 : i64, layout = "channels_first", pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<4x4x3x3xf32>) -> tensor<1x4x8x8xf32>
  %1 = "dnnf.relu"(%0) : (tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>
  %2 = "dnnf.add"(%1, %x) : (tensor<1x4x8x8xf32>, tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>
  return %2 : tensor<1x4x8x8xf32>
}

// The model's own transposes merge: inverse ones disappear, two in a row become one.

// CHECK-LABEL: func.func @inverse(
// CHECK-NEXT: return %arg0
func.func @inverse(%x: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
  %0 = "dnnf.transpose"(%x) {perm = array<i64: 2, 0, 1>} : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
  %1 = "dnnf.transpose"(%0) {perm = array<i64: 1, 2, 0>} : (tensor<4x2x3xf32>) -> tensor<2x3x4xf32>
  return %1 : tensor<2x3x4xf32>
}

// CHECK-LABEL: func.func @merged(
// CHECK-NEXT: %[[T:[0-9]+]] = "dnnf.transpose"(%arg0) {perm = array<i64: 1, 2, 0>}
// CHECK-NEXT: return %[[T]]
func.func @merged(%x: tensor<2x3x4xf32>) -> tensor<3x4x2xf32> {
  %0 = "dnnf.transpose"(%x) {perm = array<i64: 2, 0, 1>} : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
  %1 = "dnnf.transpose"(%0) {perm = array<i64: 2, 0, 1>} : (tensor<4x2x3xf32>) -> tensor<3x4x2xf32>
  return %1 : tensor<3x4x2xf32>
}
