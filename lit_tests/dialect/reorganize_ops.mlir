// RUN: dnnf-opt %s | dnnf-opt | FileCheck %s

// CHECK-LABEL: func.func @reshape(
// CHECK: "dnnf.reshape"(%arg0) : (tensor<2x3x4xf32>) -> tensor<6x4xf32>
func.func @reshape(%arg0: tensor<2x3x4xf32>) -> tensor<6x4xf32> {
  %0 = "dnnf.reshape"(%arg0) : (tensor<2x3x4xf32>) -> tensor<6x4xf32>
  return %0 : tensor<6x4xf32>
}

// CHECK-LABEL: func.func @flatten(
// CHECK: "dnnf.flatten"(%arg0) : (tensor<2x3x4xf32>) -> tensor<2x12xf32>
func.func @flatten(%arg0: tensor<2x3x4xf32>) -> tensor<2x12xf32> {
  %0 = "dnnf.flatten"(%arg0) : (tensor<2x3x4xf32>) -> tensor<2x12xf32>
  return %0 : tensor<2x12xf32>
}

// CHECK-LABEL: func.func @squeeze(
// CHECK: "dnnf.squeeze"(%arg0) : (tensor<2x1x4xf32>) -> tensor<2x4xf32>
func.func @squeeze(%arg0: tensor<2x1x4xf32>) -> tensor<2x4xf32> {
  %0 = "dnnf.squeeze"(%arg0) : (tensor<2x1x4xf32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// CHECK-LABEL: func.func @unsqueeze(
// CHECK: "dnnf.unsqueeze"(%arg0) : (tensor<2x4xf32>) -> tensor<2x1x4x1xf32>
func.func @unsqueeze(%arg0: tensor<2x4xf32>) -> tensor<2x1x4x1xf32> {
  %0 = "dnnf.unsqueeze"(%arg0) : (tensor<2x4xf32>) -> tensor<2x1x4x1xf32>
  return %0 : tensor<2x1x4x1xf32>
}
