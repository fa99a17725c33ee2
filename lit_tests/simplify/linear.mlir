// RUN: dnnf-opt --dnnf-simplify-algebra=properties=linear %s | FileCheck %s

// Conv(X, W, B) * S = Conv(X, S * W, S * B)
// CHECK-LABEL: func.func @scale_into_convolution(
// CHECK: %1 = "dnnf.conv"(%arg0, %0) {dilations = array<i64: 1>, group = 1 : i64, layout = "channels_last", operandSegmentSizes = array<i32: 1, 1, 0>, pads = array<i64: 1, 0>, strides = array<i64: 2>} : (tensor<1x4x1xf32>, tensor<3x1x3xf32>) -> tensor<1x2x3xf32>
// CHECK-NEXT: return
func.func @scale_into_convolution(%arg0: tensor<1x4x1xf32>) -> (tensor<1x2x3xf32>) {
  %0 = "dnnf.constant"() {value = dense<[[[-1.28836143, 0.395122051, 0.429863691]], [[0.696042716, -1.18411791, -0.661702573]], [[-0.436435252, -1.16980195, 1.73936784]]]> : tensor<3x1x3xf32>} : () -> tensor<3x1x3xf32>
  %1 = "dnnf.conv"(%arg0, %0) {dilations = array<i64: 1>, group = 1 : i64, layout = "channels_last", operandSegmentSizes = array<i32: 1, 1, 0>, pads = array<i64: 1, 0>, strides = array<i64: 2>} : (tensor<1x4x1xf32>, tensor<3x1x3xf32>) -> tensor<1x2x3xf32>
  %2 = "dnnf.constant"() {value = dense<[-0.495910734, 0.328969628, -0.258572549]> : tensor<3xf32>} : () -> tensor<3xf32>
  %3 = "dnnf.mul"(%1, %2) : (tensor<1x2x3xf32>, tensor<3xf32>) -> tensor<1x2x3xf32>
  return %3 : tensor<1x2x3xf32>
}

// Conv(X, W, B) + S = Conv(X, W, B + S)
// CHECK-LABEL: func.func @bias_into_convolution(
// CHECK: %2 = "dnnf.conv"(%arg0, %0, %1) {dilations = array<i64: 1>, group = 1 : i64, layout = "channels_last", operandSegmentSizes = array<i32: 1, 1, 1>, pads = array<i64: 1, 0>, strides = array<i64: 2>} : (tensor<1x4x1xf32>, tensor<3x1x3xf32>, tensor<3xf32>) -> tensor<1x2x3xf32>
// CHECK-NEXT: return
func.func @bias_into_convolution(%arg0: tensor<1x4x1xf32>) -> (tensor<1x2x3xf32>) {
  %0 = "dnnf.constant"() {value = dense<[[[-1.28836143, 0.395122051, 0.429863691]], [[0.696042716, -1.18411791, -0.661702573]], [[-0.436435252, -1.16980195, 1.73936784]]]> : tensor<3x1x3xf32>} : () -> tensor<3x1x3xf32>
  %1 = "dnnf.conv"(%arg0, %0) {dilations = array<i64: 1>, group = 1 : i64, layout = "channels_last", operandSegmentSizes = array<i32: 1, 1, 0>, pads = array<i64: 1, 0>, strides = array<i64: 2>} : (tensor<1x4x1xf32>, tensor<3x1x3xf32>) -> tensor<1x2x3xf32>
  %2 = "dnnf.constant"() {value = dense<[-0.495910734, 0.328969628, -0.258572549]> : tensor<3xf32>} : () -> tensor<3xf32>
  %3 = "dnnf.add"(%1, %2) : (tensor<1x2x3xf32>, tensor<3xf32>) -> tensor<1x2x3xf32>
  return %3 : tensor<1x2x3xf32>
}

// ConvTranspose(X, W, B) * S = ConvTranspose(X, S * W, S * B)
// CHECK-LABEL: func.func @scale_into_transposed_convolution(
// CHECK: %2 = "dnnf.conv_transpose"(%arg0, %0, %1) {dilations = array<i64: 1>, group = 1 : i64, layout = "channels_last", operandSegmentSizes = array<i32: 1, 1, 1>, output_padding = array<i64: 0>, pads = array<i64: 0, 0>, strides = array<i64: 2>} : (tensor<1x4x1xf32>, tensor<1x3x3xf32>, tensor<3xf32>) -> tensor<1x9x3xf32>
// CHECK-NEXT: return
func.func @scale_into_transposed_convolution(%arg0: tensor<1x4x1xf32>) -> (tensor<1x9x3xf32>) {
  %0 = "dnnf.constant"() {value = dense<[[[0.656474948, -1.28836143, 0.395122051], [0.429863691, 0.696042716, -1.18411791], [-0.661702573, -0.436435252, -1.16980195]]]> : tensor<1x3x3xf32>} : () -> tensor<1x3x3xf32>
  %1 = "dnnf.constant"() {value = dense<[1.73936784, -0.495910734, 0.328969628]> : tensor<3xf32>} : () -> tensor<3xf32>
  %2 = "dnnf.conv_transpose"(%arg0, %0, %1) {dilations = array<i64: 1>, group = 1 : i64, layout = "channels_last", operandSegmentSizes = array<i32: 1, 1, 1>, output_padding = array<i64: 0>, pads = array<i64: 0, 0>, strides = array<i64: 2>} : (tensor<1x4x1xf32>, tensor<1x3x3xf32>, tensor<3xf32>) -> tensor<1x9x3xf32>
  %3 = "dnnf.constant"() {value = dense<[-0.258572549, 1.58347285, 1.32036102]> : tensor<3xf32>} : () -> tensor<3xf32>
  %4 = "dnnf.mul"(%2, %3) : (tensor<1x9x3xf32>, tensor<3xf32>) -> tensor<1x9x3xf32>
  return %4 : tensor<1x9x3xf32>
}

// ConvTranspose(X, W, B) + S = ConvTranspose(X, W, B + S)
// CHECK-LABEL: func.func @bias_into_transposed_convolution(
// CHECK: %2 = "dnnf.conv_transpose"(%arg0, %0, %1) {dilations = array<i64: 1>, group = 1 : i64, layout = "channels_last", operandSegmentSizes = array<i32: 1, 1, 1>, output_padding = array<i64: 0>, pads = array<i64: 0, 0>, strides = array<i64: 2>} : (tensor<1x4x1xf32>, tensor<1x3x3xf32>, tensor<3xf32>) -> tensor<1x9x3xf32>
// CHECK-NEXT: return
func.func @bias_into_transposed_convolution(%arg0: tensor<1x4x1xf32>) -> (tensor<1x9x3xf32>) {
  %0 = "dnnf.constant"() {value = dense<[[[0.656474948, -1.28836143, 0.395122051], [0.429863691, 0.696042716, -1.18411791], [-0.661702573, -0.436435252, -1.16980195]]]> : tensor<1x3x3xf32>} : () -> tensor<1x3x3xf32>
  %1 = "dnnf.constant"() {value = dense<[1.73936784, -0.495910734, 0.328969628]> : tensor<3xf32>} : () -> tensor<3xf32>
  %2 = "dnnf.conv_transpose"(%arg0, %0, %1) {dilations = array<i64: 1>, group = 1 : i64, layout = "channels_last", operandSegmentSizes = array<i32: 1, 1, 1>, output_padding = array<i64: 0>, pads = array<i64: 0, 0>, strides = array<i64: 2>} : (tensor<1x4x1xf32>, tensor<1x3x3xf32>, tensor<3xf32>) -> tensor<1x9x3xf32>
  %3 = "dnnf.constant"() {value = dense<[-0.258572549, 1.58347285, 1.32036102]> : tensor<3xf32>} : () -> tensor<3xf32>
  %4 = "dnnf.add"(%2, %3) : (tensor<1x9x3xf32>, tensor<3xf32>) -> tensor<1x9x3xf32>
  return %4 : tensor<1x9x3xf32>
}

// Gemm(X, W, B) * S = Gemm(X, W * S, B * S)
// CHECK-LABEL: func.func @scale_into_gemm(
// CHECK: %2 = "dnnf.gemm"(%arg0, %0, %1) {alpha = 5.000000e-01 : f64, beta = 2.000000e+00 : f64, operandSegmentSizes = array<i32: 1, 1, 1>, transA = 1 : i64, transB = 1 : i64} : (tensor<4x2xf32>, tensor<1x4xf32>, tensor<1xf32>) -> tensor<2x1xf32>
// CHECK-NEXT: return
func.func @scale_into_gemm(%arg0: tensor<4x2xf32>) -> (tensor<2x1xf32>) {
  %0 = "dnnf.constant"() {value = dense<[[-0.818230211, 0.73165226, -0.501440048, 0.879160643]]> : tensor<1x4xf32>} : () -> tensor<1x4xf32>
  %1 = "dnnf.constant"() {value = dense<-1.07178736> : tensor<1xf32>} : () -> tensor<1xf32>
  %2 = "dnnf.gemm"(%arg0, %0, %1) {alpha = 5.000000e-01 : f64, beta = 2.000000e+00 : f64, operandSegmentSizes = array<i32: 1, 1, 1>, transA = 1 : i64, transB = 1 : i64} : (tensor<4x2xf32>, tensor<1x4xf32>, tensor<1xf32>) -> tensor<2x1xf32>
  %3 = "dnnf.constant"() {value = dense<0.914467215> : tensor<1xf32>} : () -> tensor<1xf32>
  %4 = "dnnf.mul"(%2, %3) : (tensor<2x1xf32>, tensor<1xf32>) -> tensor<2x1xf32>
  return %4 : tensor<2x1xf32>
}

// Gemm(X, W, B) + S = Gemm(X, W, B + S)
// CHECK-LABEL: func.func @bias_into_gemm(
// CHECK: %2 = "dnnf.gemm"(%arg0, %0, %1) {alpha = 5.000000e-01 : f64, beta = 1.000000e+00 : f64, operandSegmentSizes = array<i32: 1, 1, 1>, transA = 0 : i64, transB = 0 : i64} : (tensor<1x3xf32>, tensor<3x4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
// CHECK-NEXT: return
func.func @bias_into_gemm(%arg0: tensor<1x3xf32>) -> (tensor<1x4xf32>) {
  %0 = "dnnf.constant"() {value = dense<[[-0.921725392, -0.457725823, 0.22019513, -1.00961816], [-0.209175572, -0.159225017, 0.540845573, 0.214659125], [0.355372697, -0.653828621, -0.129613638, 0.783975481]]> : tensor<3x4xf32>} : () -> tensor<3x4xf32>
  %1 = "dnnf.constant"() {value = dense<[1.49343109, -1.25906551, 1.51392376, 1.34587538]> : tensor<4xf32>} : () -> tensor<4xf32>
  %2 = "dnnf.gemm"(%arg0, %0, %1) {alpha = 5.000000e-01 : f64, beta = 2.000000e+00 : f64, operandSegmentSizes = array<i32: 1, 1, 1>, transA = 0 : i64, transB = 0 : i64} : (tensor<1x3xf32>, tensor<3x4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
  %3 = "dnnf.constant"() {value = dense<[0.781311392, 0.264455616, -0.313922822, 1.45802069]> : tensor<4xf32>} : () -> tensor<4xf32>
  %4 = "dnnf.add"(%2, %3) : (tensor<1x4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
  return %4 : tensor<1x4xf32>
}

// (X W) * S = X (W * S)
// CHECK-LABEL: func.func @scale_into_matmul(
// CHECK: %1 = "dnnf.matmul"(%arg0, %0) : (tensor<1x1x2x2xf32>, tensor<2x3xf32>) -> tensor<1x1x2x3xf32>
// CHECK-NEXT: return
func.func @scale_into_matmul(%arg0: tensor<1x1x2x2xf32>) -> (tensor<1x1x2x3xf32>) {
  %0 = "dnnf.constant"() {value = dense<[[-0.477753282, -0.978519082, -0.808837234], [1.06089866, -0.807534694, -0.0325217061]]> : tensor<2x3xf32>} : () -> tensor<2x3xf32>
  %1 = "dnnf.matmul"(%arg0, %0) : (tensor<1x1x2x2xf32>, tensor<2x3xf32>) -> tensor<1x1x2x3xf32>
  %2 = "dnnf.constant"() {value = dense<[0.110464141, 0.0637817755, -1.22505581]> : tensor<3xf32>} : () -> tensor<3xf32>
  %3 = "dnnf.mul"(%1, %2) : (tensor<1x1x2x3xf32>, tensor<3xf32>) -> tensor<1x1x2x3xf32>
  return %3 : tensor<1x1x2x3xf32>
}

// (X W + B) * S = X (W * S) + B * S
// CHECK-LABEL: func.func @scale_into_linear_layer(
// CHECK: %1 = "dnnf.matmul"(%arg0, %0) : (tensor<1x2x4xf32>, tensor<4x2xf32>) -> tensor<1x2x2xf32>
// CHECK: %3 = "dnnf.add"(%1, %2) : (tensor<1x2x2xf32>, tensor<2xf32>) -> tensor<1x2x2xf32>
// CHECK-NEXT: return
func.func @scale_into_linear_layer(%arg0: tensor<1x2x4xf32>) -> (tensor<1x2x2xf32>) {
  %0 = "dnnf.constant"() {value = dense<[[0.573742747, 1.82201135], [-1.32043099, -0.66152805], [9.350500e-01, 0.0490546152], [2.00239253, 0.188519195]]> : tensor<4x2xf32>} : () -> tensor<4x2xf32>
  %1 = "dnnf.matmul"(%arg0, %0) : (tensor<1x2x4xf32>, tensor<4x2xf32>) -> tensor<1x2x2xf32>
  %2 = "dnnf.constant"() {value = dense<[-0.633194089, -0.377563506]> : tensor<2xf32>} : () -> tensor<2xf32>
  %3 = "dnnf.add"(%1, %2) : (tensor<1x2x2xf32>, tensor<2xf32>) -> tensor<1x2x2xf32>
  %4 = "dnnf.constant"() {value = dense<[-1.09114611, -1.27768016]> : tensor<2xf32>} : () -> tensor<2xf32>
  %5 = "dnnf.mul"(%3, %4) : (tensor<1x2x2xf32>, tensor<2xf32>) -> tensor<1x2x2xf32>
  return %5 : tensor<1x2x2xf32>
}

// ((X W + B) K) * S = (X (W * S) + B * S) K
// CHECK-LABEL: func.func @scale_of_scores_into_linear_layer(
// CHECK: %1 = "dnnf.matmul"(%arg0, %0) : (tensor<2x4xf32>, tensor<4x2xf32>) -> tensor<2x2xf32>
// CHECK: %3 = "dnnf.add"(%1, %2) : (tensor<2x2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
// CHECK: %4 = "dnnf.matmul"(%3, %arg1) : (tensor<2x2xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK-NEXT: return
func.func @scale_of_scores_into_linear_layer(%arg0: tensor<2x4xf32>, %arg1: tensor<2x3xf32>) -> (tensor<2x3xf32>) {
  %0 = "dnnf.constant"() {value = dense<[[-0.0044541331, 0.656474948], [-1.28836143, 0.395122051], [0.429863691, 0.696042716], [-1.18411791, -0.661702573]]> : tensor<4x2xf32>} : () -> tensor<4x2xf32>
  %1 = "dnnf.matmul"(%arg0, %0) : (tensor<2x4xf32>, tensor<4x2xf32>) -> tensor<2x2xf32>
  %2 = "dnnf.constant"() {value = dense<[-0.436435252, -1.16980195]> : tensor<2xf32>} : () -> tensor<2xf32>
  %3 = "dnnf.add"(%1, %2) : (tensor<2x2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  %4 = "dnnf.matmul"(%3, %arg1) : (tensor<2x2xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %5 = "dnnf.constant"() {value = dense<0.328969628> : tensor<f32>} : () -> tensor<f32>
  %6 = "dnnf.mul"(%4, %5) : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>
  return %6 : tensor<2x3xf32>
}

// BatchNormalization(X, G, B, M, V) = X * (G / sqrt(V + epsilon)) + (B - M * G / sqrt(V + epsilon))
// CHECK-LABEL: func.func @batch_normalization(
// CHECK: %1 = "dnnf.mul"(%arg0, %0) : (tensor<4x2x4xf32>, tensor<1x2x1xf32>) -> tensor<4x2x4xf32>
// CHECK: %3 = "dnnf.add"(%1, %2) : (tensor<4x2x4xf32>, tensor<1x2x1xf32>) -> tensor<4x2x4xf32>
// CHECK-NEXT: return
func.func @batch_normalization(%arg0: tensor<4x2x4xf32>) -> (tensor<4x2x4xf32>) {
  %0 = "dnnf.constant"() {value = dense<[-1.34121966, -1.40152025]> : tensor<2xf32>} : () -> tensor<2xf32>
  %1 = "dnnf.constant"() {value = dense<[0.502682865, 9.897130e-01]> : tensor<2xf32>} : () -> tensor<2xf32>
  %2 = "dnnf.constant"() {value = dense<[-0.164294586, -1.0743649]> : tensor<2xf32>} : () -> tensor<2xf32>
  %3 = "dnnf.constant"() {value = dense<[0.883042156, 1.29039395]> : tensor<2xf32>} : () -> tensor<2xf32>
  %4 = "dnnf.batch_normalization"(%arg0, %0, %1, %2, %3) {epsilon = 1.000000e-03 : f64, layout = "channels_first"} : (tensor<4x2x4xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<4x2x4xf32>
  return %4 : tensor<4x2x4xf32>
}

// (X * S) W = X (S * W)
// CHECK-LABEL: func.func @scaled_operand_of_matmul(
// CHECK: %1 = "dnnf.matmul"(%arg0, %0) : (tensor<1x1x2x2xf32>, tensor<2x3xf32>) -> tensor<1x1x2x3xf32>
// CHECK-NEXT: return
func.func @scaled_operand_of_matmul(%arg0: tensor<1x1x2x2xf32>) -> (tensor<1x1x2x3xf32>) {
  %0 = "dnnf.constant"() {value = dense<[0.0761402324, 1.35882342]> : tensor<2xf32>} : () -> tensor<2xf32>
  %1 = "dnnf.mul"(%arg0, %0) : (tensor<1x1x2x2xf32>, tensor<2xf32>) -> tensor<1x1x2x2xf32>
  %2 = "dnnf.constant"() {value = dense<[[-0.477753282, -0.978519082, -0.808837234], [1.06089866, -0.807534694, -0.0325217061]]> : tensor<2x3xf32>} : () -> tensor<2x3xf32>
  %3 = "dnnf.matmul"(%1, %2) : (tensor<1x1x2x2xf32>, tensor<2x3xf32>) -> tensor<1x1x2x3xf32>
  return %3 : tensor<1x1x2x3xf32>
}

// (X V) W = X (V W)
// CHECK-LABEL: func.func @products_of_weights(
// CHECK: %1 = "dnnf.matmul"(%arg0, %0) : (tensor<1x1x2x2xf32>, tensor<2x3xf32>) -> tensor<1x1x2x3xf32>
// CHECK-NEXT: return
func.func @products_of_weights(%arg0: tensor<1x1x2x2xf32>) -> (tensor<1x1x2x3xf32>) {
  %0 = "dnnf.constant"() {value = dense<[[0.0761402324, 1.35882342, -1.54714465], [0.859382688, 0.119354025, -0.641470372]]> : tensor<2x3xf32>} : () -> tensor<2x3xf32>
  %1 = "dnnf.matmul"(%arg0, %0) : (tensor<1x1x2x2xf32>, tensor<2x3xf32>) -> tensor<1x1x2x3xf32>
  %2 = "dnnf.constant"() {value = dense<[[2.00041652, 0.762259722, -1.19928885], [0.0745162293, 0.576689601, -0.188782126], [0.682910263, -0.0665173232, 0.667247534]]> : tensor<3x3xf32>} : () -> tensor<3x3xf32>
  %3 = "dnnf.matmul"(%1, %2) : (tensor<1x1x2x3xf32>, tensor<3x3xf32>) -> tensor<1x1x2x3xf32>
  return %3 : tensor<1x1x2x3xf32>
}

// Split(X W) = (X W1, X W2, ...)
// CHECK-LABEL: func.func @split_matmul(
// CHECK: %1 = "dnnf.matmul"(%arg0, %0) : (tensor<3x4xf32>, tensor<4x1xf32>) -> tensor<3x1xf32>
// CHECK: %3 = "dnnf.matmul"(%arg0, %2) : (tensor<3x4xf32>, tensor<4x2xf32>) -> tensor<3x2xf32>
// CHECK-NEXT: return
func.func @split_matmul(%arg0: tensor<3x4xf32>) -> (tensor<3x1xf32>, tensor<3x2xf32>) {
  %0 = "dnnf.constant"() {value = dense<[[-0.743499279, -0.921725392, -0.457725823], [0.22019513, -1.00961816, -0.209175572], [-0.159225017, 0.540845573, 0.214659125], [0.355372697, -0.653828621, -0.129613638]]> : tensor<4x3xf32>} : () -> tensor<4x3xf32>
  %1 = "dnnf.matmul"(%arg0, %0) : (tensor<3x4xf32>, tensor<4x3xf32>) -> tensor<3x3xf32>
  %2:2 = "dnnf.split"(%1) {axis = 1 : i64, resultSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<3x3xf32>) -> (tensor<3x1xf32>, tensor<3x2xf32>)
  return %2#0, %2#1 : tensor<3x1xf32>, tensor<3x2xf32>
}

// Split(X W + B) = (X W1 + B1, X W2 + B2, ...)
// CHECK-LABEL: func.func @split_linear_layer(
// CHECK: %1 = "dnnf.matmul"(%arg0, %0) : (tensor<1x1x2x2xf32>, tensor<2x1xf32>) -> tensor<1x1x2x1xf32>
// CHECK: %3 = "dnnf.add"(%1, %2) : (tensor<1x1x2x1xf32>, tensor<1xf32>) -> tensor<1x1x2x1xf32>
// CHECK: %5 = "dnnf.matmul"(%arg0, %4) : (tensor<1x1x2x2xf32>, tensor<2x2xf32>) -> tensor<1x1x2x2xf32>
// CHECK: %7 = "dnnf.add"(%5, %6) : (tensor<1x1x2x2xf32>, tensor<2xf32>) -> tensor<1x1x2x2xf32>
// CHECK-NEXT: return
func.func @split_linear_layer(%arg0: tensor<1x1x2x2xf32>) -> (tensor<1x1x2x1xf32>, tensor<1x1x2x2xf32>) {
  %0 = "dnnf.constant"() {value = dense<[[-0.477753282, -0.978519082, -0.808837234], [1.06089866, -0.807534694, -0.0325217061]]> : tensor<2x3xf32>} : () -> tensor<2x3xf32>
  %1 = "dnnf.matmul"(%arg0, %0) : (tensor<1x1x2x2xf32>, tensor<2x3xf32>) -> tensor<1x1x2x3xf32>
  %2 = "dnnf.constant"() {value = dense<[0.884389877, -0.583600461, -0.11170195]> : tensor<3xf32>} : () -> tensor<3xf32>
  %3 = "dnnf.add"(%1, %2) : (tensor<1x1x2x3xf32>, tensor<3xf32>) -> tensor<1x1x2x3xf32>
  %4:2 = "dnnf.split"(%3) {axis = 3 : i64, resultSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<1x1x2x3xf32>) -> (tensor<1x1x2x1xf32>, tensor<1x1x2x2xf32>)
  return %4#0, %4#1 : tensor<1x1x2x1xf32>, tensor<1x1x2x2xf32>
}

// ((X W) K) * S = (X (W * S)) K
// CHECK-LABEL: func.func @scale_of_scores_into_matmul(
// CHECK: dense<{{\[\[}}2.000000e+00, 4.000000e+00], [6.000000e+00, 8.000000e+00]]>
// CHECK: %1 = "dnnf.matmul"(%arg0, %0) : (tensor<3x2xf32>, tensor<2x2xf32>) -> tensor<3x2xf32>
// CHECK-NEXT: %2 = "dnnf.matmul"(%1, %arg1) : (tensor<3x2xf32>, tensor<2x3xf32>) -> tensor<3x3xf32>
// CHECK-NEXT: return
func.func @scale_of_scores_into_matmul(%arg0: tensor<3x2xf32>, %arg1: tensor<2x3xf32>) -> (tensor<3x3xf32>) {
  %0 = "dnnf.constant"() {value = dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %1 = "dnnf.matmul"(%arg0, %0) : (tensor<3x2xf32>, tensor<2x2xf32>) -> tensor<3x2xf32>
  %2 = "dnnf.matmul"(%1, %arg1) : (tensor<3x2xf32>, tensor<2x3xf32>) -> tensor<3x3xf32>
  %3 = "dnnf.constant"() {value = dense<2.0> : tensor<f32>} : () -> tensor<f32>
  %4 = "dnnf.mul"(%2, %3) : (tensor<3x3xf32>, tensor<f32>) -> tensor<3x3xf32>
  return %4 : tensor<3x3xf32>
}
