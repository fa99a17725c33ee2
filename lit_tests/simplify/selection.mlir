// RUN: dnnf-opt --dnnf-simplify-algebra=properties=selection %s | FileCheck %s

// Gather(X, (s, s + d, s + 2 d, ...)) = Slice(X, s, d)
// CHECK-LABEL: func.func @gather_in_steps(
// CHECK: %0 = "dnnf.slice"(%arg0) {starts = array<i64: 1, 0>, steps = array<i64: 1, 1>} : (tensor<2x2xf32>) -> tensor<1x2xf32>
// CHECK-NEXT: return
func.func @gather_in_steps(%arg0: tensor<2x2xf32>) -> tensor<1x2xf32> {
  %0 = "dnnf.constant"() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %1 = "dnnf.gather"(%arg0, %0) {axis = 0 : i64} : (tensor<2x2xf32>, tensor<1xi64>) -> tensor<1x2xf32>
  return %1 : tensor<1x2xf32>
}

// Gather(f(X), I) = f(Gather(X, I))
// CHECK-LABEL: func.func @gather_before_unary(
// CHECK: %1 = "dnnf.gather"(%arg0, %0) {axis = 0 : i64} : (tensor<3x2xf32>, tensor<i64>) -> tensor<2xf32>
// CHECK: %2 = "dnnf.tanh"(%1) : (tensor<2xf32>) -> tensor<2xf32>
// CHECK-NEXT: return
func.func @gather_before_unary(%arg0: tensor<3x2xf32>) -> tensor<2xf32> {
  %0 = "dnnf.tanh"(%arg0) : (tensor<3x2xf32>) -> tensor<3x2xf32>
  %1 = "dnnf.constant"() {value = dense<1> : tensor<i64>} : () -> tensor<i64>
  %2 = "dnnf.gather"(%0, %1) {axis = 0 : i64} : (tensor<3x2xf32>, tensor<i64>) -> tensor<2xf32>
  return %2 : tensor<2xf32>
}

// Gather(f(X, Y), I) = f(Gather(X, I), Y), where Y does not have the gathered dimension
// CHECK-LABEL: func.func @gather_before_binary(
// CHECK: %1 = "dnnf.gather"(%arg0, %0) {axis = 1 : i64} : (tensor<4x3xf32>, tensor<i64>) -> tensor<4xf32>
// CHECK: %3 = "dnnf.mul"(%1, %2) : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
// CHECK-NEXT: return
func.func @gather_before_binary(%arg0: tensor<4x3xf32>) -> tensor<4xf32> {
  %0 = "dnnf.constant"() {value = dense<-1.250000e+00> : tensor<f32>} : () -> tensor<f32>
  %1 = "dnnf.mul"(%arg0, %0) : (tensor<4x3xf32>, tensor<f32>) -> tensor<4x3xf32>
  %2 = "dnnf.constant"() {value = dense<1> : tensor<i64>} : () -> tensor<i64>
  %3 = "dnnf.gather"(%1, %2) {axis = 1 : i64} : (tensor<4x3xf32>, tensor<i64>) -> tensor<4xf32>
  return %3 : tensor<4xf32>
}

// Gather(X W, I) = Gather(X, I) W, where rows are gathered
// CHECK-LABEL: func.func @gather_before_matmul(
// CHECK: %1 = "dnnf.gather"(%arg0, %0) {axis = 0 : i64} : (tensor<3x4xf32>, tensor<2xi64>) -> tensor<2x4xf32>
// CHECK: %2 = "dnnf.matmul"(%1, %arg1) : (tensor<2x4xf32>, tensor<4x4xf32>) -> tensor<2x4xf32>
// CHECK-NEXT: return
func.func @gather_before_matmul(%arg0: tensor<3x4xf32>, %arg1: tensor<4x4xf32>) -> tensor<2x4xf32> {
  %0 = "dnnf.matmul"(%arg0, %arg1) : (tensor<3x4xf32>, tensor<4x4xf32>) -> tensor<3x4xf32>
  %1 = "dnnf.constant"() {value = dense<-3> : tensor<2xi64>} : () -> tensor<2xi64>
  %2 = "dnnf.gather"(%0, %1) {axis = 0 : i64} : (tensor<3x4xf32>, tensor<2xi64>) -> tensor<2x4xf32>
  return %2 : tensor<2x4xf32>
}

// Gather(LayerNormalization(X), I) = LayerNormalization(Gather(X, I)), where other dimensions are normalised
// CHECK-LABEL: func.func @gather_before_normalization(
// CHECK: %1 = "dnnf.gather"(%arg0, %0) {axis = 0 : i64} : (tensor<4x2xf32>, tensor<2xi64>) -> tensor<2x2xf32>
// CHECK: %3 = "dnnf.layer_normalization"(%1, %2) {axis = 1 : i64, epsilon = 1.000000e-01 : f64, operandSegmentSizes = array<i32: 1, 1, 0>} : (tensor<2x2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
// CHECK-NEXT: return
func.func @gather_before_normalization(%arg0: tensor<4x2xf32>) -> tensor<2x2xf32> {
  %0 = "dnnf.constant"() {value = dense<2.500000e-01> : tensor<2xf32>} : () -> tensor<2xf32>
  %1 = "dnnf.layer_normalization"(%arg0, %0) {axis = 1 : i64, epsilon = 1.000000e-01 : f64, operandSegmentSizes = array<i32: 1, 1, 0>} : (tensor<4x2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
  %2 = "dnnf.constant"() {value = dense<2> : tensor<2xi64>} : () -> tensor<2xi64>
  %3 = "dnnf.gather"(%1, %2) {axis = 0 : i64} : (tensor<4x2xf32>, tensor<2xi64>) -> tensor<2x2xf32>
  return %3 : tensor<2x2xf32>
}

// Slice(f(X)) = f(Slice(X))
// CHECK-LABEL: func.func @slice_before_unary(
// CHECK: %0 = "dnnf.slice"(%arg0) {starts = array<i64: 0, 3>, steps = array<i64: 1, 2>} : (tensor<4x4xf32>) -> tensor<4x1xf32>
// CHECK: %1 = "dnnf.sqrt"(%0) : (tensor<4x1xf32>) -> tensor<4x1xf32>
// CHECK-NEXT: return
func.func @slice_before_unary(%arg0: tensor<4x4xf32>) -> tensor<4x1xf32> {
  %0 = "dnnf.sqrt"(%arg0) : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = "dnnf.slice"(%0) {starts = array<i64: 0, 3>, steps = array<i64: 1, 2>} : (tensor<4x4xf32>) -> tensor<4x1xf32>
  return %1 : tensor<4x1xf32>
}

// Slice(f(X, Y)) = f(Slice(X), Y), where Y is constant along what is sliced
// CHECK-LABEL: func.func @slice_before_binary(
// CHECK: %0 = "dnnf.slice"(%arg0) {starts = array<i64: 0, 0, 1>, steps = array<i64: 1, 1, 1>} : (tensor<3x1x3xf32>) -> tensor<3x1x2xf32>
// CHECK: %2 = "dnnf.mul"(%0, %1) : (tensor<3x1x2xf32>, tensor<f32>) -> tensor<3x1x2xf32>
// CHECK-NEXT: return
func.func @slice_before_binary(%arg0: tensor<3x1x3xf32>) -> tensor<3x1x2xf32> {
  %0 = "dnnf.constant"() {value = dense<2.500000e-01> : tensor<f32>} : () -> tensor<f32>
  %1 = "dnnf.mul"(%arg0, %0) : (tensor<3x1x3xf32>, tensor<f32>) -> tensor<3x1x3xf32>
  %2 = "dnnf.slice"(%1) {starts = array<i64: 0, 0, 1>, steps = array<i64: 1, 1, 1>} : (tensor<3x1x3xf32>) -> tensor<3x1x2xf32>
  return %2 : tensor<3x1x2xf32>
}

// Slice(f(X, Y)) = f(Slice(X), Slice(Y)), where X and Y have one shape
// CHECK-LABEL: func.func @slice_before_both(
// CHECK: %0 = "dnnf.slice"(%arg0) {starts = array<i64: 0, 3>, steps = array<i64: 1, 2>} : (tensor<4x4xf32>) -> tensor<4x1xf32>
// CHECK: %1 = "dnnf.slice"(%arg1) {starts = array<i64: 0, 3>, steps = array<i64: 1, 2>} : (tensor<4x4xf32>) -> tensor<4x1xf32>
// CHECK: %2 = "dnnf.sub"(%0, %1) : (tensor<4x1xf32>, tensor<4x1xf32>) -> tensor<4x1xf32>
// CHECK-NEXT: return
func.func @slice_before_both(%arg0: tensor<4x4xf32>, %arg1: tensor<4x4xf32>) -> tensor<4x1xf32> {
  %0 = "dnnf.sub"(%arg0, %arg1) : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = "dnnf.slice"(%0) {starts = array<i64: 0, 3>, steps = array<i64: 1, 2>} : (tensor<4x4xf32>) -> tensor<4x1xf32>
  return %1 : tensor<4x1xf32>
}

// Slice(X W) = Slice(X) W, where rows are sliced
// CHECK-LABEL: func.func @slice_before_matmul(
// CHECK: %0 = "dnnf.slice"(%arg0) {starts = array<i64: 2, 0>, steps = array<i64: 2, 1>} : (tensor<3x4xf32>) -> tensor<1x4xf32>
// CHECK: %1 = "dnnf.matmul"(%0, %arg1) : (tensor<1x4xf32>, tensor<4x4xf32>) -> tensor<1x4xf32>
// CHECK-NEXT: return
func.func @slice_before_matmul(%arg0: tensor<3x4xf32>, %arg1: tensor<4x4xf32>) -> tensor<1x4xf32> {
  %0 = "dnnf.matmul"(%arg0, %arg1) : (tensor<3x4xf32>, tensor<4x4xf32>) -> tensor<3x4xf32>
  %1 = "dnnf.slice"(%0) {starts = array<i64: 2, 0>, steps = array<i64: 2, 1>} : (tensor<3x4xf32>) -> tensor<1x4xf32>
  return %1 : tensor<1x4xf32>
}

// Slice(X W) = X Slice(W), where columns are sliced
// CHECK-LABEL: func.func @slice_of_columns(
// CHECK: %1 = "dnnf.matmul"(%arg0, %0) : (tensor<4x3x1xf32>, tensor<1x1xf32>) -> tensor<4x3x1xf32>
// CHECK-NEXT: return
func.func @slice_of_columns(%arg0: tensor<4x3x1xf32>) -> tensor<4x3x1xf32> {
  %0 = "dnnf.constant"() {value = dense<[[2.500000e-01, 1.500000e+00, 2.500000e-01, 5.000000e-01]]> : tensor<1x4xf32>} : () -> tensor<1x4xf32>
  %1 = "dnnf.matmul"(%arg0, %0) : (tensor<4x3x1xf32>, tensor<1x4xf32>) -> tensor<4x3x4xf32>
  %2 = "dnnf.slice"(%1) {starts = array<i64: 0, 0, 3>, steps = array<i64: 1, 1, 2>} : (tensor<4x3x4xf32>) -> tensor<4x3x1xf32>
  return %2 : tensor<4x3x1xf32>
}

// Slice(LayerNormalization(X)) = LayerNormalization(Slice(X)), where other dimensions are normalised
// CHECK-LABEL: func.func @slice_before_normalization(
// CHECK: %0 = "dnnf.slice"(%arg0) {starts = array<i64: 0, 1, 0>, steps = array<i64: 2, 2, 1>} : (tensor<4x3x1xf32>) -> tensor<2x1x1xf32>
// CHECK: %3 = "dnnf.layer_normalization"(%0, %1, %2) {axis = 2 : i64, epsilon = 1.000000e-01 : f64, operandSegmentSizes = array<i32: 1, 1, 1>} : (tensor<2x1x1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<2x1x1xf32>
// CHECK-NEXT: return
func.func @slice_before_normalization(%arg0: tensor<4x3x1xf32>) -> tensor<2x1x1xf32> {
  %0 = "dnnf.constant"() {value = dense<1.500000e+00> : tensor<1xf32>} : () -> tensor<1xf32>
  %1 = "dnnf.constant"() {value = dense<5.000000e-01> : tensor<1xf32>} : () -> tensor<1xf32>
  %2 = "dnnf.layer_normalization"(%arg0, %0, %1) {axis = 2 : i64, epsilon = 1.000000e-01 : f64, operandSegmentSizes = array<i32: 1, 1, 1>} : (tensor<4x3x1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<4x3x1xf32>
  %3 = "dnnf.slice"(%2) {starts = array<i64: 0, 1, 0>, steps = array<i64: 2, 2, 1>} : (tensor<4x3x1xf32>) -> tensor<2x1x1xf32>
  return %3 : tensor<2x1x1xf32>
}

// Slice(Pad(X)) = Slice(X), where no padding is taken
// CHECK-LABEL: func.func @slice_of_pad(
// CHECK: %0 = "dnnf.slice"(%arg0) {starts = array<i64: 2, 1>, steps = array<i64: 1, 2>} : (tensor<3x4xf32>) -> tensor<1x2xf32>
// CHECK-NEXT: return
func.func @slice_of_pad(%arg0: tensor<3x4xf32>) -> tensor<1x2xf32> {
  %0 = "dnnf.pad"(%arg0) {mode = "constant", pads = array<i64: 2, 0, 0, 2>, value = 0.000000e+00 : f64} : (tensor<3x4xf32>) -> tensor<5x6xf32>
  %1 = "dnnf.slice"(%0) {starts = array<i64: 4, 1>, steps = array<i64: 1, 2>} : (tensor<5x6xf32>) -> tensor<1x2xf32>
  return %1 : tensor<1x2xf32>
}

// reduce(Transpose(X)) = Transpose(reduce(X))
// CHECK-LABEL: func.func @reduction_before_transpose(
// CHECK: %0 = "dnnf.reduce_max"(%arg0) {axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<1x1xf32>) -> tensor<f32>
// CHECK-NEXT: return
func.func @reduction_before_transpose(%arg0: tensor<1x1xf32>) -> tensor<f32> {
  %0 = "dnnf.transpose"(%arg0) {perm = array<i64: 1, 0>} : (tensor<1x1xf32>) -> tensor<1x1xf32>
  %1 = "dnnf.reduce_max"(%0) {axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<1x1xf32>) -> tensor<f32>
  return %1 : tensor<f32>
}

// Gather(f(C, X), I) = f(C, Gather(X, I))
// CHECK-LABEL: func.func @gather_before_binary_scalar(
// CHECK: %1 = "dnnf.gather"(%arg0, %0) {axis = 0 : i64} : (tensor<4xf32>, tensor<i64>) -> tensor<f32>
// CHECK: %3 = "dnnf.sub"(%2, %1) : (tensor<f32>, tensor<f32>) -> tensor<f32>
// CHECK-NEXT: return
func.func @gather_before_binary_scalar(%arg0: tensor<4xf32>) -> tensor<f32> {
  %0 = "dnnf.constant"() {value = dense<2.500000e-01> : tensor<f32>} : () -> tensor<f32>
  %1 = "dnnf.sub"(%0, %arg0) : (tensor<f32>, tensor<4xf32>) -> tensor<4xf32>
  %2 = "dnnf.constant"() {value = dense<1> : tensor<i64>} : () -> tensor<i64>
  %3 = "dnnf.gather"(%1, %2) {axis = 0 : i64} : (tensor<4xf32>, tensor<i64>) -> tensor<f32>
  return %3 : tensor<f32>
}

// Slice(f(C, X)) = f(C, Slice(X))
// CHECK-LABEL: func.func @slice_before_binary_scalar(
// CHECK: %0 = "dnnf.slice"(%arg0) {starts = array<i64: 1, 0, 1>, steps = array<i64: 2, 2, 2>} : (tensor<3x1x3xf32>) -> tensor<1x1x1xf32>
// CHECK: %2 = "dnnf.sub"(%1, %0) : (tensor<f32>, tensor<1x1x1xf32>) -> tensor<1x1x1xf32>
// CHECK-NEXT: return
func.func @slice_before_binary_scalar(%arg0: tensor<3x1x3xf32>) -> tensor<1x1x1xf32> {
  %0 = "dnnf.constant"() {value = dense<2.500000e-01> : tensor<1xf32>} : () -> tensor<1xf32>
  %1 = "dnnf.sub"(%0, %arg0) : (tensor<1xf32>, tensor<3x1x3xf32>) -> tensor<3x1x3xf32>
  %2 = "dnnf.slice"(%1) {starts = array<i64: 1, 0, 1>, steps = array<i64: 2, 2, 2>} : (tensor<3x1x3xf32>) -> tensor<1x1x1xf32>
  return %2 : tensor<1x1x1xf32>
}
