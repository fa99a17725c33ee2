// RUN: dnnf-opt %s | dnnf-opt | FileCheck %s

// CHECK-LABEL: func.func @softmax(
// CHECK: "dnnf.softmax"(%arg0) {axis = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @softmax(%arg0: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = "dnnf.softmax"(%arg0) {axis = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @log_softmax(
// CHECK: "dnnf.log_softmax"(%arg0) {axis = 0 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @log_softmax(%arg0: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = "dnnf.log_softmax"(%arg0) {axis = 0 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @layer_normalization(
// CHECK: "dnnf.layer_normalization"(%arg0, %arg1, %arg2) {axis = 2 : i64, epsilon = 5.000000e-01 : f64, operandSegmentSizes = array<i32: 1, 1, 1>} : (tensor<2x3x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x3x4xf32>
func.func @layer_normalization(%arg0: tensor<2x3x4xf32>, %arg1: tensor<4xf32>, %arg2: tensor<4xf32>) -> tensor<2x3x4xf32> {
  %0 = "dnnf.layer_normalization"(%arg0, %arg1, %arg2) {axis = 2 : i64, epsilon = 5.000000e-01 : f64, operandSegmentSizes = array<i32: 1, 1, 1>} : (tensor<2x3x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x3x4xf32>
  return %0 : tensor<2x3x4xf32>
}

// CHECK-LABEL: func.func @layer_normalization_2(
// CHECK: "dnnf.layer_normalization"(%arg0, %arg1) {axis = 1 : i64, epsilon = 5.000000e-01 : f64, operandSegmentSizes = array<i32: 1, 1{{(, 0)*}}>} : (tensor<2x3x4xf32>, tensor<3x4xf32>) -> tensor<2x3x4xf32>
func.func @layer_normalization_2(%arg0: tensor<2x3x4xf32>, %arg1: tensor<3x4xf32>) -> tensor<2x3x4xf32> {
  %0 = "dnnf.layer_normalization"(%arg0, %arg1) {axis = 1 : i64, epsilon = 5.000000e-01 : f64, operandSegmentSizes = array<i32: 1, 1, 0>} : (tensor<2x3x4xf32>, tensor<3x4xf32>) -> tensor<2x3x4xf32>
  return %0 : tensor<2x3x4xf32>
}

// CHECK-LABEL: func.func @instance_normalization(
// CHECK: "dnnf.instance_normalization"(%arg0, %arg1, %arg2) {epsilon = 5.000000e-01 : f64, layout = "channels_last"} : (tensor<1x5x5x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x5x5x4xf32>
func.func @instance_normalization(%arg0: tensor<1x5x5x4xf32>, %arg1: tensor<4xf32>, %arg2: tensor<4xf32>) -> tensor<1x5x5x4xf32> {
  %0 = "dnnf.instance_normalization"(%arg0, %arg1, %arg2) {epsilon = 5.000000e-01 : f64, layout = "channels_last"} : (tensor<1x5x5x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x5x5x4xf32>
  return %0 : tensor<1x5x5x4xf32>
}

// CHECK-LABEL: func.func @safe_softmax(
// CHECK: "dnnf.safe_softmax"(%arg0) {axis = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @safe_softmax(%arg0: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = "dnnf.safe_softmax"(%arg0) {axis = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @rms_normalization(
// CHECK: "dnnf.rms_normalization"(%arg0, %arg1) {axis = 2 : i64, epsilon = 5.000000e-01 : f64} : (tensor<2x3x4xf32>, tensor<4xf32>) -> tensor<2x3x4xf32>
func.func @rms_normalization(%arg0: tensor<2x3x4xf32>, %arg1: tensor<4xf32>) -> tensor<2x3x4xf32> {
  %0 = "dnnf.rms_normalization"(%arg0, %arg1) {axis = 2 : i64, epsilon = 5.000000e-01 : f64} : (tensor<2x3x4xf32>, tensor<4xf32>) -> tensor<2x3x4xf32>
  return %0 : tensor<2x3x4xf32>
}
