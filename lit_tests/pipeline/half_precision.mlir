// RUN: dnnf-opt --dnnf-half-precision %s | FileCheck %s

// CHECK: func.func @main(%arg0: tensor<2xf16>, %arg1: tensor<2xi64>) -> (tensor<2xf16>, tensor<2xi64>)
// CHECK-NEXT: %[[C:[0-9]+]] = "dnnf.constant"() {value = dense<[-6.550400e+04, 5.000000e-01]> : tensor<2xf16>}
// CHECK-NEXT: %[[Y:[0-9]+]] = "dnnf.add"(%arg0, %[[C]]) : (tensor<2xf16>, tensor<2xf16>) -> tensor<2xf16>
// CHECK-NEXT: return %[[Y]], %arg1 : tensor<2xf16>, tensor<2xi64>
func.func @main(%x: tensor<2xf32>, %i: tensor<2xi64>) -> (tensor<2xf32>, tensor<2xi64>) {
  %0 = "dnnf.constant"() {value = dense<[-1.0e9, 0.5]> : tensor<2xf32>} : () -> tensor<2xf32>
  %1 = "dnnf.add"(%x, %0) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %1, %i : tensor<2xf32>, tensor<2xi64>
}
