// RUN: dnnf-opt %s | dnnf-opt | FileCheck %s

// CHECK-LABEL: func.func @equal(
// CHECK: "dnnf.equal"(%arg0, %arg1) : (tensor<2x3xi64>, tensor<1xi64>) -> tensor<2x3xi1>
func.func @equal(%arg0: tensor<2x3xi64>, %arg1: tensor<1xi64>) -> tensor<2x3xi1> {
  %0 = "dnnf.equal"(%arg0, %arg1) : (tensor<2x3xi64>, tensor<1xi64>) -> tensor<2x3xi1>
  return %0 : tensor<2x3xi1>
}

// CHECK-LABEL: func.func @greater(
// CHECK: "dnnf.greater"(%arg0, %arg1) : (tensor<2x3xi64>, tensor<1xi64>) -> tensor<2x3xi1>
func.func @greater(%arg0: tensor<2x3xi64>, %arg1: tensor<1xi64>) -> tensor<2x3xi1> {
  %0 = "dnnf.greater"(%arg0, %arg1) : (tensor<2x3xi64>, tensor<1xi64>) -> tensor<2x3xi1>
  return %0 : tensor<2x3xi1>
}

// CHECK-LABEL: func.func @greater_or_equal(
// CHECK: "dnnf.greater_or_equal"(%arg0, %arg1) : (tensor<2x3xi64>, tensor<1xi64>) -> tensor<2x3xi1>
func.func @greater_or_equal(%arg0: tensor<2x3xi64>, %arg1: tensor<1xi64>) -> tensor<2x3xi1> {
  %0 = "dnnf.greater_or_equal"(%arg0, %arg1) : (tensor<2x3xi64>, tensor<1xi64>) -> tensor<2x3xi1>
  return %0 : tensor<2x3xi1>
}

// CHECK-LABEL: func.func @less(
// CHECK: "dnnf.less"(%arg0, %arg1) : (tensor<2x3xi64>, tensor<1xi64>) -> tensor<2x3xi1>
func.func @less(%arg0: tensor<2x3xi64>, %arg1: tensor<1xi64>) -> tensor<2x3xi1> {
  %0 = "dnnf.less"(%arg0, %arg1) : (tensor<2x3xi64>, tensor<1xi64>) -> tensor<2x3xi1>
  return %0 : tensor<2x3xi1>
}

// CHECK-LABEL: func.func @less_or_equal(
// CHECK: "dnnf.less_or_equal"(%arg0, %arg1) : (tensor<2x3xi64>, tensor<1xi64>) -> tensor<2x3xi1>
func.func @less_or_equal(%arg0: tensor<2x3xi64>, %arg1: tensor<1xi64>) -> tensor<2x3xi1> {
  %0 = "dnnf.less_or_equal"(%arg0, %arg1) : (tensor<2x3xi64>, tensor<1xi64>) -> tensor<2x3xi1>
  return %0 : tensor<2x3xi1>
}

// CHECK-LABEL: func.func @is_nan(
// CHECK: "dnnf.is_nan"(%arg0) : (tensor<4xf32>) -> tensor<4xi1>
func.func @is_nan(%arg0: tensor<4xf32>) -> tensor<4xi1> {
  %0 = "dnnf.is_nan"(%arg0) : (tensor<4xf32>) -> tensor<4xi1>
  return %0 : tensor<4xi1>
}

// CHECK-LABEL: func.func @is_inf(
// CHECK: "dnnf.is_inf"(%arg0) {detect_negative = 1 : i64, detect_positive = 0 : i64} : (tensor<4xf32>) -> tensor<4xi1>
func.func @is_inf(%arg0: tensor<4xf32>) -> tensor<4xi1> {
  %0 = "dnnf.is_inf"(%arg0) {detect_negative = 1 : i64, detect_positive = 0 : i64} : (tensor<4xf32>) -> tensor<4xi1>
  return %0 : tensor<4xi1>
}
