// RUN: dnnf-opt --pass-pipeline='builtin.module(dnnf-annotate-mapping,func.func(cse),canonicalize,dnnf-fuse-regions{target=arm64-linux})' %s | FileCheck %s

// CHECK: "dnnf.fusion"
// CHECK: "dnnf.relu"
// CHECK-NOT: "dnnf.relu"
// CHECK: "dnnf.add"
func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = "dnnf.relu"(%x) : (tensor<2xf32>) -> tensor<2xf32>
  %1 = "dnnf.relu"(%x) : (tensor<2xf32>) -> tensor<2xf32>
  %2 = "dnnf.add"(%0, %1) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %2 : tensor<2xf32>
}
