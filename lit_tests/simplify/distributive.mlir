// RUN: dnnf-opt --dnnf-simplify-algebra=properties=distributive %s | FileCheck %s

// A * C + B * C = (A + B) * C
// CHECK-LABEL: func.func @shared_factor(
// CHECK: %0 = "dnnf.add"(%arg0, %arg2) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.mul"(%0, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @shared_factor(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>, %arg2: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.mul"(%arg0, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.mul"(%arg2, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.add"(%0, %1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// A * C - B * C = (A - B) * C
// CHECK-LABEL: func.func @shared_factor_of_difference(
// CHECK: %0 = "dnnf.sub"(%arg0, %arg2) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.mul"(%0, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @shared_factor_of_difference(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>, %arg2: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.mul"(%arg0, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.mul"(%arg2, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.sub"(%0, %1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// A + A * B = A * (B + 1)
// CHECK-LABEL: func.func @factor_and_itself(
// CHECK: %1 = "dnnf.add"(%arg1, %0) : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
// CHECK: %2 = "dnnf.mul"(%arg0, %1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @factor_and_itself(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.mul"(%arg0, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.add"(%arg0, %0) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// A * B - A = A * (B - 1)
// CHECK-LABEL: func.func @factor_less_itself(
// CHECK: %1 = "dnnf.add"(%arg1, %0) : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
// CHECK: %2 = "dnnf.mul"(%arg0, %1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @factor_less_itself(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.mul"(%arg0, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.sub"(%0, %arg0) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// A - A * B = A * (1 - B)
// CHECK-LABEL: func.func @itself_less_factor(
// CHECK: %1 = "dnnf.sub"(%0, %arg1) : (tensor<f32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %2 = "dnnf.mul"(%arg0, %1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @itself_less_factor(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.mul"(%arg0, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.sub"(%arg0, %0) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// -A - B = -(A + B)
// CHECK-LABEL: func.func @sum_of_negatives(
// CHECK: %0 = "dnnf.add"(%arg0, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.neg"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @sum_of_negatives(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.neg"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.sub"(%0, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// -A * C = A * -C
// CHECK-LABEL: func.func @negative_in_product(
// CHECK: %1 = "dnnf.mul"(%arg0, %0) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @negative_in_product(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.neg"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.constant"() {value = dense<-0.132104859> : tensor<1xf32>} : () -> tensor<1xf32>
  %2 = "dnnf.mul"(%0, %1) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// -(A * C) = A * -C
// CHECK-LABEL: func.func @negative_of_multiple(
// CHECK: %1 = "dnnf.mul"(%arg0, %0) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @negative_of_multiple(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<-0.132104859> : tensor<1xf32>} : () -> tensor<1xf32>
  %1 = "dnnf.mul"(%arg0, %0) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.neg"(%1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// Where(M, A + C, B + C) = Where(M, A, B) + C
// CHECK-LABEL: func.func @where_of_sums(
// CHECK: %0 = "dnnf.where"(%arg0, %arg1, %arg3) : (tensor<4x6xi1>, tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.add"(%0, %arg2) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @where_of_sums(%arg0: tensor<4x6xi1>, %arg1: tensor<4x6xf32>, %arg2: tensor<4x6xf32>, %arg3: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.add"(%arg1, %arg2) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.add"(%arg3, %arg2) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.where"(%arg0, %0, %1) : (tensor<4x6xi1>, tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// Where(M, A * C, B * C) = Where(M, A, B) * C
// CHECK-LABEL: func.func @where_of_products(
// CHECK: %0 = "dnnf.where"(%arg0, %arg1, %arg3) : (tensor<4x6xi1>, tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.mul"(%0, %arg2) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @where_of_products(%arg0: tensor<4x6xi1>, %arg1: tensor<4x6xf32>, %arg2: tensor<4x6xf32>, %arg3: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.mul"(%arg1, %arg2) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.mul"(%arg3, %arg2) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.where"(%arg0, %0, %1) : (tensor<4x6xi1>, tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// max(A + C, B + C) = max(A, B) + C
// CHECK-LABEL: func.func @maximum_of_sums(
// CHECK: %0 = "dnnf.max"(%arg0, %arg2) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.add"(%0, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @maximum_of_sums(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>, %arg2: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.add"(%arg0, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.add"(%arg2, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.max"(%0, %1) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// min(A + C, B + C) = min(A, B) + C
// CHECK-LABEL: func.func @minimum_of_sums(
// CHECK: %0 = "dnnf.min"(%arg0, %arg2) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.add"(%0, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @minimum_of_sums(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>, %arg2: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.add"(%arg0, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.add"(%arg2, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.min"(%0, %1) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// max(A * C, B * C) = max(A, B) * C
// CHECK-LABEL: func.func @maximum_of_multiples(
// CHECK: %0 = "dnnf.max"(%arg0, %arg1) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %2 = "dnnf.mul"(%0, %1) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @maximum_of_multiples(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<0.142104864> : tensor<1xf32>} : () -> tensor<1xf32>
  %1 = "dnnf.mul"(%arg0, %0) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.mul"(%arg1, %0) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
  %3 = "dnnf.max"(%1, %2) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %3 : tensor<4x6xf32>
}

// min(A * C, B * C) = min(A, B) * C
// CHECK-LABEL: func.func @minimum_of_multiples(
// CHECK: %0 = "dnnf.min"(%arg0, %arg1) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %2 = "dnnf.mul"(%0, %1) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @minimum_of_multiples(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<0.142104864> : tensor<1xf32>} : () -> tensor<1xf32>
  %1 = "dnnf.mul"(%arg0, %0) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.mul"(%arg1, %0) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
  %3 = "dnnf.min"(%1, %2) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %3 : tensor<4x6xf32>
}

// max(-A, -B) = -min(A, B)
// CHECK-LABEL: func.func @maximum_of_negatives(
// CHECK: %0 = "dnnf.min"(%arg0, %arg1) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.neg"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @maximum_of_negatives(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.neg"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.neg"(%arg1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.max"(%0, %1) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// min(-A, -B) = -max(A, B)
// CHECK-LABEL: func.func @minimum_of_negatives(
// CHECK: %0 = "dnnf.max"(%arg0, %arg1) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.neg"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @minimum_of_negatives(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.neg"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.neg"(%arg1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.min"(%0, %1) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// Relu(A * C) * D = Relu(A) * (C * D)
// CHECK-LABEL: func.func @relu_of_multiple(
// CHECK: %0 = "dnnf.relu"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %2 = "dnnf.mul"(%0, %1) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @relu_of_multiple(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<0.142104864> : tensor<1xf32>} : () -> tensor<1xf32>
  %1 = "dnnf.mul"(%arg0, %0) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.relu"(%1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %3 = "dnnf.constant"() {value = dense<0.640422642> : tensor<1xf32>} : () -> tensor<1xf32>
  %4 = "dnnf.mul"(%2, %3) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
  return %4 : tensor<4x6xf32>
}

// max(A, B) + min(A, B) = A + B
// CHECK-LABEL: func.func @maximum_plus_minimum(
// CHECK: %0 = "dnnf.add"(%arg0, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @maximum_plus_minimum(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.max"(%arg0, %arg1) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.min"(%arg0, %arg1) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.add"(%0, %1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// max(A, B) * min(A, B) = A * B
// CHECK-LABEL: func.func @maximum_times_minimum(
// CHECK: %0 = "dnnf.mul"(%arg0, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @maximum_times_minimum(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.max"(%arg0, %arg1) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.min"(%arg0, %arg1) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.mul"(%0, %1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// max(A, min(A, B)) = A
// CHECK-LABEL: func.func @maximum_absorbs_minimum(
// CHECK: %0 = "dnnf.sin"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @maximum_absorbs_minimum(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.min"(%arg0, %arg1) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.max"(%arg0, %0) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.sin"(%1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// min(A, max(A, B)) = A
// CHECK-LABEL: func.func @minimum_absorbs_maximum(
// CHECK: %0 = "dnnf.sin"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @minimum_absorbs_maximum(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.max"(%arg0, %arg1) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.min"(%arg0, %0) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.sin"(%1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// max(min(A, C), min(B, C)) = min(max(A, B), C)
// CHECK-LABEL: func.func @maximum_of_minima(
// CHECK: %0 = "dnnf.max"(%arg0, %arg2) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.min"(%0, %arg1) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @maximum_of_minima(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>, %arg2: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.min"(%arg0, %arg1) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.min"(%arg2, %arg1) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.max"(%0, %1) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// min(max(A, C), max(B, C)) = max(min(A, B), C)
// CHECK-LABEL: func.func @minimum_of_maxima(
// CHECK: %0 = "dnnf.min"(%arg0, %arg2) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.max"(%0, %arg1) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @minimum_of_maxima(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>, %arg2: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.max"(%arg0, %arg1) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.max"(%arg2, %arg1) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.min"(%0, %1) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// A B + A C = A (B + C)
// CHECK-LABEL: func.func @shared_left_matrix(
// CHECK: %0 = "dnnf.add"(%arg1, %arg2) : (tensor<3x3xf32>, tensor<3x3xf32>) -> tensor<3x3xf32>
// CHECK: %1 = "dnnf.matmul"(%arg0, %0) : (tensor<4x3xf32>, tensor<3x3xf32>) -> tensor<4x3xf32>
// CHECK-NEXT: return
func.func @shared_left_matrix(%arg0: tensor<4x3xf32>, %arg1: tensor<3x3xf32>, %arg2: tensor<3x3xf32>) -> (tensor<4x3xf32>) {
  %0 = "dnnf.matmul"(%arg0, %arg1) : (tensor<4x3xf32>, tensor<3x3xf32>) -> tensor<4x3xf32>
  %1 = "dnnf.matmul"(%arg0, %arg2) : (tensor<4x3xf32>, tensor<3x3xf32>) -> tensor<4x3xf32>
  %2 = "dnnf.add"(%0, %1) : (tensor<4x3xf32>, tensor<4x3xf32>) -> tensor<4x3xf32>
  return %2 : tensor<4x3xf32>
}

// A C + B C = (A + B) C
// CHECK-LABEL: func.func @shared_right_matrix(
// CHECK: %0 = "dnnf.add"(%arg0, %arg2) : (tensor<4x3xf32>, tensor<4x3xf32>) -> tensor<4x3xf32>
// CHECK: %1 = "dnnf.matmul"(%0, %arg1) : (tensor<4x3xf32>, tensor<3x3xf32>) -> tensor<4x3xf32>
// CHECK-NEXT: return
func.func @shared_right_matrix(%arg0: tensor<4x3xf32>, %arg1: tensor<3x3xf32>, %arg2: tensor<4x3xf32>) -> (tensor<4x3xf32>) {
  %0 = "dnnf.matmul"(%arg0, %arg1) : (tensor<4x3xf32>, tensor<3x3xf32>) -> tensor<4x3xf32>
  %1 = "dnnf.matmul"(%arg2, %arg1) : (tensor<4x3xf32>, tensor<3x3xf32>) -> tensor<4x3xf32>
  %2 = "dnnf.add"(%0, %1) : (tensor<4x3xf32>, tensor<4x3xf32>) -> tensor<4x3xf32>
  return %2 : tensor<4x3xf32>
}

// (A and C) or (B and C) = (A or B) and C
// CHECK-LABEL: func.func @shared_conjunct(
// CHECK: %0 = "dnnf.or"(%arg0, %arg2) : (tensor<4x6xi1>, tensor<4x6xi1>) -> tensor<4x6xi1>
// CHECK: %1 = "dnnf.and"(%0, %arg1) : (tensor<4x6xi1>, tensor<4x6xi1>) -> tensor<4x6xi1>
// CHECK-NEXT: return
func.func @shared_conjunct(%arg0: tensor<4x6xi1>, %arg1: tensor<4x6xi1>, %arg2: tensor<4x6xi1>) -> (tensor<4x6xi1>) {
  %0 = "dnnf.and"(%arg0, %arg1) : (tensor<4x6xi1>, tensor<4x6xi1>) -> tensor<4x6xi1>
  %1 = "dnnf.and"(%arg2, %arg1) : (tensor<4x6xi1>, tensor<4x6xi1>) -> tensor<4x6xi1>
  %2 = "dnnf.or"(%0, %1) : (tensor<4x6xi1>, tensor<4x6xi1>) -> tensor<4x6xi1>
  return %2 : tensor<4x6xi1>
}

// (A or C) and (B or C) = (A and B) or C
// CHECK-LABEL: func.func @shared_disjunct(
// CHECK: %0 = "dnnf.and"(%arg0, %arg2) : (tensor<4x6xi1>, tensor<4x6xi1>) -> tensor<4x6xi1>
// CHECK: %1 = "dnnf.or"(%0, %arg1) : (tensor<4x6xi1>, tensor<4x6xi1>) -> tensor<4x6xi1>
// CHECK-NEXT: return
func.func @shared_disjunct(%arg0: tensor<4x6xi1>, %arg1: tensor<4x6xi1>, %arg2: tensor<4x6xi1>) -> (tensor<4x6xi1>) {
  %0 = "dnnf.or"(%arg0, %arg1) : (tensor<4x6xi1>, tensor<4x6xi1>) -> tensor<4x6xi1>
  %1 = "dnnf.or"(%arg2, %arg1) : (tensor<4x6xi1>, tensor<4x6xi1>) -> tensor<4x6xi1>
  %2 = "dnnf.and"(%0, %1) : (tensor<4x6xi1>, tensor<4x6xi1>) -> tensor<4x6xi1>
  return %2 : tensor<4x6xi1>
}

// sum(X) + sum(Y) = sum(X + Y), where X and Y have one shape
// CHECK-LABEL: func.func @sum_of_sums(
// CHECK: %0 = "dnnf.add"(%arg0, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.reduce_sum"(%0) {axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<4x6xf32>) -> tensor<f32>
// CHECK-NEXT: return
func.func @sum_of_sums(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<f32>) {
  %0 = "dnnf.reduce_sum"(%arg0) {axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<4x6xf32>) -> tensor<f32>
  %1 = "dnnf.reduce_sum"(%arg1) {axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<4x6xf32>) -> tensor<f32>
  %2 = "dnnf.add"(%0, %1) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %2 : tensor<f32>
}
