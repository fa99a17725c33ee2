// RUN: dnnf-opt %s | dnnf-opt | FileCheck %s

// CHECK-LABEL: func.func @transpose(
// CHECK: "dnnf.transpose"(%arg0) {perm = array<i64: 2, 0, 1>} : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
func.func @transpose(%arg0: tensor<2x3x4xf32>) -> tensor<4x2x3xf32> {
  %0 = "dnnf.transpose"(%arg0) {perm = array<i64: 2, 0, 1>} : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
  return %0 : tensor<4x2x3xf32>
}

// CHECK-LABEL: func.func @depth_to_space(
// CHECK: "dnnf.depth_to_space"(%arg0) {blocksize = 2 : i64, layout = "channels_first", mode = "CRD"} : (tensor<1x8x2x3xf32>) -> tensor<1x2x4x6xf32>
func.func @depth_to_space(%arg0: tensor<1x8x2x3xf32>) -> tensor<1x2x4x6xf32> {
  %0 = "dnnf.depth_to_space"(%arg0) {blocksize = 2 : i64, layout = "channels_first", mode = "CRD"} : (tensor<1x8x2x3xf32>) -> tensor<1x2x4x6xf32>
  return %0 : tensor<1x2x4x6xf32>
}

// CHECK-LABEL: func.func @space_to_depth(
// CHECK: "dnnf.space_to_depth"(%arg0) {blocksize = 2 : i64, layout = "channels_last", mode = "DCR"} : (tensor<1x4x6x2xf32>) -> tensor<1x2x3x8xf32>
func.func @space_to_depth(%arg0: tensor<1x4x6x2xf32>) -> tensor<1x2x3x8xf32> {
  %0 = "dnnf.space_to_depth"(%arg0) {blocksize = 2 : i64, layout = "channels_last", mode = "DCR"} : (tensor<1x4x6x2xf32>) -> tensor<1x2x3x8xf32>
  return %0 : tensor<1x2x3x8xf32>
}
