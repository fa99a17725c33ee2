// RUN: dnnf-opt %s | dnnf-opt | FileCheck %s

// CHECK-LABEL: func.func @batch_normalization(
// CHECK: "dnnf.batch_normalization"(%arg0, %arg1, %arg2, %arg3, %arg4) {epsilon = 5.000000e-01 : f64, layout = "channels_first"} : (tensor<1x4x5x5xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x5x5xf32>
func.func @batch_normalization(%arg0: tensor<1x4x5x5xf32>, %arg1: tensor<4xf32>, %arg2: tensor<4xf32>, %arg3: tensor<4xf32>, %arg4: tensor<4xf32>) -> tensor<1x4x5x5xf32> {
  %0 = "dnnf.batch_normalization"(%arg0, %arg1, %arg2, %arg3, %arg4) {epsilon = 5.000000e-01 : f64, layout = "channels_first"} : (tensor<1x4x5x5xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x5x5xf32>
  return %0 : tensor<1x4x5x5xf32>
}
