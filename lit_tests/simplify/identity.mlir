// RUN: dnnf-opt --dnnf-simplify-algebra=properties=identity %s | FileCheck %s

// X + 0 = X
// CHECK-LABEL: func.func @add_zero(
// CHECK: %0 = "dnnf.sin"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @add_zero(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<0.000000e+00> : tensor<f32>} : () -> tensor<f32>
  %1 = "dnnf.add"(%arg0, %0) : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  %2 = "dnnf.sin"(%1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// X * 1 = X
// CHECK-LABEL: func.func @multiply_by_one(
// CHECK: %0 = "dnnf.sin"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @multiply_by_one(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<1.000000e+00> : tensor<f32>} : () -> tensor<f32>
  %1 = "dnnf.mul"(%arg0, %0) : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  %2 = "dnnf.sin"(%1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// X * -1 = -X
// CHECK-LABEL: func.func @multiply_by_minus_one(
// CHECK: %0 = "dnnf.neg"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @multiply_by_minus_one(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<-1.000000e+00> : tensor<f32>} : () -> tensor<f32>
  %1 = "dnnf.mul"(%arg0, %0) : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// X ^ 1 = X
// CHECK-LABEL: func.func @power_of_one(
// CHECK: %0 = "dnnf.sin"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @power_of_one(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<1.000000e+00> : tensor<f32>} : () -> tensor<f32>
  %1 = "dnnf.pow"(%arg0, %0) : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  %2 = "dnnf.sin"(%1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// X ^ 2 = X * X
// CHECK-LABEL: func.func @power_of_two(
// CHECK: %0 = "dnnf.mul"(%arg0, %arg0) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @power_of_two(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<2.000000e+00> : tensor<f32>} : () -> tensor<f32>
  %1 = "dnnf.pow"(%arg0, %0) : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// X ^ 0.5 = sqrt(X)
// CHECK-LABEL: func.func @power_of_half(
// CHECK: %0 = "dnnf.sqrt"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @power_of_half(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<5.000000e-01> : tensor<f32>} : () -> tensor<f32>
  %1 = "dnnf.pow"(%arg0, %0) : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// X ^ -1 = Reciprocal(X)
// CHECK-LABEL: func.func @power_of_minus_one(
// CHECK: %0 = "dnnf.reciprocal"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @power_of_minus_one(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<-1.000000e+00> : tensor<f32>} : () -> tensor<f32>
  %1 = "dnnf.pow"(%arg0, %0) : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// max(X, -inf) = X
// CHECK-LABEL: func.func @maximum_with_lowest(
// CHECK: %0 = "dnnf.sin"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @maximum_with_lowest(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<0xFF800000> : tensor<f32>} : () -> tensor<f32>
  %1 = "dnnf.max"(%arg0, %0) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  %2 = "dnnf.sin"(%1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// min(X, inf) = X
// CHECK-LABEL: func.func @minimum_with_highest(
// CHECK: %0 = "dnnf.sin"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @minimum_with_highest(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<0x7F800000> : tensor<f32>} : () -> tensor<f32>
  %1 = "dnnf.min"(%arg0, %0) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  %2 = "dnnf.sin"(%1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// max(X, X) = X
// CHECK-LABEL: func.func @maximum_of_same(
// CHECK: %0 = "dnnf.sin"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @maximum_of_same(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.max"(%arg0, %arg0) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.sin"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// min(X, X) = X
// CHECK-LABEL: func.func @minimum_of_same(
// CHECK: %0 = "dnnf.sin"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @minimum_of_same(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.min"(%arg0, %arg0) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.sin"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// Clip(X, -inf, inf) = X
// CHECK-LABEL: func.func @unbounded_clip(
// CHECK: %0 = "dnnf.sin"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @unbounded_clip(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.clip"(%arg0) {max = 0x7FF0000000000000 : f64, min = 0xFFF0000000000000 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.sin"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// -(-X) = X
// CHECK-LABEL: func.func @negate_twice(
// CHECK: %0 = "dnnf.sin"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @negate_twice(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.neg"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.neg"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.sin"(%1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// ||X|| = |X|
// CHECK-LABEL: func.func @absolute_twice(
// CHECK: %0 = "dnnf.abs"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @absolute_twice(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.abs"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.abs"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// |-X| = |X|
// CHECK-LABEL: func.func @absolute_of_negative(
// CHECK: %0 = "dnnf.abs"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @absolute_of_negative(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.neg"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.abs"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// Relu(Relu(X)) = Relu(X)
// CHECK-LABEL: func.func @relu_twice(
// CHECK: %0 = "dnnf.relu"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @relu_twice(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.relu"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.relu"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// |X| * |X| = X * X
// CHECK-LABEL: func.func @square_of_absolute(
// CHECK: %0 = "dnnf.mul"(%arg0, %arg0) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @square_of_absolute(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.abs"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.mul"(%0, %0) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// |X * X| = X * X
// CHECK-LABEL: func.func @absolute_of_square(
// CHECK: %0 = "dnnf.mul"(%arg0, %arg0) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @absolute_of_square(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.mul"(%arg0, %arg0) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.abs"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// sqrt(X * X) = |X|
// CHECK-LABEL: func.func @root_of_square(
// CHECK: %0 = "dnnf.abs"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @root_of_square(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.mul"(%arg0, %arg0) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.sqrt"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// Sign(Sign(X)) = Sign(X)
// CHECK-LABEL: func.func @sign_twice(
// CHECK: %0 = "dnnf.sign"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @sign_twice(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.sign"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.sign"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// Floor(Floor(X)) = Floor(X)
// CHECK-LABEL: func.func @floor_twice(
// CHECK: %0 = "dnnf.floor"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @floor_twice(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.floor"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.floor"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// Ceil(Ceil(X)) = Ceil(X)
// CHECK-LABEL: func.func @ceil_twice(
// CHECK: %0 = "dnnf.ceil"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @ceil_twice(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.ceil"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.ceil"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// Round(Round(X)) = Round(X)
// CHECK-LABEL: func.func @round_twice(
// CHECK: %0 = "dnnf.round"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @round_twice(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.round"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.round"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// not not X = X
// CHECK-LABEL: func.func @not_twice(
// CHECK: %0 = "dnnf.not"(%arg0) : (tensor<4x6xi1>) -> tensor<4x6xi1>
// CHECK-NEXT: return
func.func @not_twice(%arg0: tensor<4x6xi1>) -> (tensor<4x6xi1>) {
  %0 = "dnnf.not"(%arg0) : (tensor<4x6xi1>) -> tensor<4x6xi1>
  %1 = "dnnf.not"(%0) : (tensor<4x6xi1>) -> tensor<4x6xi1>
  %2 = "dnnf.not"(%1) : (tensor<4x6xi1>) -> tensor<4x6xi1>
  return %2 : tensor<4x6xi1>
}

// X and X = X
// CHECK-LABEL: func.func @and_same(
// CHECK: %0 = "dnnf.not"(%arg0) : (tensor<4x6xi1>) -> tensor<4x6xi1>
// CHECK-NEXT: return
func.func @and_same(%arg0: tensor<4x6xi1>) -> (tensor<4x6xi1>) {
  %0 = "dnnf.and"(%arg0, %arg0) : (tensor<4x6xi1>, tensor<4x6xi1>) -> tensor<4x6xi1>
  %1 = "dnnf.not"(%0) : (tensor<4x6xi1>) -> tensor<4x6xi1>
  return %1 : tensor<4x6xi1>
}

// X or X = X
// CHECK-LABEL: func.func @or_same(
// CHECK: %0 = "dnnf.not"(%arg0) : (tensor<4x6xi1>) -> tensor<4x6xi1>
// CHECK-NEXT: return
func.func @or_same(%arg0: tensor<4x6xi1>) -> (tensor<4x6xi1>) {
  %0 = "dnnf.or"(%arg0, %arg0) : (tensor<4x6xi1>, tensor<4x6xi1>) -> tensor<4x6xi1>
  %1 = "dnnf.not"(%0) : (tensor<4x6xi1>) -> tensor<4x6xi1>
  return %1 : tensor<4x6xi1>
}

// X and true = X
// CHECK-LABEL: func.func @and_true(
// CHECK: %0 = "dnnf.not"(%arg0) : (tensor<4x6xi1>) -> tensor<4x6xi1>
// CHECK-NEXT: return
func.func @and_true(%arg0: tensor<4x6xi1>) -> (tensor<4x6xi1>) {
  %0 = "dnnf.constant"() {value = dense<true> : tensor<i1>} : () -> tensor<i1>
  %1 = "dnnf.and"(%arg0, %0) : (tensor<4x6xi1>, tensor<i1>) -> tensor<4x6xi1>
  %2 = "dnnf.not"(%1) : (tensor<4x6xi1>) -> tensor<4x6xi1>
  return %2 : tensor<4x6xi1>
}

// X or false = X
// CHECK-LABEL: func.func @or_false(
// CHECK: %0 = "dnnf.not"(%arg0) : (tensor<4x6xi1>) -> tensor<4x6xi1>
// CHECK-NEXT: return
func.func @or_false(%arg0: tensor<4x6xi1>) -> (tensor<4x6xi1>) {
  %0 = "dnnf.constant"() {value = dense<false> : tensor<i1>} : () -> tensor<i1>
  %1 = "dnnf.or"(%arg0, %0) : (tensor<4x6xi1>, tensor<i1>) -> tensor<4x6xi1>
  %2 = "dnnf.not"(%1) : (tensor<4x6xi1>) -> tensor<4x6xi1>
  return %2 : tensor<4x6xi1>
}

// not X and not Y = not (X or Y)
// CHECK-LABEL: func.func @and_of_nots(
// CHECK: %0 = "dnnf.or"(%arg0, %arg1) : (tensor<4x6xi1>, tensor<4x6xi1>) -> tensor<4x6xi1>
// CHECK: %1 = "dnnf.not"(%0) : (tensor<4x6xi1>) -> tensor<4x6xi1>
// CHECK-NEXT: return
func.func @and_of_nots(%arg0: tensor<4x6xi1>, %arg1: tensor<4x6xi1>) -> (tensor<4x6xi1>) {
  %0 = "dnnf.not"(%arg0) : (tensor<4x6xi1>) -> tensor<4x6xi1>
  %1 = "dnnf.not"(%arg1) : (tensor<4x6xi1>) -> tensor<4x6xi1>
  %2 = "dnnf.and"(%0, %1) : (tensor<4x6xi1>, tensor<4x6xi1>) -> tensor<4x6xi1>
  return %2 : tensor<4x6xi1>
}

// not X or not Y = not (X and Y)
// CHECK-LABEL: func.func @or_of_nots(
// CHECK: %0 = "dnnf.and"(%arg0, %arg1) : (tensor<4x6xi1>, tensor<4x6xi1>) -> tensor<4x6xi1>
// CHECK: %1 = "dnnf.not"(%0) : (tensor<4x6xi1>) -> tensor<4x6xi1>
// CHECK-NEXT: return
func.func @or_of_nots(%arg0: tensor<4x6xi1>, %arg1: tensor<4x6xi1>) -> (tensor<4x6xi1>) {
  %0 = "dnnf.not"(%arg0) : (tensor<4x6xi1>) -> tensor<4x6xi1>
  %1 = "dnnf.not"(%arg1) : (tensor<4x6xi1>) -> tensor<4x6xi1>
  %2 = "dnnf.or"(%0, %1) : (tensor<4x6xi1>, tensor<4x6xi1>) -> tensor<4x6xi1>
  return %2 : tensor<4x6xi1>
}

// X or (X and Y) = X
// CHECK-LABEL: func.func @or_absorbs_and(
// CHECK: %0 = "dnnf.not"(%arg0) : (tensor<4x6xi1>) -> tensor<4x6xi1>
// CHECK-NEXT: return
func.func @or_absorbs_and(%arg0: tensor<4x6xi1>, %arg1: tensor<4x6xi1>) -> (tensor<4x6xi1>) {
  %0 = "dnnf.and"(%arg0, %arg1) : (tensor<4x6xi1>, tensor<4x6xi1>) -> tensor<4x6xi1>
  %1 = "dnnf.or"(%arg0, %0) : (tensor<4x6xi1>, tensor<4x6xi1>) -> tensor<4x6xi1>
  %2 = "dnnf.not"(%1) : (tensor<4x6xi1>) -> tensor<4x6xi1>
  return %2 : tensor<4x6xi1>
}

// X and (X or Y) = X
// CHECK-LABEL: func.func @and_absorbs_or(
// CHECK: %0 = "dnnf.not"(%arg0) : (tensor<4x6xi1>) -> tensor<4x6xi1>
// CHECK-NEXT: return
func.func @and_absorbs_or(%arg0: tensor<4x6xi1>, %arg1: tensor<4x6xi1>) -> (tensor<4x6xi1>) {
  %0 = "dnnf.or"(%arg0, %arg1) : (tensor<4x6xi1>, tensor<4x6xi1>) -> tensor<4x6xi1>
  %1 = "dnnf.and"(%arg0, %0) : (tensor<4x6xi1>, tensor<4x6xi1>) -> tensor<4x6xi1>
  %2 = "dnnf.not"(%1) : (tensor<4x6xi1>) -> tensor<4x6xi1>
  return %2 : tensor<4x6xi1>
}

// Where(C, X, X) = X
// CHECK-LABEL: func.func @where_same(
// CHECK: %0 = "dnnf.sin"(%arg1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @where_same(%arg0: tensor<4x6xi1>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.where"(%arg0, %arg1, %arg1) : (tensor<4x6xi1>, tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.sin"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// Where(not C, X, Y) = Where(C, Y, X)
// CHECK-LABEL: func.func @where_not(
// CHECK: %0 = "dnnf.where"(%arg0, %arg2, %arg1) : (tensor<4x6xi1>, tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @where_not(%arg0: tensor<4x6xi1>, %arg1: tensor<4x6xf32>, %arg2: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.not"(%arg0) : (tensor<4x6xi1>) -> tensor<4x6xi1>
  %1 = "dnnf.where"(%0, %arg1, %arg2) : (tensor<4x6xi1>, tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// Cast(X) = X, to its own type
// CHECK-LABEL: func.func @cast_to_same(
// CHECK: %0 = "dnnf.sin"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @cast_to_same(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.cast"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.sin"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// Pad(X, 0) = X
// CHECK-LABEL: func.func @pad_nothing(
// CHECK: %0 = "dnnf.sin"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @pad_nothing(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.pad"(%arg0) {mode = "constant", pads = array<i64: 0, 0, 0, 0>, value = 0.000000e+00 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.sin"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// Expand(X) = X, to its own shape
// CHECK-LABEL: func.func @expand_to_same(
// CHECK: %0 = "dnnf.sin"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @expand_to_same(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.expand"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.sin"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// Concat(X) = X
// CHECK-LABEL: func.func @concatenate_one(
// CHECK: %0 = "dnnf.sin"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @concatenate_one(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.concat"(%arg0) {axis = 0 : i64, operandSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.sin"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// Slice(X) = X, of everything
// CHECK-LABEL: func.func @slice_everything(
// CHECK: %0 = "dnnf.sin"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @slice_everything(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.slice"(%arg0) {starts = array<i64: 0, 0>, steps = array<i64: 1, 1>} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.sin"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// Tile(X, 1) = X
// CHECK-LABEL: func.func @tile_once(
// CHECK: %0 = "dnnf.sin"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @tile_once(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.tile"(%arg0) {repeats = array<i64: 1, 1>} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.sin"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// Split(X) = X, into one part
// CHECK-LABEL: func.func @split_into_one(
// CHECK: %0 = "dnnf.sin"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @split_into_one(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.split"(%arg0) {axis = 0 : i64, resultSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.sin"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// X and true = Expand(X), where X is broadcast
// CHECK-LABEL: func.func @and_broadcast_true(
// CHECK: %0 = "dnnf.expand"(%arg0) : (tensor<1x6xi1>) -> tensor<4x6xi1>
// CHECK-NEXT: return
func.func @and_broadcast_true(%arg0: tensor<1x6xi1>) -> (tensor<4x6xi1>) {
  %0 = "dnnf.constant"() {value = dense<true> : tensor<4x1xi1>} : () -> tensor<4x1xi1>
  %1 = "dnnf.and"(%arg0, %0) : (tensor<1x6xi1>, tensor<4x1xi1>) -> tensor<4x6xi1>
  return %1 : tensor<4x6xi1>
}

// Where(C, X, Y) = Expand(X), where C is true
// CHECK-LABEL: func.func @where_true(
// CHECK: %0 = "dnnf.expand"(%arg0) : (tensor<1x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @where_true(%arg0: tensor<1x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<true> : tensor<4x1xi1>} : () -> tensor<4x1xi1>
  %1 = "dnnf.where"(%0, %arg0, %arg1) : (tensor<4x1xi1>, tensor<1x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// Where(C, X, Y) = Expand(Y), where C is false
// CHECK-LABEL: func.func @where_false(
// CHECK: %0 = "dnnf.exp"(%arg1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @where_false(%arg0: tensor<1x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<false> : tensor<4x1xi1>} : () -> tensor<4x1xi1>
  %1 = "dnnf.exp"(%arg1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.where"(%0, %arg0, %1) : (tensor<4x1xi1>, tensor<1x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// Identity(X) = X
// CHECK-LABEL: func.func @identity(
// CHECK: %0 = "dnnf.exp"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @identity(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.exp"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.identity"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// Gather(X, (0, 1, ..., n - 1)) = Reshape(X)
// CHECK-LABEL: func.func @gather_everything(
// CHECK: %0 = "dnnf.reshape"(%arg0) : (tensor<2x3xi1>) -> tensor<2x1x3xi1>
// CHECK-NEXT: return
func.func @gather_everything(%arg0: tensor<2x3xi1>) -> (tensor<2x1x3xi1>) {
  %0 = "dnnf.constant"() {value = dense<[[0, 1, 2]]> : tensor<1x3xi64>} : () -> tensor<1x3xi64>
  %1 = "dnnf.gather"(%arg0, %0) {axis = 1 : i64} : (tensor<2x3xi1>, tensor<1x3xi64>) -> tensor<2x1x3xi1>
  return %1 : tensor<2x1x3xi1>
}

// Softmax(X - max(X)) = Softmax(X)
// CHECK-LABEL: func.func @softmax_of_shifted(
// CHECK-NEXT: %0 = "dnnf.softmax"(%arg0) {axis = 1 : i64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @softmax_of_shifted(%arg0: tensor<4x6xf32>) -> tensor<4x6xf32> {
  %0 = "dnnf.reduce_max"(%arg0) {axes = array<i64: 1>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<4x1xf32>
  %1 = "dnnf.sub"(%arg0, %0) : (tensor<4x6xf32>, tensor<4x1xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.softmax"(%1) {axis = 1 : i64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// The maxima are along another dimension.
// CHECK-LABEL: func.func @softmax_of_shifted_elsewhere(
// CHECK: "dnnf.reduce_max"
func.func @softmax_of_shifted_elsewhere(%arg0: tensor<4x6xf32>) -> tensor<4x6xf32> {
  %0 = "dnnf.reduce_max"(%arg0) {axes = array<i64: 0>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<1x6xf32>
  %1 = "dnnf.sub"(%arg0, %0) : (tensor<4x6xf32>, tensor<1x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.softmax"(%1) {axis = 1 : i64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}
