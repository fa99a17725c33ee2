// RUN: dnnf-opt %s | dnnf-opt | FileCheck %s
// RUN: iree-opt --irdl-file=%irdl %s | FileCheck %s

// CHECK-LABEL: func.func @constant(
// CHECK: "dnnf.constant"() {value = dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>} : () -> tensor<2xf32>
func.func @constant() -> tensor<2xf32> {
  %0 = "dnnf.constant"() {value = dense<[1.0, 2.0]> : tensor<2xf32>} : () -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// CHECK-LABEL: func.func @resource(
// CHECK: "dnnf.constant"() {value = dense_resource<weights> : tensor<2xf32>} : () -> tensor<2xf32>
func.func @resource() -> tensor<2xf32> {
  %0 = "dnnf.constant"() {value = dense_resource<weights> : tensor<2xf32>} : () -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// CHECK-LABEL: func.func @mapping(
// CHECK: "dnnf.relu"(%arg0) {dnnf.mapping = #dnnf.mapping<"one_to_one">}
func.func @mapping(%arg0: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "dnnf.relu"(%arg0) {dnnf.mapping = #dnnf.mapping<"one_to_one">} : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @fusion(
// CHECK:      "dnnf.fusion"() ({
// CHECK-NEXT:   %[[MATMUL:.+]] = "dnnf.matmul"(%arg0, %arg1)
// CHECK-NEXT:   %[[RELU:.+]] = "dnnf.relu"(%[[MATMUL]])
// CHECK-NEXT:   vector.yield %[[MATMUL]], %[[RELU]] : tensor<2x4xf32>, tensor<2x4xf32>
// CHECK-NEXT: }) {anchor = "dnnf.matmul", dnnf.mapping = #dnnf.mapping<"many_to_many">
// CHECK-SAME: : () -> (tensor<2x4xf32>, tensor<2x4xf32>)
func.func @fusion(%arg0: tensor<2x3xf32>, %arg1: tensor<3x4xf32>) -> (tensor<2x4xf32>, tensor<2x4xf32>) {
  %0:2 = "dnnf.fusion"() ({
    %1 = "dnnf.matmul"(%arg0, %arg1) : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
    %2 = "dnnf.relu"(%1) : (tensor<2x4xf32>) -> tensor<2x4xf32>
    vector.yield %1, %2 : tensor<2x4xf32>, tensor<2x4xf32>
  }) {anchor = "dnnf.matmul", dnnf.mapping = #dnnf.mapping<"many_to_many">, resultSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : () -> (tensor<2x4xf32>, tensor<2x4xf32>)
  return %0#0, %0#1 : tensor<2x4xf32>, tensor<2x4xf32>
}

// CHECK-LABEL: func.func @onnx_node(
// CHECK: "dnnf.onnx_node"(%arg0) {domain = "", node_attributes = "{\22attribute\22: []}", op_type = "NonZero"
// CHECK-SAME: : (tensor<4xf32>) -> tensor<1x3xi64>
func.func @onnx_node(%arg0: tensor<4xf32>) -> tensor<1x3xi64> {
  %0 = "dnnf.onnx_node"(%arg0) {domain = "", node_attributes = "{\22attribute\22: []}", op_type = "NonZero", operandSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4xf32>) -> tensor<1x3xi64>
  return %0 : tensor<1x3xi64>
}

{-#
  dialect_resources: {
    builtin: {
      weights: "0x040000000000803F00000040"
    }
  }
#-}
