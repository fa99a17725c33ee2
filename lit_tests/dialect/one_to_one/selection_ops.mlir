// RUN: dnnf-opt %s | dnnf-opt | FileCheck %s

// CHECK-LABEL: func.func @where(
// CHECK: "dnnf.where"(%arg0, %arg1, %arg2) : (tensor<3xi1>, tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>
func.func @where(%arg0: tensor<3xi1>, %arg1: tensor<2x3xf32>, %arg2: tensor<f32>) -> tensor<2x3xf32> {
  %0 = "dnnf.where"(%arg0, %arg1, %arg2) : (tensor<3xi1>, tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @clip(
// CHECK: "dnnf.clip"(%arg0) {max = 6.000000e+00 : f64, min = 0xFFF0000000000000 : f64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @clip(%arg0: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = "dnnf.clip"(%arg0) {max = 6.000000e+00 : f64, min = 0xFFF0000000000000 : f64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @cast(
// CHECK: "dnnf.cast"(%arg0) : (tensor<4xf32>) -> tensor<4xi64>
func.func @cast(%arg0: tensor<4xf32>) -> tensor<4xi64> {
  %0 = "dnnf.cast"(%arg0) : (tensor<4xf32>) -> tensor<4xi64>
  return %0 : tensor<4xi64>
}
