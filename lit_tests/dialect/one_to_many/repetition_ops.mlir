// RUN: dnnf-opt %s | dnnf-opt | FileCheck %s

// CHECK-LABEL: func.func @expand(
// CHECK: "dnnf.expand"(%arg0) : (tensor<3x1xf32>) -> tensor<2x3x4xf32>
func.func @expand(%arg0: tensor<3x1xf32>) -> tensor<2x3x4xf32> {
  %0 = "dnnf.expand"(%arg0) : (tensor<3x1xf32>) -> tensor<2x3x4xf32>
  return %0 : tensor<2x3x4xf32>
}

// CHECK-LABEL: func.func @tile(
// CHECK: "dnnf.tile"(%arg0) {repeats = array<i64: 1, 2>} : (tensor<2x3xf32>) -> tensor<2x6xf32>
func.func @tile(%arg0: tensor<2x3xf32>) -> tensor<2x6xf32> {
  %0 = "dnnf.tile"(%arg0) {repeats = array<i64: 1, 2>} : (tensor<2x3xf32>) -> tensor<2x6xf32>
  return %0 : tensor<2x6xf32>
}
