// RUN: dnnf-opt --dnnf-simplify-algebra=properties=commutative %s | FileCheck %s

// max(f(X)) = f(max(X)), min(f(X)) = f(min(X)), for f that never decreases
// CHECK-LABEL: func.func @extreme_of_monotone(
// CHECK: %0 = "dnnf.reduce_max"(%arg0) {axes = array<i64: 0, 1>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<1x1xf32>
// CHECK: %1 = "dnnf.sigmoid"(%0) : (tensor<1x1xf32>) -> tensor<1x1xf32>
// CHECK-NEXT: return
func.func @extreme_of_monotone(%arg0: tensor<4x6xf32>) -> (tensor<1x1xf32>) {
  %0 = "dnnf.sigmoid"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.reduce_max"(%0) {axes = array<i64: 0, 1>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<1x1xf32>
  return %1 : tensor<1x1xf32>
}

// max(-X) = -min(X)
// CHECK-LABEL: func.func @maximum_of_negative(
// CHECK: %0 = "dnnf.reduce_min"(%arg0) {axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<4x6xf32>) -> tensor<f32>
// CHECK: %1 = "dnnf.neg"(%0) : (tensor<f32>) -> tensor<f32>
// CHECK-NEXT: return
func.func @maximum_of_negative(%arg0: tensor<4x6xf32>) -> (tensor<f32>) {
  %0 = "dnnf.neg"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.reduce_max"(%0) {axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<4x6xf32>) -> tensor<f32>
  return %1 : tensor<f32>
}

// min(-X) = -max(X)
// CHECK-LABEL: func.func @minimum_of_negative(
// CHECK: %0 = "dnnf.reduce_max"(%arg0) {axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<4x6xf32>) -> tensor<f32>
// CHECK: %1 = "dnnf.neg"(%0) : (tensor<f32>) -> tensor<f32>
// CHECK-NEXT: return
func.func @minimum_of_negative(%arg0: tensor<4x6xf32>) -> (tensor<f32>) {
  %0 = "dnnf.neg"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.reduce_min"(%0) {axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<4x6xf32>) -> tensor<f32>
  return %1 : tensor<f32>
}

// max(X * C) = max(X) * C, min(X * C) = min(X) * C, for C > 0
// CHECK-LABEL: func.func @extreme_of_multiple(
// CHECK: %0 = "dnnf.reduce_max"(%arg0) {axes = array<i64: 0, 1>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<1x1xf32>
// CHECK: %2 = "dnnf.mul"(%0, %1) : (tensor<1x1xf32>, tensor<f32>) -> tensor<1x1xf32>
// CHECK-NEXT: return
func.func @extreme_of_multiple(%arg0: tensor<4x6xf32>) -> (tensor<1x1xf32>) {
  %0 = "dnnf.constant"() {value = dense<0.142104864> : tensor<1xf32>} : () -> tensor<1xf32>
  %1 = "dnnf.mul"(%arg0, %0) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.reduce_max"(%1) {axes = array<i64: 0, 1>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<1x1xf32>
  return %2 : tensor<1x1xf32>
}

// max(X + C) = max(X) + C, min(X + C) = min(X) + C
// CHECK-LABEL: func.func @extreme_of_sum(
// CHECK: %0 = "dnnf.reduce_max"(%arg0) {axes = array<i64: 0, 1>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<1x1xf32>
// CHECK: %2 = "dnnf.add"(%0, %1) : (tensor<1x1xf32>, tensor<f32>) -> tensor<1x1xf32>
// CHECK-NEXT: return
func.func @extreme_of_sum(%arg0: tensor<4x6xf32>) -> (tensor<1x1xf32>) {
  %0 = "dnnf.constant"() {value = dense<-0.132104859> : tensor<1xf32>} : () -> tensor<1xf32>
  %1 = "dnnf.add"(%arg0, %0) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.reduce_max"(%1) {axes = array<i64: 0, 1>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<1x1xf32>
  return %2 : tensor<1x1xf32>
}

// sum(X * C) = sum(X) * C, mean(X * C) = mean(X) * C
// CHECK-LABEL: func.func @sum_of_multiple(
// CHECK: %0 = "dnnf.reduce_sum"(%arg0) {axes = array<i64: 0, 1>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<1x1xf32>
// CHECK: %2 = "dnnf.mul"(%0, %1) : (tensor<1x1xf32>, tensor<f32>) -> tensor<1x1xf32>
// CHECK-NEXT: return
func.func @sum_of_multiple(%arg0: tensor<4x6xf32>) -> (tensor<1x1xf32>) {
  %0 = "dnnf.constant"() {value = dense<-0.132104859> : tensor<1xf32>} : () -> tensor<1xf32>
  %1 = "dnnf.mul"(%arg0, %0) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.reduce_sum"(%1) {axes = array<i64: 0, 1>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<1x1xf32>
  return %2 : tensor<1x1xf32>
}

// sum(-X) = -sum(X), mean(-X) = -mean(X)
// CHECK-LABEL: func.func @sum_of_negative(
// CHECK: %0 = "dnnf.reduce_sum"(%arg0) {axes = array<i64: 0, 1>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<1x1xf32>
// CHECK: %1 = "dnnf.neg"(%0) : (tensor<1x1xf32>) -> tensor<1x1xf32>
// CHECK-NEXT: return
func.func @sum_of_negative(%arg0: tensor<4x6xf32>) -> (tensor<1x1xf32>) {
  %0 = "dnnf.neg"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.reduce_sum"(%0) {axes = array<i64: 0, 1>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<1x1xf32>
  return %1 : tensor<1x1xf32>
}

// mean(X + C) = mean(X) + C
// CHECK-LABEL: func.func @mean_of_shifted(
// CHECK: %0 = "dnnf.reduce_mean"(%arg0) {axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<4x6xf32>) -> tensor<f32>
// CHECK: %2 = "dnnf.add"(%0, %1) : (tensor<f32>, tensor<f32>) -> tensor<f32>
// CHECK-NEXT: return
func.func @mean_of_shifted(%arg0: tensor<4x6xf32>) -> (tensor<f32>) {
  %0 = "dnnf.constant"() {value = dense<-0.132104859> : tensor<1xf32>} : () -> tensor<1xf32>
  %1 = "dnnf.add"(%arg0, %0) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.reduce_mean"(%1) {axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<4x6xf32>) -> tensor<f32>
  return %2 : tensor<f32>
}

// prod(exp(X)) = exp(sum(X))
// CHECK-LABEL: func.func @product_of_exponentials_reduced(
// CHECK: %0 = "dnnf.reduce_sum"(%arg0) {axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<4x6xf32>) -> tensor<f32>
// CHECK: %1 = "dnnf.exp"(%0) : (tensor<f32>) -> tensor<f32>
// CHECK-NEXT: return
func.func @product_of_exponentials_reduced(%arg0: tensor<4x6xf32>) -> (tensor<f32>) {
  %0 = "dnnf.exp"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.reduce_prod"(%0) {axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<4x6xf32>) -> tensor<f32>
  return %1 : tensor<f32>
}

// prod(|X|) = |prod(X)|
// CHECK-LABEL: func.func @product_of_absolutes_reduced(
// CHECK: %0 = "dnnf.reduce_prod"(%arg0) {axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<4x6xf32>) -> tensor<f32>
// CHECK: %1 = "dnnf.abs"(%0) : (tensor<f32>) -> tensor<f32>
// CHECK-NEXT: return
func.func @product_of_absolutes_reduced(%arg0: tensor<4x6xf32>) -> (tensor<f32>) {
  %0 = "dnnf.abs"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.reduce_prod"(%0) {axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<4x6xf32>) -> tensor<f32>
  return %1 : tensor<f32>
}

// sum(BitShift(X)) = BitShift(sum(X))
// CHECK-LABEL: func.func @sum_of_shifted(
// CHECK: %0 = "dnnf.reduce_sum"(%arg0) {axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<4x6xui8>) -> tensor<ui8>
// CHECK: %2 = "dnnf.bit_shift"(%0, %1) {direction = "LEFT"} : (tensor<ui8>, tensor<ui8>) -> tensor<ui8>
// CHECK-NEXT: return
func.func @sum_of_shifted(%arg0: tensor<4x6xui8>) -> (tensor<ui8>) {
  %0 = "dnnf.constant"() {value = dense<2> : tensor<1xui8>} : () -> tensor<1xui8>
  %1 = "dnnf.bit_shift"(%arg0, %0) {direction = "LEFT"} : (tensor<4x6xui8>, tensor<1xui8>) -> tensor<4x6xui8>
  %2 = "dnnf.reduce_sum"(%1) {axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<4x6xui8>) -> tensor<ui8>
  return %2 : tensor<ui8>
}

// sum(sum(X, P), Q) = sum(X, P and Q)
// CHECK-LABEL: func.func @sum_of_sum(
// CHECK: %0 = "dnnf.reduce_sum"(%arg0) {axes = array<i64: 0, 1>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<1x1xf32>
// CHECK-NEXT: return
func.func @sum_of_sum(%arg0: tensor<4x6xf32>) -> (tensor<1x1xf32>) {
  %0 = "dnnf.reduce_sum"(%arg0) {axes = array<i64: 0, 1>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<1x1xf32>
  %1 = "dnnf.reduce_sum"(%0) {axes = array<i64: 0, 1>, keepdims = 1 : i64} : (tensor<1x1xf32>) -> tensor<1x1xf32>
  return %1 : tensor<1x1xf32>
}

// mean(mean(X, P), Q) = mean(X, P and Q)
// CHECK-LABEL: func.func @mean_of_mean(
// CHECK: %0 = "dnnf.reduce_mean"(%arg0) {axes = array<i64: 0, 1>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<1x1xf32>
// CHECK-NEXT: return
func.func @mean_of_mean(%arg0: tensor<4x6xf32>) -> (tensor<1x1xf32>) {
  %0 = "dnnf.reduce_mean"(%arg0) {axes = array<i64: 0, 1>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<1x1xf32>
  %1 = "dnnf.reduce_mean"(%0) {axes = array<i64: 0, 1>, keepdims = 1 : i64} : (tensor<1x1xf32>) -> tensor<1x1xf32>
  return %1 : tensor<1x1xf32>
}

// max(max(X, P), Q) = max(X, P and Q)
// CHECK-LABEL: func.func @maximum_of_maximum(
// CHECK: %0 = "dnnf.reduce_max"(%arg0) {axes = array<i64: 0, 1>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<1x1xf32>
// CHECK-NEXT: return
func.func @maximum_of_maximum(%arg0: tensor<4x6xf32>) -> (tensor<1x1xf32>) {
  %0 = "dnnf.reduce_max"(%arg0) {axes = array<i64: 0, 1>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<1x1xf32>
  %1 = "dnnf.reduce_max"(%0) {axes = array<i64: 0, 1>, keepdims = 1 : i64} : (tensor<1x1xf32>) -> tensor<1x1xf32>
  return %1 : tensor<1x1xf32>
}

// min(min(X, P), Q) = min(X, P and Q)
// CHECK-LABEL: func.func @minimum_of_minimum(
// CHECK: %0 = "dnnf.reduce_min"(%arg0) {axes = array<i64: 0, 1>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<1x1xf32>
// CHECK-NEXT: return
func.func @minimum_of_minimum(%arg0: tensor<4x6xf32>) -> (tensor<1x1xf32>) {
  %0 = "dnnf.reduce_min"(%arg0) {axes = array<i64: 0, 1>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<1x1xf32>
  %1 = "dnnf.reduce_min"(%0) {axes = array<i64: 0, 1>, keepdims = 1 : i64} : (tensor<1x1xf32>) -> tensor<1x1xf32>
  return %1 : tensor<1x1xf32>
}

// sum(X * Y) = sum(X) * Y, where Y has size 1 along the sum
// CHECK-LABEL: func.func @sum_of_scaled_rows(
// CHECK: %0 = "dnnf.reduce_mean"(%arg0) {axes = array<i64: 0>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<1x6xf32>
// CHECK: %1 = "dnnf.mul"(%0, %arg1) : (tensor<1x6xf32>, tensor<1x6xf32>) -> tensor<1x6xf32>
// CHECK-NEXT: return
func.func @sum_of_scaled_rows(%arg0: tensor<4x6xf32>, %arg1: tensor<1x6xf32>) -> (tensor<1x6xf32>) {
  %0 = "dnnf.mul"(%arg0, %arg1) : (tensor<4x6xf32>, tensor<1x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.reduce_mean"(%0) {axes = array<i64: 0>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<1x6xf32>
  return %1 : tensor<1x6xf32>
}

// reduce(Transpose(X)) = reduce(X), where all dimensions are reduced
// CHECK-LABEL: func.func @reduction_of_transposed(
// CHECK: %0 = "dnnf.reduce_max"(%arg0) {axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<4x6xf32>) -> tensor<f32>
// CHECK-NEXT: return
func.func @reduction_of_transposed(%arg0: tensor<4x6xf32>) -> (tensor<f32>) {
  %0 = "dnnf.transpose"(%arg0) {perm = array<i64: 1, 0>} : (tensor<4x6xf32>) -> tensor<6x4xf32>
  %1 = "dnnf.reduce_max"(%0) {axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<6x4xf32>) -> tensor<f32>
  return %1 : tensor<f32>
}
