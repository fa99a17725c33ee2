// RUN: dnnf-opt --dnnf-fold-constants %s | FileCheck %s
// RUN: dnnf-opt --dnnf-fold-constants=limit-bytes=8 %s | FileCheck %s --check-prefix=LIMIT

// CHECK-LABEL: func.func @chain(
// CHECK-NEXT: %[[C:[0-9]+]] = "dnnf.constant"() {value = dense<[2.000000e+00, 3.000000e+00]> : tensor<2xf32>}
// CHECK-NEXT: %[[Y:[0-9]+]] = "dnnf.mul"(%arg0, %[[C]])
// CHECK-NEXT: return %[[Y]]
func.func @chain(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = "dnnf.constant"() {value = dense<[-4.0, 9.0]> : tensor<2xf32>} : () -> tensor<2xf32>
  %1 = "dnnf.abs"(%0) : (tensor<2xf32>) -> tensor<2xf32>
  %2 = "dnnf.sqrt"(%1) : (tensor<2xf32>) -> tensor<2xf32>
  %3 = "dnnf.mul"(%x, %2) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %3 : tensor<2xf32>
}

// What a constant grows by is limited: a small constant stays small when it is broadcast.

// CHECK-LABEL: func.func @expanded(
// CHECK-NOT: dnnf.expand
// LIMIT-LABEL: func.func @expanded(
// LIMIT: "dnnf.expand"
func.func @expanded(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %0 = "dnnf.constant"() {value = dense<[[1.0], [2.0]]> : tensor<2x1xf32>} : () -> tensor<2x1xf32>
  %1 = "dnnf.expand"(%0) : (tensor<2x1xf32>) -> tensor<2x8xf32>
  %2 = "dnnf.add"(%x, %1) : (tensor<2x8xf32>, tensor<2x8xf32>) -> tensor<2x8xf32>
  return %2 : tensor<2x8xf32>
}
