// RUN: dnnf-opt %s | dnnf-opt | FileCheck %s

// CHECK-LABEL: func.func @cum_sum(
// CHECK: "dnnf.cum_sum"(%arg0) {axis = 1 : i64, exclusive = 0 : i64, reverse = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @cum_sum(%arg0: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = "dnnf.cum_sum"(%arg0) {axis = 1 : i64, exclusive = 0 : i64, reverse = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}
