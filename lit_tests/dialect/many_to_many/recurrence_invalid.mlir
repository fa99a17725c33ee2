// RUN: %verify-diagnostics %s

func.func @lengths(%arg0: tensor<5x2x12xf32>, %arg1: tensor<1x12x4xf32>, %arg2: tensor<3xi32>) {
  // expected-error@+1 {{'dnnf.recurrence' lengths must be 2xi32, is 3xi32}}
  %0:2 = "dnnf.recurrence"(%arg0, %arg1, %arg2) {activations = "sigmoid,tanh", alphas = array<f64: 0.000000e+00, 0.000000e+00>, betas = array<f64: 0.000000e+00, 0.000000e+00>, clip = 3.000000e+00 : f64, direction = "forward", input_forget = 0 : i64, kind = "gru", linear_before_reset = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 0>} : (tensor<5x2x12xf32>, tensor<1x12x4xf32>, tensor<3xi32>) -> (tensor<5x1x2x4xf32>, tensor<1x2x4xf32>)
  return
}

func.func @direction(%arg0: tensor<5x2x12xf32>, %arg1: tensor<1x12x4xf32>, %arg2: tensor<2xi32>) {
  // expected-error@+1 {{'dnnf.recurrence' weights of 1 direction(s) for the direction bidirectional}}
  %0:2 = "dnnf.recurrence"(%arg0, %arg1, %arg2) {activations = "sigmoid,tanh", alphas = array<f64: 0.000000e+00, 0.000000e+00>, betas = array<f64: 0.000000e+00, 0.000000e+00>, clip = 3.000000e+00 : f64, direction = "bidirectional", input_forget = 0 : i64, kind = "gru", linear_before_reset = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 0>} : (tensor<5x2x12xf32>, tensor<1x12x4xf32>, tensor<2xi32>) -> (tensor<5x1x2x4xf32>, tensor<1x2x4xf32>)
  return
}

func.func @activations(%arg0: tensor<5x2x12xf32>, %arg1: tensor<1x12x4xf32>, %arg2: tensor<2xi32>) {
  // expected-error@+1 {{'dnnf.recurrence' needs 2 activations of affine, elu, hardsigmoid, leakyrelu, relu, scaledtanh, sigmoid, softplus, softsign, tanh, thresholdedrelu; got sigmoid,gelu}}
  %0:2 = "dnnf.recurrence"(%arg0, %arg1, %arg2) {activations = "sigmoid,gelu", alphas = array<f64: 0.000000e+00, 0.000000e+00>, betas = array<f64: 0.000000e+00, 0.000000e+00>, clip = 3.000000e+00 : f64, direction = "forward", input_forget = 0 : i64, kind = "gru", linear_before_reset = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 0>} : (tensor<5x2x12xf32>, tensor<1x12x4xf32>, tensor<2xi32>) -> (tensor<5x1x2x4xf32>, tensor<1x2x4xf32>)
  return
}
