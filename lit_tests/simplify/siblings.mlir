// RUN: dnnf-opt --dnnf-simplify-algebra=properties=siblings %s | FileCheck %s

// Concat(Conv(X, W1, B1), Conv(X, W2, B2), ...) = Conv(X, Concat(W1, W2, ...), Concat(B1, B2, ...))
// CHECK-LABEL: func.func @join_convolutions(
// CHECK: %1 = "dnnf.conv"(%arg0, %0) {dilations = array<i64: 1, 1>, group = 1 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<2x2x2x2xf32>, tensor<2x2x2x2xf32>) -> tensor<2x2x1x1xf32>
// CHECK-NEXT: return
func.func @join_convolutions(%arg0: tensor<2x2x2x2xf32>) -> tensor<2x2x1x1xf32> {
  %0 = "dnnf.constant"() {value = dense<[[[[2.500000e-01, -1.250000e+00], [-1.000000e+00, 1.500000e+00]], [[2.500000e-01, -1.750000e+00], [5.000000e-01, -1.250000e+00]]]]> : tensor<1x2x2x2xf32>} : () -> tensor<1x2x2x2xf32>
  %1 = "dnnf.conv"(%arg0, %0) {dilations = array<i64: 1, 1>, group = 1 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<2x2x2x2xf32>, tensor<1x2x2x2xf32>) -> tensor<2x1x1x1xf32>
  %2 = "dnnf.constant"() {value = dense<[[[[-7.500000e-01, -5.000000e-01], [-7.500000e-01, 5.000000e-01]], [[5.000000e-01, -5.000000e-01], [5.000000e-01, 7.500000e-01]]]]> : tensor<1x2x2x2xf32>} : () -> tensor<1x2x2x2xf32>
  %3 = "dnnf.conv"(%arg0, %2) {dilations = array<i64: 1, 1>, group = 1 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<2x2x2x2xf32>, tensor<1x2x2x2xf32>) -> tensor<2x1x1x1xf32>
  %4 = "dnnf.concat"(%1, %3) {axis = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<2x1x1x1xf32>, tensor<2x1x1x1xf32>) -> tensor<2x2x1x1xf32>
  return %4 : tensor<2x2x1x1xf32>
}

// Concat(X W1, X W2, ...) = X Concat(W1, W2, ...)
// CHECK-LABEL: func.func @join_matmuls(
// CHECK: %1 = "dnnf.matmul"(%arg0, %0) : (tensor<1x4x1xf32>, tensor<1x4xf32>) -> tensor<1x4x4xf32>
// CHECK-NEXT: return
func.func @join_matmuls(%arg0: tensor<1x4x1xf32>) -> tensor<1x4x4xf32> {
  %0 = "dnnf.constant"() {value = dense<5.000000e-01> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %1 = "dnnf.matmul"(%arg0, %0) : (tensor<1x4x1xf32>, tensor<1x1xf32>) -> tensor<1x4x1xf32>
  %2 = "dnnf.constant"() {value = dense<[[5.000000e-01, 5.000000e-01, -5.000000e-01]]> : tensor<1x3xf32>} : () -> tensor<1x3xf32>
  %3 = "dnnf.matmul"(%arg0, %2) : (tensor<1x4x1xf32>, tensor<1x3xf32>) -> tensor<1x4x3xf32>
  %4 = "dnnf.concat"(%1, %3) {axis = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<1x4x1xf32>, tensor<1x4x3xf32>) -> tensor<1x4x4xf32>
  return %4 : tensor<1x4x4xf32>
}

// Concat(X W1 + B1, X W2 + B2, ...) = X Concat(W1, W2, ...) + Concat(B1, B2, ...)
// CHECK-LABEL: func.func @join_linear_layers(
// CHECK: %1 = "dnnf.matmul"(%arg0, %0) : (tensor<2x2x4xf32>, tensor<4x3xf32>) -> tensor<2x2x3xf32>
// CHECK: %3 = "dnnf.add"(%1, %2) : (tensor<2x2x3xf32>, tensor<3xf32>) -> tensor<2x2x3xf32>
// CHECK-NEXT: return
func.func @join_linear_layers(%arg0: tensor<2x2x4xf32>) -> tensor<2x2x3xf32> {
  %0 = "dnnf.constant"() {value = dense<[[-2.500000e-01], [5.000000e-01], [-2.500000e-01], [1.250000e+00]]> : tensor<4x1xf32>} : () -> tensor<4x1xf32>
  %1 = "dnnf.matmul"(%arg0, %0) : (tensor<2x2x4xf32>, tensor<4x1xf32>) -> tensor<2x2x1xf32>
  %2 = "dnnf.constant"() {value = dense<0.0397221074> : tensor<1xf32>} : () -> tensor<1xf32>
  %3 = "dnnf.add"(%1, %2) : (tensor<2x2x1xf32>, tensor<1xf32>) -> tensor<2x2x1xf32>
  %4 = "dnnf.constant"() {value = dense<[[1.000000e+00, -2.750000e+00], [-2.000000e+00, -2.500000e-01], [-5.000000e-01, 2.500000e-01], [2.500000e-01, 2.000000e+00]]> : tensor<4x2xf32>} : () -> tensor<4x2xf32>
  %5 = "dnnf.matmul"(%arg0, %4) : (tensor<2x2x4xf32>, tensor<4x2xf32>) -> tensor<2x2x2xf32>
  %6 = "dnnf.constant"() {value = dense<[-2.500000e-01, -7.500000e-01]> : tensor<2xf32>} : () -> tensor<2xf32>
  %7 = "dnnf.add"(%5, %6) : (tensor<2x2x2xf32>, tensor<2xf32>) -> tensor<2x2x2xf32>
  %8 = "dnnf.concat"(%3, %7) {axis = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<2x2x1xf32>, tensor<2x2x2xf32>) -> tensor<2x2x3xf32>
  return %8 : tensor<2x2x3xf32>
}

// Concat(Gemm(X, W1, B1), Gemm(X, W2, B2), ...) = Gemm(X, Concat(W1, W2, ...), Concat(B1, B2, ...))
// CHECK-LABEL: func.func @join_gemms(
// CHECK: %2 = "dnnf.gemm"(%arg0, %0, %1) {alpha = 5.000000e-01 : f64, beta = 2.000000e+00 : f64, operandSegmentSizes = array<i32: 1, 1, 1>, transA = 0 : i64, transB = 0 : i64} : (tensor<2x4xf32>, tensor<4x6xf32>, tensor<6xf32>) -> tensor<2x6xf32>
// CHECK-NEXT: return
func.func @join_gemms(%arg0: tensor<2x4xf32>) -> tensor<2x6xf32> {
  %0 = "dnnf.constant"() {value = dense<[[5.000000e-01, -2.500000e-01, -7.500000e-01], [-2.500000e-01, 5.000000e-01, -2.500000e-01], [1.250000e+00, 1.000000e+00, -2.750000e+00], [-2.000000e+00, -2.500000e-01, -5.000000e-01]]> : tensor<4x3xf32>} : () -> tensor<4x3xf32>
  %1 = "dnnf.constant"() {value = dense<[2.500000e-01, 5.000000e-01, 5.000000e-01]> : tensor<3xf32>} : () -> tensor<3xf32>
  %2 = "dnnf.gemm"(%arg0, %0, %1) {alpha = 5.000000e-01 : f64, beta = 2.000000e+00 : f64, operandSegmentSizes = array<i32: 1, 1, 1>, transA = 0 : i64, transB = 0 : i64} : (tensor<2x4xf32>, tensor<4x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %3 = "dnnf.constant"() {value = dense<[[2.500000e-01, 2.500000e-01, 2.000000e+00], [-1.000000e+00, -5.000000e-01, 2.000000e+00], [7.500000e-01, 7.500000e-01, -5.000000e-01], [-1.750000e+00, 2.500000e-01, 5.000000e-01]]> : tensor<4x3xf32>} : () -> tensor<4x3xf32>
  %4 = "dnnf.constant"() {value = dense<[-7.500000e-01, -2.500000e-01, -5.000000e-01]> : tensor<3xf32>} : () -> tensor<3xf32>
  %5 = "dnnf.gemm"(%arg0, %3, %4) {alpha = 5.000000e-01 : f64, beta = 2.000000e+00 : f64, operandSegmentSizes = array<i32: 1, 1, 1>, transA = 0 : i64, transB = 0 : i64} : (tensor<2x4xf32>, tensor<4x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %6 = "dnnf.concat"(%2, %5) {axis = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x6xf32>
  return %6 : tensor<2x6xf32>
}

// Concat(C, Y) W = Y W2 + C W1, where W1 are the first rows of W
// CHECK-LABEL: func.func @joined_with_constant(
// CHECK: %1 = "dnnf.matmul"(%arg0, %0) : (tensor<2x4xf32>, tensor<4x3xf32>) -> tensor<2x3xf32>
// CHECK: %3 = "dnnf.add"(%1, %2) : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK-NEXT: return
func.func @joined_with_constant(%arg0: tensor<2x4xf32>) -> tensor<2x3xf32> {
  %0 = "dnnf.constant"() {value = dense<[[2.500000e-01, -1.750000e+00], [5.000000e-01, -1.250000e+00]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %1 = "dnnf.concat"(%0, %arg0) {axis = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<2x2xf32>, tensor<2x4xf32>) -> tensor<2x6xf32>
  %2 = "dnnf.constant"() {value = dense<[[-7.500000e-01, -5.000000e-01, -7.500000e-01], [5.000000e-01, 5.000000e-01, -5.000000e-01], [5.000000e-01, 7.500000e-01, -1.750000e+00], [-2.500000e-01, -1.000000e+00, -2.500000e-01], [-1.250000e+00, 5.000000e-01, 5.000000e-01], [-2.500000e-01, -1.000000e+00, -5.000000e-01]]> : tensor<6x3xf32>} : () -> tensor<6x3xf32>
  %3 = "dnnf.matmul"(%1, %2) : (tensor<2x6xf32>, tensor<6x3xf32>) -> tensor<2x3xf32>
  return %3 : tensor<2x3xf32>
}

// Conv(X, W, B) + Conv(X, V, C) = Conv(X, W + V, B + C), where W's kernel covers V's
// CHECK-LABEL: func.func @sum_of_convolutions(
// CHECK: %2 = "dnnf.conv"(%arg0, %0, %1) {dilations = array<i64: 1>, group = 2 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 1>, pads = array<i64: 1, 1>, strides = array<i64: 1>} : (tensor<1x4x3xf32>, tensor<2x2x3xf32>, tensor<2xf32>) -> tensor<1x2x3xf32>
// CHECK-NEXT: return
func.func @sum_of_convolutions(%arg0: tensor<1x4x3xf32>) -> tensor<1x2x3xf32> {
  %0 = "dnnf.constant"() {value = dense<[[[5.000000e-01, 5.000000e-01, -2.500000e-01], [-7.500000e-01, -2.500000e-01, 5.000000e-01]], [[-2.500000e-01, 1.250000e+00, 1.000000e+00], [-2.750000e+00, -2.000000e+00, -2.500000e-01]]]> : tensor<2x2x3xf32>} : () -> tensor<2x2x3xf32>
  %1 = "dnnf.conv"(%arg0, %0) {dilations = array<i64: 1>, group = 2 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 0>, pads = array<i64: 1, 1>, strides = array<i64: 1>} : (tensor<1x4x3xf32>, tensor<2x2x3xf32>) -> tensor<1x2x3xf32>
  %2 = "dnnf.constant"() {value = dense<[[[-5.000000e-01], [2.500000e-01]], [[2.500000e-01], [2.000000e+00]]]> : tensor<2x2x1xf32>} : () -> tensor<2x2x1xf32>
  %3 = "dnnf.constant"() {value = dense<[-5.000000e-01, 2.000000e+00]> : tensor<2xf32>} : () -> tensor<2xf32>
  %4 = "dnnf.conv"(%arg0, %2, %3) {dilations = array<i64: 1>, group = 2 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 1>, pads = array<i64: 0, 0>, strides = array<i64: 1>} : (tensor<1x4x3xf32>, tensor<2x2x1xf32>, tensor<2xf32>) -> tensor<1x2x3xf32>
  %5 = "dnnf.add"(%1, %4) : (tensor<1x2x3xf32>, tensor<1x2x3xf32>) -> tensor<1x2x3xf32>
  return %5 : tensor<1x2x3xf32>
}

// Conv(Conv(X, V, C), W, B) = Conv(X, W V, W C + B), where V is 1 x 1
// CHECK-LABEL: func.func @convolution_of_pointwise(
// CHECK: %1 = "dnnf.conv"(%arg0, %0) {dilations = array<i64: 1, 1>, group = 1 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 0>, pads = array<i64: 0, 1, 1, 1>, strides = array<i64: 2, 2>} : (tensor<1x2x6x6xf32>, tensor<2x2x2x2xf32>) -> tensor<1x2x3x4xf32>
// CHECK-NEXT: return
func.func @convolution_of_pointwise(%arg0: tensor<1x2x6x6xf32>) -> tensor<1x2x3x4xf32> {
  %0 = "dnnf.constant"() {value = dense<[[[[7.500000e-01]], [[2.500000e-01]]], [[[2.500000e-01]], [[5.000000e-01]]]]> : tensor<2x2x1x1xf32>} : () -> tensor<2x2x1x1xf32>
  %1 = "dnnf.conv"(%arg0, %0) {dilations = array<i64: 1, 1>, group = 1 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x2x6x6xf32>, tensor<2x2x1x1xf32>) -> tensor<1x2x6x6xf32>
  %2 = "dnnf.constant"() {value = dense<[[[[-1.000000e+00, 7.500000e-01], [2.000000e+00, -1.750000e+00]], [[-1.750000e+00, -1.500000e+00], [7.500000e-01, 2.500000e-01]]], [[[1.000000e+00, 7.500000e-01], [2.500000e-01, 2.500000e-01]], [[-2.500000e-01, 7.500000e-01], [-1.250000e+00, -5.000000e-01]]]]> : tensor<2x2x2x2xf32>} : () -> tensor<2x2x2x2xf32>
  %3 = "dnnf.conv"(%1, %2) {dilations = array<i64: 1, 1>, group = 1 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 0>, pads = array<i64: 0, 1, 1, 1>, strides = array<i64: 2, 2>} : (tensor<1x2x6x6xf32>, tensor<2x2x2x2xf32>) -> tensor<1x2x3x4xf32>
  return %3 : tensor<1x2x3x4xf32>
}

// Conv(Conv(X, V, C), W, B) = Conv(X, W V, W C + B), where W is 1 x 1
// CHECK-LABEL: func.func @pointwise_of_convolution(
// CHECK: %1 = "dnnf.conv"(%arg0, %0) {dilations = array<i64: 1>, group = 1 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 0>, pads = array<i64: 0, 0>, strides = array<i64: 2>} : (tensor<1x2x5xf32>, tensor<2x2x2xf32>) -> tensor<1x2x2xf32>
// CHECK-NEXT: return
func.func @pointwise_of_convolution(%arg0: tensor<1x2x5xf32>) -> tensor<1x2x2xf32> {
  %0 = "dnnf.constant"() {value = dense<[[[-2.500000e-01, -7.500000e-01], [-2.500000e-01, 5.000000e-01]]]> : tensor<1x2x2xf32>} : () -> tensor<1x2x2xf32>
  %1 = "dnnf.conv"(%arg0, %0) {dilations = array<i64: 1>, group = 1 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 0>, pads = array<i64: 0, 0>, strides = array<i64: 1>} : (tensor<1x2x5xf32>, tensor<1x2x2xf32>) -> tensor<1x1x4xf32>
  %2 = "dnnf.constant"() {value = dense<[[[1.250000e+00]], [[1.000000e+00]]]> : tensor<2x1x1xf32>} : () -> tensor<2x1x1xf32>
  %3 = "dnnf.conv"(%1, %2) {dilations = array<i64: 1>, group = 1 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 0>, pads = array<i64: 0, 0>, strides = array<i64: 2>} : (tensor<1x1x4xf32>, tensor<2x1x1xf32>) -> tensor<1x2x2xf32>
  return %3 : tensor<1x2x2xf32>
}

// (X V + C) W = X (V W) + C W
// CHECK-LABEL: func.func @products_of_weights_and_bias(
// CHECK: %1 = "dnnf.matmul"(%arg0, %0) : (tensor<2x2xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: %3 = "dnnf.add"(%1, %2) : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
// CHECK-NEXT: return
func.func @products_of_weights_and_bias(%arg0: tensor<2x2xf32>) -> tensor<2x3xf32> {
  %0 = "dnnf.constant"() {value = dense<[[-2.500000e-01, 1.250000e+00], [-7.500000e-01, 2.500000e-01]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %1 = "dnnf.matmul"(%arg0, %0) : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  %2 = "dnnf.constant"() {value = dense<[1.000000e+00, 5.000000e-01]> : tensor<2xf32>} : () -> tensor<2xf32>
  %3 = "dnnf.add"(%1, %2) : (tensor<2x2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  %4 = "dnnf.constant"() {value = dense<[[-7.500000e-01, -1.000000e+00, -5.000000e-01], [2.500000e-01, -1.000000e+00, -2.500000e-01]]> : tensor<2x3xf32>} : () -> tensor<2x3xf32>
  %5 = "dnnf.matmul"(%3, %4) : (tensor<2x2xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return %5 : tensor<2x3xf32>
}

// Gemm(Gemm(X, V, C), W, B) = Gemm(X, V W, C W + B)
// CHECK-LABEL: func.func @gemm_of_gemm(
// CHECK: %2 = "dnnf.gemm"(%arg0, %0, %1) {alpha = 1.000000e+00 : f64, beta = 1.000000e+00 : f64, operandSegmentSizes = array<i32: 1, 1, 1>, transA = 1 : i64, transB = 0 : i64} : (tensor<4x2xf32>, tensor<4x1xf32>, tensor<1xf32>) -> tensor<2x1xf32>
// CHECK-NEXT: return
func.func @gemm_of_gemm(%arg0: tensor<4x2xf32>) -> tensor<2x1xf32> {
  %0 = "dnnf.constant"() {value = dense<[[-5.000000e-01, -2.500000e-01, 5.000000e-01, 1.000000e+00], [-2.500000e-01, 1.250000e+00, -7.500000e-01, 2.500000e-01], [1.000000e+00, 5.000000e-01, -7.500000e-01, -1.000000e+00]]> : tensor<3x4xf32>} : () -> tensor<3x4xf32>
  %1 = "dnnf.gemm"(%arg0, %0) {alpha = 5.000000e-01 : f64, beta = 2.000000e+00 : f64, operandSegmentSizes = array<i32: 1, 1, 0>, transA = 1 : i64, transB = 1 : i64} : (tensor<4x2xf32>, tensor<3x4xf32>) -> tensor<2x3xf32>
  %2 = "dnnf.constant"() {value = dense<[[-5.000000e-01, 2.500000e-01, -1.000000e+00]]> : tensor<1x3xf32>} : () -> tensor<1x3xf32>
  %3 = "dnnf.constant"() {value = dense<-2.500000e-01> : tensor<1xf32>} : () -> tensor<1xf32>
  %4 = "dnnf.gemm"(%1, %2, %3) {alpha = 3.000000e+00 : f64, beta = 2.500000e-01 : f64, operandSegmentSizes = array<i32: 1, 1, 1>, transA = 0 : i64, transB = 1 : i64} : (tensor<2x3xf32>, tensor<1x3xf32>, tensor<1xf32>) -> tensor<2x1xf32>
  return %4 : tensor<2x1xf32>
}
