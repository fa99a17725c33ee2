// RUN: dnnf-opt --dnnf-annotate-mapping %s | FileCheck %s

// Table 2 of the paper; a broadcast of an activation makes an element-wise operator One-to-Many.

// CHECK-LABEL: func.func @types(
// CHECK: "dnnf.relu"{{.*}}#dnnf.mapping<"one_to_one">
// CHECK: "dnnf.add"{{.*}}#dnnf.mapping<"one_to_many">
// CHECK: "dnnf.transpose"{{.*}}#dnnf.mapping<"shuffle">
// CHECK: "dnnf.reshape"{{.*}}#dnnf.mapping<"reorganize">
// CHECK: "dnnf.softmax"{{.*}}#dnnf.mapping<"many_to_many">
func.func @types(%x: tensor<2x3xf32>, %row: tensor<3xf32>) -> tensor<6x1xf32> {
  %0 = "dnnf.relu"(%x) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = "dnnf.add"(%0, %row) : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %2 = "dnnf.transpose"(%1) {perm = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
  %3 = "dnnf.reshape"(%2) : (tensor<3x2xf32>) -> tensor<6x1xf32>
  %4 = "dnnf.softmax"(%3) {axis = 0 : i64} : (tensor<6x1xf32>) -> tensor<6x1xf32>
  return %4 : tensor<6x1xf32>
}

// A constant that broadcasts is part of the kernel: still One-to-One.

// CHECK-LABEL: func.func @constant(
// CHECK: "dnnf.mul"{{.*}}#dnnf.mapping<"one_to_one">
func.func @constant(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %c = "dnnf.constant"() {value = dense<2.0> : tensor<3xf32>} : () -> tensor<3xf32>
  %0 = "dnnf.mul"(%x, %c) : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}
