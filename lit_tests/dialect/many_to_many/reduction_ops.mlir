// RUN: dnnf-opt %s | dnnf-opt | FileCheck %s

// CHECK-LABEL: func.func @reduce_sum(
// CHECK: "dnnf.reduce_sum"(%arg0) {axes = array<i64: 0, 2>, keepdims = 0 : i64} : (tensor<2x3x4xf32>) -> tensor<3xf32>
func.func @reduce_sum(%arg0: tensor<2x3x4xf32>) -> tensor<3xf32> {
  %0 = "dnnf.reduce_sum"(%arg0) {axes = array<i64: 0, 2>, keepdims = 0 : i64} : (tensor<2x3x4xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// CHECK-LABEL: func.func @reduce_mean(
// CHECK: "dnnf.reduce_mean"(%arg0) {axes = array<i64: 0, 2>, keepdims = 1 : i64} : (tensor<2x3x4xf32>) -> tensor<1x3x1xf32>
func.func @reduce_mean(%arg0: tensor<2x3x4xf32>) -> tensor<1x3x1xf32> {
  %0 = "dnnf.reduce_mean"(%arg0) {axes = array<i64: 0, 2>, keepdims = 1 : i64} : (tensor<2x3x4xf32>) -> tensor<1x3x1xf32>
  return %0 : tensor<1x3x1xf32>
}

// CHECK-LABEL: func.func @reduce_prod(
// CHECK: "dnnf.reduce_prod"(%arg0) {axes = array<i64: 1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
func.func @reduce_prod(%arg0: tensor<2x3xf32>) -> tensor<2xf32> {
  %0 = "dnnf.reduce_prod"(%arg0) {axes = array<i64: 1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// CHECK-LABEL: func.func @reduce_max(
// CHECK: "dnnf.reduce_max"(%arg0) {axes = array<i64: 1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
func.func @reduce_max(%arg0: tensor<2x3xf32>) -> tensor<2xf32> {
  %0 = "dnnf.reduce_max"(%arg0) {axes = array<i64: 1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// CHECK-LABEL: func.func @reduce_min(
// CHECK: "dnnf.reduce_min"(%arg0) {axes = array<i64: 1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
func.func @reduce_min(%arg0: tensor<2x3xf32>) -> tensor<2xf32> {
  %0 = "dnnf.reduce_min"(%arg0) {axes = array<i64: 1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// CHECK-LABEL: func.func @reduce_l1(
// CHECK: "dnnf.reduce_l1"(%arg0) {axes = array<i64: 1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
func.func @reduce_l1(%arg0: tensor<2x3xf32>) -> tensor<2xf32> {
  %0 = "dnnf.reduce_l1"(%arg0) {axes = array<i64: 1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// CHECK-LABEL: func.func @reduce_l2(
// CHECK: "dnnf.reduce_l2"(%arg0) {axes = array<i64: 1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
func.func @reduce_l2(%arg0: tensor<2x3xf32>) -> tensor<2xf32> {
  %0 = "dnnf.reduce_l2"(%arg0) {axes = array<i64: 1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// CHECK-LABEL: func.func @reduce_sum_square(
// CHECK: "dnnf.reduce_sum_square"(%arg0) {axes = array<i64: 1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
func.func @reduce_sum_square(%arg0: tensor<2x3xf32>) -> tensor<2xf32> {
  %0 = "dnnf.reduce_sum_square"(%arg0) {axes = array<i64: 1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// CHECK-LABEL: func.func @reduce_log_sum(
// CHECK: "dnnf.reduce_log_sum"(%arg0) {axes = array<i64: 1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
func.func @reduce_log_sum(%arg0: tensor<2x3xf32>) -> tensor<2xf32> {
  %0 = "dnnf.reduce_log_sum"(%arg0) {axes = array<i64: 1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// CHECK-LABEL: func.func @reduce_log_sum_exp(
// CHECK: "dnnf.reduce_log_sum_exp"(%arg0) {axes = array<i64: 1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
func.func @reduce_log_sum_exp(%arg0: tensor<2x3xf32>) -> tensor<2xf32> {
  %0 = "dnnf.reduce_log_sum_exp"(%arg0) {axes = array<i64: 1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// CHECK-LABEL: func.func @arg_max(
// CHECK: "dnnf.arg_max"(%arg0) {axis = 1 : i64, keepdims = 1 : i64, select_last_index = 0 : i64} : (tensor<2x3xf32>) -> tensor<2x1xi64>
func.func @arg_max(%arg0: tensor<2x3xf32>) -> tensor<2x1xi64> {
  %0 = "dnnf.arg_max"(%arg0) {axis = 1 : i64, keepdims = 1 : i64, select_last_index = 0 : i64} : (tensor<2x3xf32>) -> tensor<2x1xi64>
  return %0 : tensor<2x1xi64>
}

// CHECK-LABEL: func.func @arg_min(
// CHECK: "dnnf.arg_min"(%arg0) {axis = 1 : i64, keepdims = 1 : i64, select_last_index = 0 : i64} : (tensor<2x3xf32>) -> tensor<2x1xi64>
func.func @arg_min(%arg0: tensor<2x3xf32>) -> tensor<2x1xi64> {
  %0 = "dnnf.arg_min"(%arg0) {axis = 1 : i64, keepdims = 1 : i64, select_last_index = 0 : i64} : (tensor<2x3xf32>) -> tensor<2x1xi64>
  return %0 : tensor<2x1xi64>
}
