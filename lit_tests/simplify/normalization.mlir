// RUN: dnnf-opt --dnnf-simplify-algebra=properties=normalization %s | FileCheck %s

// (X - mean(X)) / sqrt(mean((X - mean(X))^2) + epsilon) = LayerNormalization(X)
// CHECK-LABEL: func.func @layer_normalization(
// CHECK: %1 = "dnnf.layer_normalization"(%arg0, %0) {axis = 0 : i64, epsilon = 0.10000000149011612 : f64, operandSegmentSizes = array<i32: 1, 1, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @layer_normalization(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.reduce_mean"(%arg0) {axes = array<i64: 0, 1>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<1x1xf32>
  %1 = "dnnf.sub"(%arg0, %0) : (tensor<4x6xf32>, tensor<1x1xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.mul"(%1, %1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %3 = "dnnf.reduce_mean"(%2) {axes = array<i64: 0, 1>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<1x1xf32>
  %4 = "dnnf.constant"() {value = dense<1.000000e-01> : tensor<f32>} : () -> tensor<f32>
  %5 = "dnnf.add"(%3, %4) : (tensor<1x1xf32>, tensor<f32>) -> tensor<1x1xf32>
  %6 = "dnnf.sqrt"(%5) : (tensor<1x1xf32>) -> tensor<1x1xf32>
  %7 = "dnnf.div"(%1, %6) : (tensor<4x6xf32>, tensor<1x1xf32>) -> tensor<4x6xf32>
  return %7 : tensor<4x6xf32>
}

// (X - mean(X)) / sqrt(mean(X^2) - mean(X)^2 + epsilon) = LayerNormalization(X)
// CHECK-LABEL: func.func @layer_normalization_by_moments(
// CHECK: %1 = "dnnf.layer_normalization"(%arg0, %0) {axis = 0 : i64, epsilon = 0.10000000149011612 : f64, operandSegmentSizes = array<i32: 1, 1, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @layer_normalization_by_moments(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.reduce_mean"(%arg0) {axes = array<i64: 0, 1>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<1x1xf32>
  %1 = "dnnf.sub"(%arg0, %0) : (tensor<4x6xf32>, tensor<1x1xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.mul"(%arg0, %arg0) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %3 = "dnnf.reduce_mean"(%2) {axes = array<i64: 0, 1>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<1x1xf32>
  %4 = "dnnf.mul"(%0, %0) : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32>
  %5 = "dnnf.sub"(%3, %4) : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32>
  %6 = "dnnf.constant"() {value = dense<1.000000e-01> : tensor<f32>} : () -> tensor<f32>
  %7 = "dnnf.add"(%5, %6) : (tensor<1x1xf32>, tensor<f32>) -> tensor<1x1xf32>
  %8 = "dnnf.sqrt"(%7) : (tensor<1x1xf32>) -> tensor<1x1xf32>
  %9 = "dnnf.div"(%1, %8) : (tensor<4x6xf32>, tensor<1x1xf32>) -> tensor<4x6xf32>
  return %9 : tensor<4x6xf32>
}

// (X - mean(X)) / sqrt(max(mean(X^2) - mean(X)^2, 0) + epsilon) = LayerNormalization(X)
// CHECK-LABEL: func.func @layer_normalization_by_clamped_moments(
// CHECK: %1 = "dnnf.layer_normalization"(%arg0, %0) {axis = 0 : i64, epsilon = 0.10000000149011612 : f64, operandSegmentSizes = array<i32: 1, 1, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @layer_normalization_by_clamped_moments(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.reduce_mean"(%arg0) {axes = array<i64: 0, 1>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<1x1xf32>
  %1 = "dnnf.sub"(%arg0, %0) : (tensor<4x6xf32>, tensor<1x1xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.mul"(%arg0, %arg0) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %3 = "dnnf.reduce_mean"(%2) {axes = array<i64: 0, 1>, keepdims = 1 : i64} : (tensor<4x6xf32>) -> tensor<1x1xf32>
  %4 = "dnnf.mul"(%0, %0) : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32>
  %5 = "dnnf.sub"(%3, %4) : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32>
  %6 = "dnnf.relu"(%5) : (tensor<1x1xf32>) -> tensor<1x1xf32>
  %7 = "dnnf.constant"() {value = dense<1.000000e-01> : tensor<f32>} : () -> tensor<f32>
  %8 = "dnnf.add"(%6, %7) : (tensor<1x1xf32>, tensor<f32>) -> tensor<1x1xf32>
  %9 = "dnnf.sqrt"(%8) : (tensor<1x1xf32>) -> tensor<1x1xf32>
  %10 = "dnnf.div"(%1, %9) : (tensor<4x6xf32>, tensor<1x1xf32>) -> tensor<4x6xf32>
  return %10 : tensor<4x6xf32>
}

// LayerNormalization(X, G) * S = LayerNormalization(X, G * S)
// CHECK-LABEL: func.func @scale_into_normalization(
// CHECK: %1 = "dnnf.layer_normalization"(%arg0, %0) {axis = 0 : i64, epsilon = 1.000000e-01 : f64, operandSegmentSizes = array<i32: 1, 1, 0>} : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
// CHECK-NEXT: return
func.func @scale_into_normalization(%arg0: tensor<1xf32>) -> (tensor<1xf32>) {
  %0 = "dnnf.constant"() {value = dense<0.35738042> : tensor<1xf32>} : () -> tensor<1xf32>
  %1 = "dnnf.layer_normalization"(%arg0, %0) {axis = 0 : i64, epsilon = 1.000000e-01 : f64, operandSegmentSizes = array<i32: 1, 1, 0>} : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
  %2 = "dnnf.constant"() {value = dense<-1.20831859> : tensor<1xf32>} : () -> tensor<1xf32>
  %3 = "dnnf.mul"(%1, %2) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
  return %3 : tensor<1xf32>
}

// LayerNormalization(X, G) + B = LayerNormalization(X, G, B)
// CHECK-LABEL: func.func @bias_into_normalization(
// CHECK: %2 = "dnnf.layer_normalization"(%arg0, %0, %1) {axis = 0 : i64, epsilon = 1.000000e-01 : f64, operandSegmentSizes = array<i32: 1, 1, 1>} : (tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
// CHECK-NEXT: return
func.func @bias_into_normalization(%arg0: tensor<1xf32>) -> (tensor<1xf32>) {
  %0 = "dnnf.constant"() {value = dense<0.35738042> : tensor<1xf32>} : () -> tensor<1xf32>
  %1 = "dnnf.layer_normalization"(%arg0, %0) {axis = 0 : i64, epsilon = 1.000000e-01 : f64, operandSegmentSizes = array<i32: 1, 1, 0>} : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
  %2 = "dnnf.constant"() {value = dense<-0.0044541331> : tensor<1xf32>} : () -> tensor<1xf32>
  %3 = "dnnf.add"(%1, %2) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
  return %3 : tensor<1xf32>
}

// Transpose(LayerNormalization(X, G)) * S = Transpose(LayerNormalization(X, G * S))
// CHECK-LABEL: func.func @scale_into_transposed_normalization(
// CHECK: %1 = "dnnf.layer_normalization"(%arg0, %0) {axis = 2 : i64, epsilon = 1.000000e-01 : f64, operandSegmentSizes = array<i32: 1, 1, 0>} : (tensor<1x3x4xf32>, tensor<4xf32>) -> tensor<1x3x4xf32>
// CHECK: %2 = "dnnf.transpose"(%1) {perm = array<i64: 0, 2, 1>} : (tensor<1x3x4xf32>) -> tensor<1x4x3xf32>
// CHECK-NEXT: return
func.func @scale_into_transposed_normalization(%arg0: tensor<1x3x4xf32>) -> (tensor<1x4x3xf32>) {
  %0 = "dnnf.constant"() {value = dense<[0.914467215, -0.0200634543, -1.2487489, -0.313899457]> : tensor<4xf32>} : () -> tensor<4xf32>
  %1 = "dnnf.layer_normalization"(%arg0, %0) {axis = 2 : i64, epsilon = 1.000000e-01 : f64, operandSegmentSizes = array<i32: 1, 1, 0>} : (tensor<1x3x4xf32>, tensor<4xf32>) -> tensor<1x3x4xf32>
  %2 = "dnnf.transpose"(%1) {perm = array<i64: 0, 2, 1>} : (tensor<1x3x4xf32>) -> tensor<1x4x3xf32>
  %3 = "dnnf.constant"() {value = dense<[[[0.254388124], [1.22464693], [-0.297526836], [-0.810814559]]]> : tensor<1x4x1xf32>} : () -> tensor<1x4x1xf32>
  %4 = "dnnf.mul"(%2, %3) : (tensor<1x4x3xf32>, tensor<1x4x1xf32>) -> tensor<1x4x3xf32>
  return %4 : tensor<1x4x3xf32>
}

// Transpose(LayerNormalization(X, G)) + B = Transpose(LayerNormalization(X, G, B))
// CHECK-LABEL: func.func @bias_into_transposed_normalization(
// CHECK: %2 = "dnnf.layer_normalization"(%arg0, %0, %1) {axis = 2 : i64, epsilon = 1.000000e-01 : f64, operandSegmentSizes = array<i32: 1, 1, 1>} : (tensor<1x3x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x3x4xf32>
// CHECK: %3 = "dnnf.transpose"(%2) {perm = array<i64: 0, 2, 1>} : (tensor<1x3x4xf32>) -> tensor<1x4x3xf32>
// CHECK-NEXT: return
func.func @bias_into_transposed_normalization(%arg0: tensor<1x3x4xf32>) -> (tensor<1x4x3xf32>) {
  %0 = "dnnf.constant"() {value = dense<[0.914467215, -0.0200634543, -1.2487489, -0.313899457]> : tensor<4xf32>} : () -> tensor<4xf32>
  %1 = "dnnf.constant"() {value = dense<[0.73165226, -0.501440048, 0.879160643, -1.07178736]> : tensor<4xf32>} : () -> tensor<4xf32>
  %2 = "dnnf.layer_normalization"(%arg0, %0, %1) {axis = 2 : i64, epsilon = 1.000000e-01 : f64, operandSegmentSizes = array<i32: 1, 1, 1>} : (tensor<1x3x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x3x4xf32>
  %3 = "dnnf.transpose"(%2) {perm = array<i64: 0, 2, 1>} : (tensor<1x3x4xf32>) -> tensor<1x4x3xf32>
  %4 = "dnnf.constant"() {value = dense<[[[0.752243816], [0.253446519], [0.895883083], [-0.345215708]]]> : tensor<1x4x1xf32>} : () -> tensor<1x4x1xf32>
  %5 = "dnnf.add"(%3, %4) : (tensor<1x4x3xf32>, tensor<1x4x1xf32>) -> tensor<1x4x3xf32>
  return %5 : tensor<1x4x3xf32>
}

// X / sqrt(mean(X^2) + epsilon) = RMSNormalization(X)
// CHECK-LABEL: func.func @rms_normalization(
// CHECK: %1 = "dnnf.rms_normalization"(%arg0, %0) {axis = 1 : i64, epsilon = 0.10000000149011612 : f64} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
// CHECK-NEXT: return
func.func @rms_normalization(%arg0: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = "dnnf.mul"(%arg0, %arg0) : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = "dnnf.reduce_mean"(%0) {axes = array<i64: 1>, keepdims = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x1xf32>
  %2 = "dnnf.constant"() {value = dense<1.000000e-01> : tensor<f32>} : () -> tensor<f32>
  %3 = "dnnf.add"(%1, %2) : (tensor<2x1xf32>, tensor<f32>) -> tensor<2x1xf32>
  %4 = "dnnf.sqrt"(%3) : (tensor<2x1xf32>) -> tensor<2x1xf32>
  %5 = "dnnf.div"(%arg0, %4) : (tensor<2x3xf32>, tensor<2x1xf32>) -> tensor<2x3xf32>
  return %5 : tensor<2x3xf32>
}

// X * (mean(X^2) + epsilon) ^ -0.5 = RMSNormalization(X)
// CHECK-LABEL: func.func @rms_normalization_by_power(
// CHECK: %1 = "dnnf.rms_normalization"(%arg0, %0) {axis = 1 : i64, epsilon = 0.10000000149011612 : f64} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
// CHECK-NEXT: return
func.func @rms_normalization_by_power(%arg0: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = "dnnf.mul"(%arg0, %arg0) : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = "dnnf.reduce_mean"(%0) {axes = array<i64: 1>, keepdims = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x1xf32>
  %2 = "dnnf.constant"() {value = dense<1.000000e-01> : tensor<f32>} : () -> tensor<f32>
  %3 = "dnnf.add"(%1, %2) : (tensor<2x1xf32>, tensor<f32>) -> tensor<2x1xf32>
  %4 = "dnnf.constant"() {value = dense<-5.000000e-01> : tensor<f32>} : () -> tensor<f32>
  %5 = "dnnf.pow"(%3, %4) : (tensor<2x1xf32>, tensor<f32>) -> tensor<2x1xf32>
  %6 = "dnnf.mul"(%arg0, %5) : (tensor<2x3xf32>, tensor<2x1xf32>) -> tensor<2x3xf32>
  return %6 : tensor<2x3xf32>
}

// RMSNormalization(X, G) * S = RMSNormalization(X, G * S)
// CHECK-LABEL: func.func @scale_into_rms_normalization(
// CHECK: %1 = "dnnf.rms_normalization"(%arg0, %0) {axis = 0 : i64, epsilon = 1.000000e-01 : f64} : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
// CHECK-NEXT: return
func.func @scale_into_rms_normalization(%arg0: tensor<2xf32>) -> tensor<2xf32> {
  %0 = "dnnf.constant"() {value = dense<[1.500000e+00, 2.500000e-01]> : tensor<2xf32>} : () -> tensor<2xf32>
  %1 = "dnnf.rms_normalization"(%arg0, %0) {axis = 0 : i64, epsilon = 1.000000e-01 : f64} : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %2 = "dnnf.constant"() {value = dense<[5.000000e-01, -1.250000e+00]> : tensor<2xf32>} : () -> tensor<2xf32>
  %3 = "dnnf.mul"(%1, %2) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %3 : tensor<2xf32>
}

// LayerNormalization(X) * S = InstanceNormalization(X, S, 0), where S has a number for each channel
// CHECK-LABEL: func.func @instance_normalization(
// CHECK: %2 = "dnnf.instance_normalization"(%arg0, %0, %1) {epsilon = 1.000000e-01 : f64, layout = "channels_first"} : (tensor<1x2x1x1xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x1x1xf32>
// CHECK-NEXT: return
func.func @instance_normalization(%arg0: tensor<1x2x1x1xf32>) -> tensor<1x2x1x1xf32> {
  %0 = "dnnf.constant"() {value = dense<1.000000e+00> : tensor<f32>} : () -> tensor<f32>
  %1 = "dnnf.layer_normalization"(%arg0, %0) {axis = 2 : i64, epsilon = 1.000000e-01 : f64, operandSegmentSizes = array<i32: 1, 1, 0>} : (tensor<1x2x1x1xf32>, tensor<f32>) -> tensor<1x2x1x1xf32>
  %2 = "dnnf.constant"() {value = dense<[[[1.500000e+00]], [[2.500000e-01]]]> : tensor<2x1x1xf32>} : () -> tensor<2x1x1xf32>
  %3 = "dnnf.mul"(%1, %2) : (tensor<1x2x1x1xf32>, tensor<2x1x1xf32>) -> tensor<1x2x1x1xf32>
  return %3 : tensor<1x2x1x1xf32>
}

// InstanceNormalization(X, G, B) * S = InstanceNormalization(X, G * S, B * S)
// CHECK-LABEL: func.func @scale_into_instance_normalization(
// CHECK: %2 = "dnnf.instance_normalization"(%arg0, %0, %1) {epsilon = 1.000000e-01 : f64, layout = "channels_first"} : (tensor<3x1x2x1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<3x1x2x1xf32>
// CHECK-NEXT: return
func.func @scale_into_instance_normalization(%arg0: tensor<3x1x2x1xf32>) -> tensor<3x1x2x1xf32> {
  %0 = "dnnf.constant"() {value = dense<-2.500000e-01> : tensor<1xf32>} : () -> tensor<1xf32>
  %1 = "dnnf.constant"() {value = dense<1.250000e+00> : tensor<1xf32>} : () -> tensor<1xf32>
  %2 = "dnnf.instance_normalization"(%arg0, %0, %1) {epsilon = 1.000000e-01 : f64, layout = "channels_first"} : (tensor<3x1x2x1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<3x1x2x1xf32>
  %3 = "dnnf.constant"() {value = dense<1.000000e+00> : tensor<1x1x1xf32>} : () -> tensor<1x1x1xf32>
  %4 = "dnnf.mul"(%2, %3) : (tensor<3x1x2x1xf32>, tensor<1x1x1xf32>) -> tensor<3x1x2x1xf32>
  return %4 : tensor<3x1x2x1xf32>
}

// InstanceNormalization(X, G, B) + C = InstanceNormalization(X, G, B + C)
// CHECK-LABEL: func.func @bias_into_instance_normalization(
// CHECK: %2 = "dnnf.instance_normalization"(%arg0, %0, %1) {epsilon = 1.000000e-01 : f64, layout = "channels_first"} : (tensor<2x1x3x2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<2x1x3x2xf32>
// CHECK-NEXT: return
func.func @bias_into_instance_normalization(%arg0: tensor<2x1x3x2xf32>) -> tensor<2x1x3x2xf32> {
  %0 = "dnnf.constant"() {value = dense<-7.500000e-01> : tensor<1xf32>} : () -> tensor<1xf32>
  %1 = "dnnf.constant"() {value = dense<5.000000e-01> : tensor<1xf32>} : () -> tensor<1xf32>
  %2 = "dnnf.instance_normalization"(%arg0, %0, %1) {epsilon = 1.000000e-01 : f64, layout = "channels_first"} : (tensor<2x1x3x2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<2x1x3x2xf32>
  %3 = "dnnf.constant"() {value = dense<1.500000e+00> : tensor<1x1x1xf32>} : () -> tensor<1x1x1xf32>
  %4 = "dnnf.add"(%2, %3) : (tensor<2x1x3x2xf32>, tensor<1x1x1xf32>) -> tensor<2x1x3x2xf32>
  return %4 : tensor<2x1x3x2xf32>
}
