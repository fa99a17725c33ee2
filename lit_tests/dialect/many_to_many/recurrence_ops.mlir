// RUN: dnnf-opt %s | dnnf-opt | FileCheck %s

// CHECK-LABEL: func.func @gru(
// CHECK: "dnnf.recurrence"(%arg0, %arg1, %arg2)
// CHECK-SAME: kind = "gru"
// CHECK-SAME: (tensor<5x2x12xf32>, tensor<1x12x4xf32>, tensor<2xi32>) -> (tensor<5x1x2x4xf32>, tensor<1x2x4xf32>)
func.func @gru(%arg0: tensor<5x2x12xf32>, %arg1: tensor<1x12x4xf32>, %arg2: tensor<2xi32>) -> tensor<5x1x2x4xf32> {
  %0:2 = "dnnf.recurrence"(%arg0, %arg1, %arg2) {activations = "sigmoid,tanh", alphas = array<f64: 0.000000e+00, 0.000000e+00>, betas = array<f64: 0.000000e+00, 0.000000e+00>, clip = 3.000000e+00 : f64, direction = "forward", input_forget = 0 : i64, kind = "gru", linear_before_reset = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 0>} : (tensor<5x2x12xf32>, tensor<1x12x4xf32>, tensor<2xi32>) -> (tensor<5x1x2x4xf32>, tensor<1x2x4xf32>)
  return %0#0 : tensor<5x1x2x4xf32>
}
