// RUN: dnnf-opt %s | dnnf-opt | FileCheck %s

// CHECK-LABEL: func.func @gather(
// CHECK: "dnnf.gather"(%arg0, %arg1) {axis = 0 : i64} : (tensor<10x4xf32>, tensor<2x3xi64>) -> tensor<2x3x4xf32>
func.func @gather(%arg0: tensor<10x4xf32>, %arg1: tensor<2x3xi64>) -> tensor<2x3x4xf32> {
  %0 = "dnnf.gather"(%arg0, %arg1) {axis = 0 : i64} : (tensor<10x4xf32>, tensor<2x3xi64>) -> tensor<2x3x4xf32>
  return %0 : tensor<2x3x4xf32>
}

// CHECK-LABEL: func.func @gather_elements(
// CHECK: "dnnf.gather_elements"(%arg0, %arg1) {axis = 0 : i64} : (tensor<3x4xf32>, tensor<2x4xi32>) -> tensor<2x4xf32>
func.func @gather_elements(%arg0: tensor<3x4xf32>, %arg1: tensor<2x4xi32>) -> tensor<2x4xf32> {
  %0 = "dnnf.gather_elements"(%arg0, %arg1) {axis = 0 : i64} : (tensor<3x4xf32>, tensor<2x4xi32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}
