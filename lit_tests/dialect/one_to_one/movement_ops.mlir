// RUN: dnnf-opt %s | dnnf-opt | FileCheck %s

// CHECK-LABEL: func.func @concat(
// CHECK: "dnnf.concat"(%arg0, %arg1) {axis = 1 : i64, operandSegmentSizes = array<i32: 1, 1{{(, 0)*}}>} : (tensor<1x3x4xf32>, tensor<1x5x4xf32>) -> tensor<1x8x4xf32>
func.func @concat(%arg0: tensor<1x3x4xf32>, %arg1: tensor<1x5x4xf32>) -> tensor<1x8x4xf32> {
  %0 = "dnnf.concat"(%arg0, %arg1) {axis = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<1x3x4xf32>, tensor<1x5x4xf32>) -> tensor<1x8x4xf32>
  return %0 : tensor<1x8x4xf32>
}

// CHECK-LABEL: func.func @split(
// CHECK: "dnnf.split"(%arg0) {axis = 0 : i64, resultSegmentSizes = array<i32: 1, 1, 1{{(, 0)*}}>} : (tensor<6x2xf32>) -> (tensor<1x2xf32>, tensor<2x2xf32>, tensor<3x2xf32>)
func.func @split(%arg0: tensor<6x2xf32>) -> (tensor<1x2xf32>, tensor<2x2xf32>, tensor<3x2xf32>) {
  %0:3 = "dnnf.split"(%arg0) {axis = 0 : i64, resultSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<6x2xf32>) -> (tensor<1x2xf32>, tensor<2x2xf32>, tensor<3x2xf32>)
  return %0#0, %0#1, %0#2 : tensor<1x2xf32>, tensor<2x2xf32>, tensor<3x2xf32>
}

// CHECK-LABEL: func.func @slice(
// CHECK: "dnnf.slice"(%arg0) {starts = array<i64: 1, 5>, steps = array<i64: 2, -1>} : (tensor<8x6xf32>) -> tensor<3x6xf32>
func.func @slice(%arg0: tensor<8x6xf32>) -> tensor<3x6xf32> {
  %0 = "dnnf.slice"(%arg0) {starts = array<i64: 1, 5>, steps = array<i64: 2, -1>} : (tensor<8x6xf32>) -> tensor<3x6xf32>
  return %0 : tensor<3x6xf32>
}

// CHECK-LABEL: func.func @pad(
// CHECK: "dnnf.pad"(%arg0) {mode = "constant", pads = array<i64: 0, 1, 0, -1>, value = 0.000000e+00 : f64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @pad(%arg0: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = "dnnf.pad"(%arg0) {mode = "constant", pads = array<i64: 0, 1, 0, -1>, value = 0.000000e+00 : f64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}
