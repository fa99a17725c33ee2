// RUN: dnnf-opt --dnnf-simplify-algebra=properties=recognition %s | FileCheck %s

// exp(X - max(X)) / sum(exp(X - max(X))) = Softmax(X)
// CHECK-LABEL: func.func @softmax(
// CHECK: %0 = "dnnf.softmax"(%arg0) {axis = 0 : i64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @softmax(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.reduce_max"(%arg0) {axes = array<i64: 0>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<1x6xf32>
  %1 = "dnnf.sub"(%arg0, %0) : (tensor<4x6xf32>, tensor<1x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.exp"(%1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %3 = "dnnf.reduce_sum"(%2) {axes = array<i64: 0>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<1x6xf32>
  %4 = "dnnf.div"(%2, %3) : (tensor<4x6xf32>, tensor<1x6xf32>) -> tensor<4x6xf32>
  return %4 : tensor<4x6xf32>
}

// exp(X) / sum(exp(X)) = Softmax(X)
// CHECK-LABEL: func.func @softmax_without_maximum(
// CHECK: %0 = "dnnf.softmax"(%arg0) {axis = 0 : i64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @softmax_without_maximum(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.exp"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.reduce_sum"(%0) {axes = array<i64: 0>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<1x6xf32>
  %2 = "dnnf.div"(%0, %1) : (tensor<4x6xf32>, tensor<1x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// log(Softmax(X)) = LogSoftmax(X)
// CHECK-LABEL: func.func @log_softmax(
// CHECK: %0 = "dnnf.log_softmax"(%arg0) {axis = 1 : i64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @log_softmax(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.softmax"(%arg0) {axis = 1 : i64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.log"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// X - log(sum(exp(X))) = LogSoftmax(X)
// CHECK-LABEL: func.func @log_softmax_by_sum(
// CHECK: %0 = "dnnf.log_softmax"(%arg0) {axis = 0 : i64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @log_softmax_by_sum(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.exp"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.reduce_sum"(%0) {axes = array<i64: 0>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<1x6xf32>
  %2 = "dnnf.log"(%1) : (tensor<1x6xf32>) -> tensor<1x6xf32>
  %3 = "dnnf.sub"(%arg0, %2) : (tensor<4x6xf32>, tensor<1x6xf32>) -> tensor<4x6xf32>
  return %3 : tensor<4x6xf32>
}

// X - ReduceLogSumExp(X) = LogSoftmax(X)
// CHECK-LABEL: func.func @log_softmax_by_log_sum_exp(
// CHECK: %0 = "dnnf.log_softmax"(%arg0) {axis = 0 : i64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @log_softmax_by_log_sum_exp(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.reduce_log_sum_exp"(%arg0) {axes = array<i64: 0>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<1x6xf32>
  %1 = "dnnf.sub"(%arg0, %0) : (tensor<4x6xf32>, tensor<1x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// X * 0.5 * (1 + erf(X / sqrt(2))) = Gelu(X)
// CHECK-LABEL: func.func @gelu(
// CHECK: %0 = "dnnf.gelu"(%arg0) {approximate = "none"} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @gelu(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<5.000000e-01> : tensor<f32>} : () -> tensor<f32>
  %1 = "dnnf.mul"(%arg0, %0) : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  %2 = "dnnf.constant"() {value = dense<1.41421354> : tensor<f32>} : () -> tensor<f32>
  %3 = "dnnf.div"(%arg0, %2) : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  %4 = "dnnf.erf"(%3) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %5 = "dnnf.constant"() {value = dense<1.000000e+00> : tensor<f32>} : () -> tensor<f32>
  %6 = "dnnf.add"(%4, %5) : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  %7 = "dnnf.mul"(%1, %6) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %7 : tensor<4x6xf32>
}

// X * 0.5 * (1 + tanh(sqrt(2 / pi) * (X + 0.044715 * X^3))) = Gelu(X, tanh)
// CHECK-LABEL: func.func @gelu_tanh(
// CHECK: %0 = "dnnf.gelu"(%arg0) {approximate = "tanh"} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @gelu_tanh(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<5.000000e-01> : tensor<f32>} : () -> tensor<f32>
  %1 = "dnnf.mul"(%arg0, %0) : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  %2 = "dnnf.constant"() {value = dense<4.471500e-02> : tensor<f32>} : () -> tensor<f32>
  %3 = "dnnf.mul"(%2, %arg0) : (tensor<f32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %4 = "dnnf.mul"(%3, %arg0) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %5 = "dnnf.mul"(%4, %arg0) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %6 = "dnnf.add"(%arg0, %5) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %7 = "dnnf.constant"() {value = dense<0.797884583> : tensor<f32>} : () -> tensor<f32>
  %8 = "dnnf.mul"(%7, %6) : (tensor<f32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %9 = "dnnf.tanh"(%8) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %10 = "dnnf.constant"() {value = dense<1.000000e+00> : tensor<f32>} : () -> tensor<f32>
  %11 = "dnnf.add"(%9, %10) : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  %12 = "dnnf.mul"(%1, %11) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %12 : tensor<4x6xf32>
}

// X * 0.5 * (1 + tanh(sqrt(2 / pi) * X * (1 + 0.044715 * X^2))) = Gelu(X, tanh)
// CHECK-LABEL: func.func @gelu_tanh_factored(
// CHECK: %0 = "dnnf.gelu"(%arg0) {approximate = "tanh"} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @gelu_tanh_factored(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<5.000000e-01> : tensor<f32>} : () -> tensor<f32>
  %1 = "dnnf.mul"(%arg0, %0) : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  %2 = "dnnf.constant"() {value = dense<0.797884583> : tensor<f32>} : () -> tensor<f32>
  %3 = "dnnf.mul"(%2, %arg0) : (tensor<f32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %4 = "dnnf.constant"() {value = dense<4.471500e-02> : tensor<f32>} : () -> tensor<f32>
  %5 = "dnnf.mul"(%4, %arg0) : (tensor<f32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %6 = "dnnf.mul"(%5, %arg0) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %7 = "dnnf.constant"() {value = dense<1.000000e+00> : tensor<f32>} : () -> tensor<f32>
  %8 = "dnnf.add"(%6, %7) : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  %9 = "dnnf.mul"(%3, %8) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %10 = "dnnf.tanh"(%9) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %11 = "dnnf.constant"() {value = dense<1.000000e+00> : tensor<f32>} : () -> tensor<f32>
  %12 = "dnnf.add"(%10, %11) : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  %13 = "dnnf.mul"(%1, %12) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %13 : tensor<4x6xf32>
}

// 1 / (1 + exp(-X)) = Sigmoid(X)
// CHECK-LABEL: func.func @sigmoid(
// CHECK: %0 = "dnnf.sigmoid"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @sigmoid(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.neg"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.exp"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.constant"() {value = dense<1.000000e+00> : tensor<f32>} : () -> tensor<f32>
  %3 = "dnnf.add"(%1, %2) : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  %4 = "dnnf.reciprocal"(%3) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %4 : tensor<4x6xf32>
}

// C / (1 + exp(-X)) = Sigmoid(X) * C
// CHECK-LABEL: func.func @sigmoid_by_division(
// CHECK: %0 = "dnnf.sigmoid"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %2 = "dnnf.mul"(%0, %1) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @sigmoid_by_division(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.neg"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.exp"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.constant"() {value = dense<1.000000e+00> : tensor<f32>} : () -> tensor<f32>
  %3 = "dnnf.add"(%1, %2) : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  %4 = "dnnf.constant"() {value = dense<-0.132104859> : tensor<1xf32>} : () -> tensor<1xf32>
  %5 = "dnnf.div"(%4, %3) : (tensor<1xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %5 : tensor<4x6xf32>
}

// X * Sigmoid(X) = Swish(X)
// CHECK-LABEL: func.func @silu(
// CHECK: %0 = "dnnf.swish"(%arg0) {alpha = 1.000000e+00 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @silu(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.sigmoid"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.mul"(%arg0, %0) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// X / (1 + exp(-X)) = Swish(X)
// CHECK-LABEL: func.func @silu_by_division(
// CHECK: %0 = "dnnf.swish"(%arg0) {alpha = 1.000000e+00 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @silu_by_division(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.neg"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.exp"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.constant"() {value = dense<1.000000e+00> : tensor<f32>} : () -> tensor<f32>
  %3 = "dnnf.add"(%1, %2) : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  %4 = "dnnf.div"(%arg0, %3) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %4 : tensor<4x6xf32>
}

// X * Sigmoid(C * X) = Swish(X, C)
// CHECK-LABEL: func.func @swish(
// CHECK: %0 = "dnnf.swish"(%arg0) {alpha = -0.13210485875606537 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @swish(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<-0.132104859> : tensor<1xf32>} : () -> tensor<1xf32>
  %1 = "dnnf.mul"(%arg0, %0) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.sigmoid"(%1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %3 = "dnnf.mul"(%arg0, %2) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %3 : tensor<4x6xf32>
}

// log(1 + exp(X)) = Softplus(X)
// CHECK-LABEL: func.func @softplus(
// CHECK: %0 = "dnnf.softplus"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @softplus(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.exp"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.constant"() {value = dense<1.000000e+00> : tensor<f32>} : () -> tensor<f32>
  %2 = "dnnf.add"(%0, %1) : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  %3 = "dnnf.log"(%2) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %3 : tensor<4x6xf32>
}

// X * tanh(Softplus(X)) = Mish(X)
// CHECK-LABEL: func.func @mish(
// CHECK: %0 = "dnnf.mish"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @mish(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.softplus"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.tanh"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.mul"(%arg0, %1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// X / (1 + |X|) = Softsign(X)
// CHECK-LABEL: func.func @softsign(
// CHECK: %0 = "dnnf.softsign"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @softsign(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.abs"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.constant"() {value = dense<1.000000e+00> : tensor<f32>} : () -> tensor<f32>
  %2 = "dnnf.add"(%0, %1) : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  %3 = "dnnf.div"(%arg0, %2) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %3 : tensor<4x6xf32>
}

// Clip(X + B, 0, top) / top = HardSigmoid(X, 1 / top, B / top)
// CHECK-LABEL: func.func @hard_sigmoid(
// CHECK: %0 = "dnnf.hard_sigmoid"(%arg0) {alpha = 1.6462812300743448 : f64, beta = -0.21748174937173287 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @hard_sigmoid(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<-0.132104859> : tensor<1xf32>} : () -> tensor<1xf32>
  %1 = "dnnf.add"(%arg0, %0) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.clip"(%1) {max = 0.60742963093543911 : f64, min = 0.000000e+00 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %3 = "dnnf.constant"() {value = dense<1.64628124> : tensor<f32>} : () -> tensor<f32>
  %4 = "dnnf.mul"(%2, %3) : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  return %4 : tensor<4x6xf32>
}

// Clip(A * X + B, 0, 1) = HardSigmoid(X, A, B)
// CHECK-LABEL: func.func @hard_sigmoid_scaled(
// CHECK: %0 = "dnnf.hard_sigmoid"(%arg0) {alpha = -0.13210485875606537 : f64, beta = 0.64042264223098755 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @hard_sigmoid_scaled(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<-0.132104859> : tensor<1xf32>} : () -> tensor<1xf32>
  %1 = "dnnf.mul"(%arg0, %0) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.constant"() {value = dense<0.640422642> : tensor<1xf32>} : () -> tensor<1xf32>
  %3 = "dnnf.add"(%1, %2) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
  %4 = "dnnf.clip"(%3) {max = 1.000000e+00 : f64, min = 0.000000e+00 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %4 : tensor<4x6xf32>
}

// X * Clip(X + 3, 0, 6) / 6 = HardSwish(X)
// CHECK-LABEL: func.func @hard_swish(
// CHECK: %0 = "dnnf.hard_swish"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @hard_swish(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<3.000000e+00> : tensor<f32>} : () -> tensor<f32>
  %1 = "dnnf.add"(%arg0, %0) : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  %2 = "dnnf.clip"(%1) {max = 6.000000e+00 : f64, min = 0.000000e+00 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %3 = "dnnf.mul"(%arg0, %2) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %4 = "dnnf.constant"() {value = dense<0.166666672> : tensor<f32>} : () -> tensor<f32>
  %5 = "dnnf.mul"(%3, %4) : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  return %5 : tensor<4x6xf32>
}

// X * HardSigmoid(X, 1/6, 1/2) = HardSwish(X)
// CHECK-LABEL: func.func @hard_swish_by_hard_sigmoid(
// CHECK: %0 = "dnnf.hard_swish"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @hard_swish_by_hard_sigmoid(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.hard_sigmoid"(%arg0) {alpha = 0.16666666666666666 : f64, beta = 5.000000e-01 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.mul"(%arg0, %0) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// max(X, 0) = Relu(X)
// CHECK-LABEL: func.func @relu(
// CHECK: %0 = "dnnf.relu"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @relu(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<0.000000e+00> : tensor<f32>} : () -> tensor<f32>
  %1 = "dnnf.max"(%arg0, %0) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// Clip(X, 0, inf) = Relu(X)
// CHECK-LABEL: func.func @relu_by_clip(
// CHECK: %0 = "dnnf.relu"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @relu_by_clip(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.clip"(%arg0) {max = 0x7FF0000000000000 : f64, min = 0.000000e+00 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %0 : tensor<4x6xf32>
}

// min(max(X, low), high) = Clip(X, low, high)
// CHECK-LABEL: func.func @clip(
// CHECK: %0 = "dnnf.clip"(%arg0) {max = 0.10490011423826218 : f64, min = -0.53566938638687134 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @clip(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<-0.535669386> : tensor<f32>} : () -> tensor<f32>
  %1 = "dnnf.max"(%arg0, %0) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  %2 = "dnnf.constant"() {value = dense<0.104900114> : tensor<f32>} : () -> tensor<f32>
  %3 = "dnnf.min"(%1, %2) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  return %3 : tensor<4x6xf32>
}

// max(min(X, high), low) = Clip(X, low, high)
// CHECK-LABEL: func.func @clip_outside(
// CHECK: %0 = "dnnf.clip"(%arg0) {max = 0.10490011423826218 : f64, min = -0.53566938638687134 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @clip_outside(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<0.104900114> : tensor<f32>} : () -> tensor<f32>
  %1 = "dnnf.min"(%arg0, %0) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  %2 = "dnnf.constant"() {value = dense<-0.535669386> : tensor<f32>} : () -> tensor<f32>
  %3 = "dnnf.max"(%1, %2) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  return %3 : tensor<4x6xf32>
}

// min(Relu(X), high) = Clip(X, 0, high)
// CHECK-LABEL: func.func @relu_clip(
// CHECK: %0 = "dnnf.clip"(%arg0) {max = 0.1421048641204834 : f64, min = 0.000000e+00 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @relu_clip(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.relu"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.constant"() {value = dense<0.142104864> : tensor<1xf32>} : () -> tensor<1xf32>
  %2 = "dnnf.min"(%0, %1) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// max(X, C * X) = LeakyRelu(X, C)
// CHECK-LABEL: func.func @leaky_relu(
// CHECK: %0 = "dnnf.leaky_relu"(%arg0) {alpha = 0.040973525494337082 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @leaky_relu(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<0.0409735255> : tensor<f32>} : () -> tensor<f32>
  %1 = "dnnf.mul"(%arg0, %0) : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  %2 = "dnnf.max"(%arg0, %1) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// Where(X >= 0, X, C * X) = LeakyRelu(X, C)
// CHECK-LABEL: func.func @leaky_relu_by_where(
// CHECK: %0 = "dnnf.leaky_relu"(%arg0) {alpha = -0.13210485875606537 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @leaky_relu_by_where(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<0.000000e+00> : tensor<f32>} : () -> tensor<f32>
  %1 = "dnnf.greater_or_equal"(%arg0, %0) : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xi1>
  %2 = "dnnf.constant"() {value = dense<-0.132104859> : tensor<1xf32>} : () -> tensor<1xf32>
  %3 = "dnnf.mul"(%arg0, %2) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
  %4 = "dnnf.where"(%1, %arg0, %3) : (tensor<4x6xi1>, tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %4 : tensor<4x6xf32>
}

// max(X, -X) = |X|
// CHECK-LABEL: func.func @absolute(
// CHECK: %0 = "dnnf.abs"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @absolute(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.neg"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.max"(%arg0, %0) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// sin(X) / cos(X) = tan(X)
// CHECK-LABEL: func.func @tangent(
// CHECK: %0 = "dnnf.tan"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @tangent(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.sin"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.cos"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.div"(%0, %1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// sum(X * X) = ReduceSumSquare(X)
// CHECK-LABEL: func.func @reduce_sum_square(
// CHECK: %0 = "dnnf.reduce_sum_square"(%arg0) {axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<4x6xf32>) -> tensor<f32>
// CHECK-NEXT: return
func.func @reduce_sum_square(%arg0: tensor<4x6xf32>) -> (tensor<f32>) {
  %0 = "dnnf.mul"(%arg0, %arg0) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.reduce_sum"(%0) {axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<4x6xf32>) -> tensor<f32>
  return %1 : tensor<f32>
}

// sum(|X|) = ReduceL1(X)
// CHECK-LABEL: func.func @reduce_l1(
// CHECK: %0 = "dnnf.reduce_l1"(%arg0) {axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<4x6xf32>) -> tensor<f32>
// CHECK-NEXT: return
func.func @reduce_l1(%arg0: tensor<4x6xf32>) -> (tensor<f32>) {
  %0 = "dnnf.abs"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.reduce_sum"(%0) {axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<4x6xf32>) -> tensor<f32>
  return %1 : tensor<f32>
}

// sqrt(ReduceSumSquare(X)) = ReduceL2(X)
// CHECK-LABEL: func.func @reduce_l2(
// CHECK: %0 = "dnnf.reduce_l2"(%arg0) {axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<4x6xf32>) -> tensor<f32>
// CHECK-NEXT: return
func.func @reduce_l2(%arg0: tensor<4x6xf32>) -> (tensor<f32>) {
  %0 = "dnnf.reduce_sum_square"(%arg0) {axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<4x6xf32>) -> tensor<f32>
  %1 = "dnnf.sqrt"(%0) : (tensor<f32>) -> tensor<f32>
  return %1 : tensor<f32>
}

// log(sum(X)) = ReduceLogSum(X)
// CHECK-LABEL: func.func @reduce_log_sum(
// CHECK: %0 = "dnnf.reduce_log_sum"(%arg0) {axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<4x6xf32>) -> tensor<f32>
// CHECK-NEXT: return
func.func @reduce_log_sum(%arg0: tensor<4x6xf32>) -> (tensor<f32>) {
  %0 = "dnnf.reduce_sum"(%arg0) {axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<4x6xf32>) -> tensor<f32>
  %1 = "dnnf.log"(%0) : (tensor<f32>) -> tensor<f32>
  return %1 : tensor<f32>
}

// ReduceLogSum(exp(X)) = ReduceLogSumExp(X)
// CHECK-LABEL: func.func @reduce_log_sum_exp(
// CHECK: %0 = "dnnf.reduce_log_sum_exp"(%arg0) {axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<4x6xf32>) -> tensor<f32>
// CHECK-NEXT: return
func.func @reduce_log_sum_exp(%arg0: tensor<4x6xf32>) -> (tensor<f32>) {
  %0 = "dnnf.exp"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.reduce_log_sum"(%0) {axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<4x6xf32>) -> tensor<f32>
  return %1 : tensor<f32>
}

// Where(IsNaN(Softmax(X)), 0, Softmax(X)) = SafeSoftmax(X)
// CHECK-LABEL: func.func @safe_softmax(
// CHECK: %0 = "dnnf.safe_softmax"(%arg0) {axis = 1 : i64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @safe_softmax(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.softmax"(%arg0) {axis = 1 : i64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.is_nan"(%0) : (tensor<4x6xf32>) -> tensor<4x6xi1>
  %2 = "dnnf.constant"() {value = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %3 = "dnnf.where"(%1, %2, %0) : (tensor<4x6xi1>, tensor<1xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %3 : tensor<4x6xf32>
}

// Where(max(M) = -inf, 0, Softmax(X + M)) = SafeSoftmax(X + M)
// CHECK-LABEL: func.func @safe_softmax_by_mask(
// CHECK: %0 = "dnnf.add"(%arg0, %arg1) : (tensor<2x4x6xf32>, tensor<4x6xf32>) -> tensor<2x4x6xf32>
// CHECK-NEXT: %1 = "dnnf.safe_softmax"(%0) {axis = 2 : i64} : (tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
// CHECK-NEXT: return
func.func @safe_softmax_by_mask(%arg0: tensor<2x4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<2x4x6xf32>) {
  %0 = "dnnf.add"(%arg0, %arg1) : (tensor<2x4x6xf32>, tensor<4x6xf32>) -> tensor<2x4x6xf32>
  %1 = "dnnf.softmax"(%0) {axis = 2 : i64} : (tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  %2 = "dnnf.reduce_max"(%arg1) {axes = array<i64: 1>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<4x1xf32>
  %3 = "dnnf.constant"() {value = dense<0xFF800000> : tensor<1xf32>} : () -> tensor<1xf32>
  %4 = "dnnf.equal"(%2, %3) : (tensor<4x1xf32>, tensor<1xf32>) -> tensor<4x1xi1>
  %5 = "dnnf.constant"() {value = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %6 = "dnnf.where"(%4, %5, %1) : (tensor<4x1xi1>, tensor<1xf32>, tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  return %6 : tensor<2x4x6xf32>
}

// Maxima along another dimension say nothing about the rows of the softmax.
// CHECK-LABEL: func.func @maxima_of_columns(
// CHECK: dnnf.where
func.func @maxima_of_columns(%arg0: tensor<4x4xf32>, %arg1: tensor<4x4xf32>) -> (tensor<4x4xf32>) {
  %0 = "dnnf.add"(%arg0, %arg1) : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = "dnnf.softmax"(%0) {axis = 1 : i64} : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %2 = "dnnf.reduce_max"(%arg1) {axes = array<i64: 0>, keepdims = 1 : i64} : (tensor<4x4xf32>) -> tensor<1x4xf32>
  %3 = "dnnf.constant"() {value = dense<0xFF800000> : tensor<1xf32>} : () -> tensor<1xf32>
  %4 = "dnnf.equal"(%2, %3) : (tensor<1x4xf32>, tensor<1xf32>) -> tensor<1x4xi1>
  %5 = "dnnf.constant"() {value = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %6 = "dnnf.where"(%4, %5, %1) : (tensor<1x4xi1>, tensor<1xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %6 : tensor<4x4xf32>
}

// Where(X > C, X, Softplus(X)) = Softplus(X)
// CHECK-LABEL: func.func @softplus_by_where(
// CHECK: %0 = "dnnf.softplus"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @softplus_by_where(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.softplus"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.constant"() {value = dense<20.0> : tensor<f32>} : () -> tensor<f32>
  %2 = "dnnf.greater"(%arg0, %1) : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xi1>
  %3 = "dnnf.where"(%2, %arg0, %0) : (tensor<4x6xi1>, tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %3 : tensor<4x6xf32>
}

// At a small bound Softplus is not yet the identity.
// CHECK-LABEL: func.func @softplus_of_small(
// CHECK: dnnf.where
func.func @softplus_of_small(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.softplus"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.constant"() {value = dense<10.0> : tensor<f32>} : () -> tensor<f32>
  %2 = "dnnf.greater"(%arg0, %1) : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xi1>
  %3 = "dnnf.where"(%2, %arg0, %0) : (tensor<4x6xi1>, tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %3 : tensor<4x6xf32>
}

// mean(X) = GlobalAveragePool(X), over all spatial dimensions
// CHECK-LABEL: func.func @global_average_pool(
// CHECK: %0 = "dnnf.global_average_pool"(%arg0) {layout = "channels_first"} : (tensor<2x3x4x5xf32>) -> tensor<2x3x1x1xf32>
// CHECK-NEXT: return
func.func @global_average_pool(%arg0: tensor<2x3x4x5xf32>) -> (tensor<2x3x1x1xf32>) {
  %0 = "dnnf.reduce_mean"(%arg0) {axes = array<i64: 2, 3>, keepdims = 1 : i64} : (tensor<2x3x4x5xf32>) -> tensor<2x3x1x1xf32>
  return %0 : tensor<2x3x1x1xf32>
}
