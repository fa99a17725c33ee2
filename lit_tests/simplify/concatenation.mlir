// RUN: dnnf-opt --dnnf-simplify-algebra=properties=concatenation %s | FileCheck %s

// Slice(Concat(X1, X2, ...)) = Slice(Xi), where only elements of Xi are taken
// CHECK-LABEL: func.func @slice_of_concat(
// CHECK: %0 = "dnnf.slice"(%arg1) {starts = array<i64: 0, 3>, steps = array<i64: 1, 1>} : (tensor<3x4xf32>) -> tensor<3x1xf32>
// CHECK-NEXT: return
func.func @slice_of_concat(%arg0: tensor<3x1xf32>, %arg1: tensor<3x4xf32>) -> tensor<3x1xf32> {
  %0 = "dnnf.concat"(%arg0, %arg1) {axis = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<3x1xf32>, tensor<3x4xf32>) -> tensor<3x5xf32>
  %1 = "dnnf.slice"(%0) {starts = array<i64: 0, 4>, steps = array<i64: 1, 1>} : (tensor<3x5xf32>) -> tensor<3x1xf32>
  return %1 : tensor<3x1xf32>
}

// Concat(Split(X)) = X
// CHECK-LABEL: func.func @concat_of_split(
// CHECK: %0 = "dnnf.sin"(%arg0) : (tensor<3x5xf32>) -> tensor<3x5xf32>
// CHECK-NEXT: return
func.func @concat_of_split(%arg0: tensor<3x5xf32>) -> tensor<3x5xf32> {
  %0:2 = "dnnf.split"(%arg0) {axis = 1 : i64, resultSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<3x5xf32>) -> (tensor<3x1xf32>, tensor<3x4xf32>)
  %1 = "dnnf.concat"(%0#0, %0#1) {axis = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<3x1xf32>, tensor<3x4xf32>) -> tensor<3x5xf32>
  %2 = "dnnf.sin"(%1) : (tensor<3x5xf32>) -> tensor<3x5xf32>
  return %2 : tensor<3x5xf32>
}

// Concat(Slice(X, A, B), Slice(X, B, C), ...) = Slice(X, A, C)
// CHECK-LABEL: func.func @concat_of_slices(
// CHECK: %0 = "dnnf.slice"(%arg0) {starts = array<i64: 0, 2>, steps = array<i64: 1, 1>} : (tensor<3x7xf32>) -> tensor<3x5xf32>
// CHECK-NEXT: return
func.func @concat_of_slices(%arg0: tensor<3x7xf32>) -> tensor<3x5xf32> {
  %0 = "dnnf.slice"(%arg0) {starts = array<i64: 0, 2>, steps = array<i64: 1, 1>} : (tensor<3x7xf32>) -> tensor<3x1xf32>
  %1 = "dnnf.slice"(%arg0) {starts = array<i64: 0, 3>, steps = array<i64: 1, 1>} : (tensor<3x7xf32>) -> tensor<3x4xf32>
  %2 = "dnnf.concat"(%0, %1) {axis = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<3x1xf32>, tensor<3x4xf32>) -> tensor<3x5xf32>
  return %2 : tensor<3x5xf32>
}

// Split(Concat(X1, X2, ...)) = (X1, X2, ...)
// CHECK-LABEL: func.func @split_of_concat(
// CHECK: %0 = "dnnf.sin"(%arg0) : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: %1 = "dnnf.sin"(%arg1) : (tensor<2x1xf32>) -> tensor<2x1xf32>
// CHECK-NEXT: return %0, %1
func.func @split_of_concat(%arg0: tensor<2x3xf32>, %arg1: tensor<2x1xf32>) -> (tensor<2x3xf32>, tensor<2x1xf32>) {
  %0 = "dnnf.concat"(%arg0, %arg1) {axis = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<2x3xf32>, tensor<2x1xf32>) -> tensor<2x4xf32>
  %1:2 = "dnnf.split"(%0) {axis = 1 : i64, resultSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<2x4xf32>) -> (tensor<2x3xf32>, tensor<2x1xf32>)
  %2 = "dnnf.sin"(%1#0) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %3 = "dnnf.sin"(%1#1) : (tensor<2x1xf32>) -> tensor<2x1xf32>
  return %2, %3 : tensor<2x3xf32>, tensor<2x1xf32>
}
