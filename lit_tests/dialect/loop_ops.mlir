// RUN: dnnf-opt %s | dnnf-opt | FileCheck %s
// RUN: iree-opt --irdl-file=%irdl %s | FileCheck %s

// CHECK-LABEL: func.func @scan(
// CHECK: %[[LAST:.*]]:2 = "dnnf.loop"(%arg0, %arg1, %arg2, %arg3) ({
// CHECK: ^bb0(%[[I:.*]]: tensor<i64>, %[[GOES_ON:.*]]: tensor<i1>, %[[STATE:.*]]: tensor<4xf32>, %[[ROWS:.*]]: tensor<?x4xf32, ["count_given_0", ""]>):
// CHECK: %[[ROW:.*]] = "dnnf.gather"(%[[ROWS]], %[[I]])
// CHECK: %[[NEXT:.*]] = "dnnf.add"(%[[STATE]], %[[ROW]])
// CHECK: vector.yield %[[GOES_ON]], %[[NEXT]], %[[ROW]] : tensor<i1>, tensor<4xf32>, tensor<4xf32>
// CHECK: {operandSegmentSizes = {{.*}}, states = 1 : i64}
func.func @scan(%limit: tensor<i64>, %start: tensor<i1>, %x: tensor<4xf32>, %rows: tensor<?x4xf32, ["n", ""]>)
    -> (tensor<4xf32>, tensor<?x4xf32, ["count_0", ""]>) {
  %0:2 = "dnnf.loop"(%limit, %start, %x, %rows) ({
  ^bb0(%i: tensor<i64>, %goes_on: tensor<i1>, %state: tensor<4xf32>, %inner: tensor<?x4xf32, ["count_given_0", ""]>):
    %row = "dnnf.gather"(%inner, %i) {axis = 0 : i64} : (tensor<?x4xf32, ["count_given_0", ""]>, tensor<i64>) -> tensor<4xf32>
    %next = "dnnf.add"(%state, %row) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    vector.yield %goes_on, %next, %row : tensor<i1>, tensor<4xf32>, tensor<4xf32>
  }) {states = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>}
    : (tensor<i64>, tensor<i1>, tensor<4xf32>, tensor<?x4xf32, ["n", ""]>) -> (tensor<4xf32>, tensor<?x4xf32, ["count_0", ""]>)
  return %0#0, %0#1 : tensor<4xf32>, tensor<?x4xf32, ["count_0", ""]>
}

// CHECK-LABEL: func.func @nested(
// CHECK: "dnnf.loop"
// CHECK: "dnnf.loop"
// CHECK: dnnf.requirements = {words = "-1 + count_given_0"}
func.func @nested(%limit: tensor<i64>, %start: tensor<i1>, %x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "dnnf.loop"(%limit, %start, %x, %limit) ({
  ^bb0(%i: tensor<i64>, %a: tensor<i1>, %state: tensor<4xf32>, %inner_limit: tensor<i64>):
    %1 = "dnnf.loop"(%inner_limit, %a, %state) ({
    ^bb0(%j: tensor<i64>, %b: tensor<i1>, %inner: tensor<4xf32>):
      %2 = "dnnf.relu"(%inner) : (tensor<4xf32>) -> tensor<4xf32>
      vector.yield %b, %2 : tensor<i1>, tensor<4xf32>
    }) {states = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>}
      : (tensor<i64>, tensor<i1>, tensor<4xf32>) -> tensor<4xf32>
    vector.yield %a, %1 : tensor<i1>, tensor<4xf32>
  }) {states = 1 : i64, dnnf.requirements = {words = "-1 + count_given_0"}, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>}
    : (tensor<i64>, tensor<i1>, tensor<4xf32>, tensor<i64>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
