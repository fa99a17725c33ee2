// RUN: dnnf-opt --dnnf-simplify-algebra=properties=steps %s | FileCheck %s

// Concat(X1 W, X2 W, ...) = X W, where Xi are the steps of X
// CHECK-LABEL: func.func @product_of_steps(
// CHECK: %1 = "dnnf.matmul"(%arg0, %0) : (tensor<2x3x2xf32>, tensor<2x1xf32>) -> tensor<2x3x1xf32>
// CHECK-NEXT: return %1
func.func @product_of_steps(%arg0: tensor<2x3x2xf32>) -> tensor<2x3x1xf32> {
  %w = "dnnf.constant"() {value = dense<[[1.0], [2.0]]> : tensor<2x1xf32>} : () -> tensor<2x1xf32>
  %s0 = "dnnf.slice"(%arg0) {starts = array<i64: 0, 0, 0>, steps = array<i64: 1, 1, 1>} : (tensor<2x3x2xf32>) -> tensor<1x3x2xf32>
  %q0 = "dnnf.squeeze"(%s0) : (tensor<1x3x2xf32>) -> tensor<3x2xf32>
  %m0 = "dnnf.matmul"(%q0, %w) : (tensor<3x2xf32>, tensor<2x1xf32>) -> tensor<3x1xf32>
  %u0 = "dnnf.unsqueeze"(%m0) : (tensor<3x1xf32>) -> tensor<1x3x1xf32>
  %s1 = "dnnf.slice"(%arg0) {starts = array<i64: 1, 0, 0>, steps = array<i64: 1, 1, 1>} : (tensor<2x3x2xf32>) -> tensor<1x3x2xf32>
  %q1 = "dnnf.squeeze"(%s1) : (tensor<1x3x2xf32>) -> tensor<3x2xf32>
  %m1 = "dnnf.matmul"(%q1, %w) : (tensor<3x2xf32>, tensor<2x1xf32>) -> tensor<3x1xf32>
  %u1 = "dnnf.unsqueeze"(%m1) : (tensor<3x1xf32>) -> tensor<1x3x1xf32>
  %c = "dnnf.concat"(%u0, %u1) {axis = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<1x3x1xf32>, tensor<1x3x1xf32>) -> tensor<2x3x1xf32>
  return %c : tensor<2x3x1xf32>
}

// Concat(X1 W + B, X2 W + B, ...) = X W + B, where Xi are the steps of X
// CHECK-LABEL: func.func @layer_of_steps(
// CHECK: %1 = "dnnf.matmul"(%arg0, %0) : (tensor<2x3x2xf32>, tensor<2x1xf32>) -> tensor<2x3x1xf32>
// CHECK: %3 = "dnnf.add"(%1, %2) : (tensor<2x3x1xf32>, tensor<1xf32>) -> tensor<2x3x1xf32>
// CHECK-NEXT: return %3
func.func @layer_of_steps(%arg0: tensor<2x3x2xf32>) -> tensor<2x3x1xf32> {
  %w = "dnnf.constant"() {value = dense<[[1.0], [2.0]]> : tensor<2x1xf32>} : () -> tensor<2x1xf32>
  %b = "dnnf.constant"() {value = dense<[3.0]> : tensor<1xf32>} : () -> tensor<1xf32>
  %s0 = "dnnf.slice"(%arg0) {starts = array<i64: 0, 0, 0>, steps = array<i64: 1, 1, 1>} : (tensor<2x3x2xf32>) -> tensor<1x3x2xf32>
  %q0 = "dnnf.squeeze"(%s0) : (tensor<1x3x2xf32>) -> tensor<3x2xf32>
  %m0 = "dnnf.matmul"(%q0, %w) : (tensor<3x2xf32>, tensor<2x1xf32>) -> tensor<3x1xf32>
  %a0 = "dnnf.add"(%m0, %b) : (tensor<3x1xf32>, tensor<1xf32>) -> tensor<3x1xf32>
  %u0 = "dnnf.unsqueeze"(%a0) : (tensor<3x1xf32>) -> tensor<1x3x1xf32>
  %s1 = "dnnf.slice"(%arg0) {starts = array<i64: 1, 0, 0>, steps = array<i64: 1, 1, 1>} : (tensor<2x3x2xf32>) -> tensor<1x3x2xf32>
  %q1 = "dnnf.squeeze"(%s1) : (tensor<1x3x2xf32>) -> tensor<3x2xf32>
  %m1 = "dnnf.matmul"(%q1, %w) : (tensor<3x2xf32>, tensor<2x1xf32>) -> tensor<3x1xf32>
  %a1 = "dnnf.add"(%m1, %b) : (tensor<3x1xf32>, tensor<1xf32>) -> tensor<3x1xf32>
  %u1 = "dnnf.unsqueeze"(%a1) : (tensor<3x1xf32>) -> tensor<1x3x1xf32>
  %c = "dnnf.concat"(%u0, %u1) {axis = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<1x3x1xf32>, tensor<1x3x1xf32>) -> tensor<2x3x1xf32>
  return %c : tensor<2x3x1xf32>
}
