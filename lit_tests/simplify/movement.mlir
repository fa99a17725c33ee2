// RUN: dnnf-opt --dnnf-simplify-algebra=properties=movement %s | FileCheck %s

// Reshape(X) = X, to its own shape
// CHECK-LABEL: func.func @reshape_to_same(
// CHECK: %0 = "dnnf.sin"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @reshape_to_same(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.reshape"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.sin"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// Reshape(Reshape(X)) = Reshape(X)
// CHECK-LABEL: func.func @reshape_twice(
// CHECK: %0 = "dnnf.reshape"(%arg0) : (tensor<4x6xf32>) -> tensor<24x1xf32>
// CHECK-NEXT: return
func.func @reshape_twice(%arg0: tensor<4x6xf32>) -> (tensor<24x1xf32>) {
  %0 = "dnnf.squeeze"(%arg0) : (tensor<4x6xf32>) -> tensor<1x24xf32>
  %1 = "dnnf.reshape"(%0) : (tensor<1x24xf32>) -> tensor<24x1xf32>
  return %1 : tensor<24x1xf32>
}

// Reshape(f(Reshape(X))) = f(Reshape(X))
// CHECK-LABEL: func.func @reshape_around_unary(
// CHECK: %0 = "dnnf.reshape"(%arg0) : (tensor<4x6xf32>) -> tensor<1x24xf32>
// CHECK: %1 = "dnnf.tanh"(%0) : (tensor<1x24xf32>) -> tensor<1x24xf32>
// CHECK-NEXT: return
func.func @reshape_around_unary(%arg0: tensor<4x6xf32>) -> (tensor<1x24xf32>) {
  %0 = "dnnf.squeeze"(%arg0) : (tensor<4x6xf32>) -> tensor<24xf32>
  %1 = "dnnf.tanh"(%0) : (tensor<24xf32>) -> tensor<24xf32>
  %2 = "dnnf.reshape"(%1) : (tensor<24xf32>) -> tensor<1x24xf32>
  return %2 : tensor<1x24xf32>
}

// Reshape(f(Reshape(X), C)) = f(Reshape(X), C)
// CHECK-LABEL: func.func @reshape_around_binary(
// CHECK: %0 = "dnnf.reshape"(%arg0) : (tensor<4x6xf32>) -> tensor<24xf32>
// CHECK: %2 = "dnnf.mul"(%0, %1) : (tensor<24xf32>, tensor<f32>) -> tensor<24xf32>
// CHECK-NEXT: return
func.func @reshape_around_binary(%arg0: tensor<4x6xf32>) -> (tensor<24xf32>) {
  %0 = "dnnf.squeeze"(%arg0) : (tensor<4x6xf32>) -> tensor<24xf32>
  %1 = "dnnf.constant"() {value = dense<-0.535669386> : tensor<f32>} : () -> tensor<f32>
  %2 = "dnnf.mul"(%0, %1) : (tensor<24xf32>, tensor<f32>) -> tensor<24xf32>
  %3 = "dnnf.reshape"(%2) : (tensor<24xf32>) -> tensor<24xf32>
  return %3 : tensor<24xf32>
}

// Reshape(Reshape(X) + Y) = X + Reshape(Y)
// CHECK-LABEL: func.func @reshape_around_sum(
// CHECK: %0 = "dnnf.reshape"(%arg1) : (tensor<1x24xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.add"(%arg0, %0) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @reshape_around_sum(%arg0: tensor<4x6xf32>, %arg1: tensor<1x24xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.squeeze"(%arg0) : (tensor<4x6xf32>) -> tensor<1x24xf32>
  %1 = "dnnf.add"(%0, %arg1) : (tensor<1x24xf32>, tensor<1x24xf32>) -> tensor<1x24xf32>
  %2 = "dnnf.reshape"(%1) : (tensor<1x24xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// Reshape(Reshape(X) * Y) = X * Reshape(Y)
// CHECK-LABEL: func.func @reshape_around_product(
// CHECK: %0 = "dnnf.reshape"(%arg1) : (tensor<1x24xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.mul"(%arg0, %0) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @reshape_around_product(%arg0: tensor<4x6xf32>, %arg1: tensor<1x24xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.squeeze"(%arg0) : (tensor<4x6xf32>) -> tensor<1x24xf32>
  %1 = "dnnf.mul"(%0, %arg1) : (tensor<1x24xf32>, tensor<1x24xf32>) -> tensor<1x24xf32>
  %2 = "dnnf.reshape"(%1) : (tensor<1x24xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// Transpose(Transpose(X, P), Q) = Transpose(X, P[Q])
// CHECK-LABEL: func.func @transpose_twice(
// CHECK: %0 = "dnnf.transpose"(%arg0) {perm = array<i64: 2, 0, 1>} : (tensor<2x4x6xf32>) -> tensor<6x2x4xf32>
// CHECK-NEXT: return
func.func @transpose_twice(%arg0: tensor<2x4x6xf32>) -> (tensor<6x2x4xf32>) {
  %0 = "dnnf.transpose"(%arg0) {perm = array<i64: 2, 1, 0>} : (tensor<2x4x6xf32>) -> tensor<6x4x2xf32>
  %1 = "dnnf.transpose"(%0) {perm = array<i64: 0, 2, 1>} : (tensor<6x4x2xf32>) -> tensor<6x2x4xf32>
  return %1 : tensor<6x2x4xf32>
}

// Transpose(Reshape(Transpose(X, P)), Q) = Transpose(Reshape(X)), where Reshape adds dimensions of 1
// CHECK-LABEL: func.func @transpose_around_reshape(
// CHECK: %0 = "dnnf.reshape"(%arg0) : (tensor<4x6xf32>) -> tensor<1x4x6xf32>
// CHECK-NEXT: return
func.func @transpose_around_reshape(%arg0: tensor<4x6xf32>) -> (tensor<1x4x6xf32>) {
  %0 = "dnnf.transpose"(%arg0) {perm = array<i64: 1, 0>} : (tensor<4x6xf32>) -> tensor<6x4xf32>
  %1 = "dnnf.reshape"(%0) : (tensor<6x4xf32>) -> tensor<1x6x4xf32>
  %2 = "dnnf.transpose"(%1) {perm = array<i64: 0, 2, 1>} : (tensor<1x6x4xf32>) -> tensor<1x4x6xf32>
  return %2 : tensor<1x4x6xf32>
}

// Transpose(X) = Reshape(X), where only dimensions of 1 move
// CHECK-LABEL: func.func @transpose_of_ones(
// CHECK: %0 = "dnnf.reshape"(%arg0) : (tensor<1x3x1x2xf32>) -> tensor<1x1x3x2xf32>
// CHECK-NEXT: return
func.func @transpose_of_ones(%arg0: tensor<1x3x1x2xf32>) -> (tensor<1x1x3x2xf32>) {
  %0 = "dnnf.transpose"(%arg0) {perm = array<i64: 0, 2, 1, 3>} : (tensor<1x3x1x2xf32>) -> tensor<1x1x3x2xf32>
  return %0 : tensor<1x1x3x2xf32>
}

// Transpose(f(Transpose(X, P)), Q) = f(Transpose(X, P[Q]))
// CHECK-LABEL: func.func @transpose_around_unary(
// CHECK: %0 = "dnnf.tanh"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @transpose_around_unary(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.transpose"(%arg0) {perm = array<i64: 1, 0>} : (tensor<4x6xf32>) -> tensor<6x4xf32>
  %1 = "dnnf.tanh"(%0) : (tensor<6x4xf32>) -> tensor<6x4xf32>
  %2 = "dnnf.transpose"(%1) {perm = array<i64: 1, 0>} : (tensor<6x4xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// Transpose(f(Transpose(X, P), C), Q) = f(Transpose(X, P[Q]), C)
// CHECK-LABEL: func.func @transpose_around_binary(
// CHECK: %0 = "dnnf.transpose"(%arg0) {perm = array<i64: 0, 2, 1>} : (tensor<2x4x6xf32>) -> tensor<2x6x4xf32>
// CHECK: %2 = "dnnf.sub"(%0, %1) : (tensor<2x6x4xf32>, tensor<f32>) -> tensor<2x6x4xf32>
// CHECK-NEXT: return
func.func @transpose_around_binary(%arg0: tensor<2x4x6xf32>) -> (tensor<2x6x4xf32>) {
  %0 = "dnnf.transpose"(%arg0) {perm = array<i64: 2, 0, 1>} : (tensor<2x4x6xf32>) -> tensor<6x2x4xf32>
  %1 = "dnnf.constant"() {value = dense<-2.31258154> : tensor<f32>} : () -> tensor<f32>
  %2 = "dnnf.sub"(%0, %1) : (tensor<6x2x4xf32>, tensor<f32>) -> tensor<6x2x4xf32>
  %3 = "dnnf.transpose"(%2) {perm = array<i64: 1, 0, 2>} : (tensor<6x2x4xf32>) -> tensor<2x6x4xf32>
  return %3 : tensor<2x6x4xf32>
}

// f(Transpose(X, P), Transpose(Y, P)) = Transpose(f(X, Y), P)
// CHECK-LABEL: func.func @transpose_both(
// CHECK: %0 = "dnnf.mul"(%arg0, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.transpose"(%0) {perm = array<i64: 1, 0>} : (tensor<4x6xf32>) -> tensor<6x4xf32>
// CHECK-NEXT: return
func.func @transpose_both(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<6x4xf32>) {
  %0 = "dnnf.transpose"(%arg0) {perm = array<i64: 1, 0>} : (tensor<4x6xf32>) -> tensor<6x4xf32>
  %1 = "dnnf.transpose"(%arg1) {perm = array<i64: 1, 0>} : (tensor<4x6xf32>) -> tensor<6x4xf32>
  %2 = "dnnf.mul"(%0, %1) : (tensor<6x4xf32>, tensor<6x4xf32>) -> tensor<6x4xf32>
  return %2 : tensor<6x4xf32>
}

// f(Reshape(X), Reshape(Y)) = Reshape(f(X, Y))
// CHECK-LABEL: func.func @reshape_both(
// CHECK: %0 = "dnnf.sub"(%arg0, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.reshape"(%0) : (tensor<4x6xf32>) -> tensor<6x4xf32>
// CHECK-NEXT: return
func.func @reshape_both(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<6x4xf32>) {
  %0 = "dnnf.reshape"(%arg0) : (tensor<4x6xf32>) -> tensor<6x4xf32>
  %1 = "dnnf.squeeze"(%arg1) : (tensor<4x6xf32>) -> tensor<6x4xf32>
  %2 = "dnnf.sub"(%0, %1) : (tensor<6x4xf32>, tensor<6x4xf32>) -> tensor<6x4xf32>
  return %2 : tensor<6x4xf32>
}

// Slice(Slice(X, A, B), C, D) = Slice(X, A + B * C, B * D)
// CHECK-LABEL: func.func @slice_twice(
// CHECK: %0 = "dnnf.slice"(%arg0) {starts = array<i64: 1, 1, 1>, steps = array<i64: 2, 2, 2>} : (tensor<4x4x4xf32>) -> tensor<2x2x2xf32>
// CHECK-NEXT: return
func.func @slice_twice(%arg0: tensor<4x4x4xf32>) -> (tensor<2x2x2xf32>) {
  %0 = "dnnf.slice"(%arg0) {starts = array<i64: 1, 1, 0>, steps = array<i64: 1, 1, 1>} : (tensor<4x4x4xf32>) -> tensor<3x3x4xf32>
  %1 = "dnnf.slice"(%0) {starts = array<i64: 0, 0, 1>, steps = array<i64: 2, 2, 2>} : (tensor<3x3x4xf32>) -> tensor<2x2x2xf32>
  return %1 : tensor<2x2x2xf32>
}

// Pad(Pad(X, P), Q) = Pad(X, P + Q)
// CHECK-LABEL: func.func @pad_twice(
// CHECK: %0 = "dnnf.pad"(%arg0) {mode = "constant", pads = array<i64: 1, 0, 0, 2>, value = 0.000000e+00 : f64} : (tensor<4x6xf32>) -> tensor<5x8xf32>
// CHECK-NEXT: return
func.func @pad_twice(%arg0: tensor<4x6xf32>) -> (tensor<5x8xf32>) {
  %0 = "dnnf.pad"(%arg0) {mode = "constant", pads = array<i64: 1, 0, 0, 0>, value = 0.000000e+00 : f64} : (tensor<4x6xf32>) -> tensor<5x6xf32>
  %1 = "dnnf.pad"(%0) {mode = "constant", pads = array<i64: 0, 0, 0, 2>, value = 0.000000e+00 : f64} : (tensor<5x6xf32>) -> tensor<5x8xf32>
  return %1 : tensor<5x8xf32>
}

// Expand(Expand(X)) = Expand(X)
// CHECK-LABEL: func.func @expand_twice(
// CHECK: %0 = "dnnf.expand"(%arg0) : (tensor<1x1xf32>) -> tensor<2x4x6xf32>
// CHECK-NEXT: return
func.func @expand_twice(%arg0: tensor<1x1xf32>) -> (tensor<2x4x6xf32>) {
  %0 = "dnnf.expand"(%arg0) : (tensor<1x1xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.expand"(%0) : (tensor<4x6xf32>) -> tensor<2x4x6xf32>
  return %1 : tensor<2x4x6xf32>
}

// f(Expand(X), Y) = f(X, Y), where Y has the shape already
// CHECK-LABEL: func.func @expand_before_binary(
// CHECK: %0 = "dnnf.sub"(%arg0, %arg1) : (tensor<1x1xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @expand_before_binary(%arg0: tensor<1x1xf32>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.expand"(%arg0) : (tensor<1x1xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.sub"(%0, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// f(Expand(X)) = Expand(f(X))
// CHECK-LABEL: func.func @unary_before_expand(
// CHECK: %0 = "dnnf.tanh"(%arg0) : (tensor<1x1xf32>) -> tensor<1x1xf32>
// CHECK: %1 = "dnnf.expand"(%0) : (tensor<1x1xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @unary_before_expand(%arg0: tensor<1x1xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.expand"(%arg0) : (tensor<1x1xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.tanh"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// Reshape(Gemm(Reshape(X), W, C)) = X W + C
// CHECK-LABEL: func.func @gemm_of_rows(
// CHECK: %1 = "dnnf.matmul"(%arg0, %0) : (tensor<3x4xf32>, tensor<4x4xf32>) -> tensor<3x4xf32>
// CHECK: %3 = "dnnf.add"(%1, %2) : (tensor<3x4xf32>, tensor<4xf32>) -> tensor<3x4xf32>
// CHECK-NEXT: return
func.func @gemm_of_rows(%arg0: tensor<3x4xf32>) -> (tensor<3x4xf32>) {
  %0 = "dnnf.squeeze"(%arg0) : (tensor<3x4xf32>) -> tensor<3x4xf32>
  %1 = "dnnf.constant"() {value = dense<[[0.73165226, -0.501440048, 0.879160643, -1.07178736], [0.914467215, -0.0200634543, -1.2487489, -0.313899457], [0.0541022792, 0.272791326, -0.982188105, -1.107373], [0.199584529, -0.466749609, 0.235505611, 0.759519517]]> : tensor<4x4xf32>} : () -> tensor<4x4xf32>
  %2 = "dnnf.constant"() {value = dense<[-1.64878738, 0.254388124, 1.22464693, -0.297526836]> : tensor<4xf32>} : () -> tensor<4xf32>
  %3 = "dnnf.gemm"(%0, %1, %2) {alpha = 1.000000e+00 : f64, beta = 1.000000e+00 : f64, operandSegmentSizes = array<i32: 1, 1, 1>, transA = 0 : i64, transB = 1 : i64} : (tensor<3x4xf32>, tensor<4x4xf32>, tensor<4xf32>) -> tensor<3x4xf32>
  %4 = "dnnf.reshape"(%3) : (tensor<3x4xf32>) -> tensor<3x4xf32>
  return %4 : tensor<3x4xf32>
}

// Reshape(Gemm(Reshape(X), W)) = X W
// CHECK-LABEL: func.func @gemm_of_rows_without_bias(
// CHECK: %1 = "dnnf.matmul"(%arg0, %0) : (tensor<2x2x4xf32>, tensor<4x4xf32>) -> tensor<2x2x4xf32>
// CHECK-NEXT: return
func.func @gemm_of_rows_without_bias(%arg0: tensor<2x2x4xf32>) -> (tensor<2x2x4xf32>) {
  %0 = "dnnf.squeeze"(%arg0) : (tensor<2x2x4xf32>) -> tensor<4x4xf32>
  %1 = "dnnf.constant"() {value = dense<[[-0.457725823, 0.22019513, -1.00961816, -0.209175572], [-0.159225017, 0.540845573, 0.214659125, 0.355372697], [-0.653828621, -0.129613638, 0.783975481, 1.49343109], [-1.25906551, 1.51392376, 1.34587538, 0.781311392]]> : tensor<4x4xf32>} : () -> tensor<4x4xf32>
  %2 = "dnnf.gemm"(%0, %1) {alpha = 1.000000e+00 : f64, beta = 1.000000e+00 : f64, operandSegmentSizes = array<i32: 1, 1, 0>, transA = 0 : i64, transB = 1 : i64} : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %3 = "dnnf.reshape"(%2) : (tensor<4x4xf32>) -> tensor<2x2x4xf32>
  return %3 : tensor<2x2x4xf32>
}

// Where(Expand(C), A, B) = Expand(Where(C, A, B))
// CHECK-LABEL: func.func @where_before_expand(
// CHECK: "dnnf.where"(%arg0, {{.*}}) : (tensor<1x6xi1>, tensor<f32>, tensor<f32>) -> tensor<1x6xf32>
// CHECK-NEXT: "dnnf.expand"({{.*}}) : (tensor<1x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @where_before_expand(%arg0: tensor<1x6xi1>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.expand"(%arg0) : (tensor<1x6xi1>) -> tensor<4x6xi1>
  %1 = "dnnf.constant"() {value = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %2 = "dnnf.constant"() {value = dense<-1.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %3 = "dnnf.where"(%0, %1, %2) : (tensor<4x6xi1>, tensor<1xf32>, tensor<1xf32>) -> tensor<4x6xf32>
  return %3 : tensor<4x6xf32>
}

// Reshape(Softmax(Reshape(X))) = Softmax(X), where rows are kept
// CHECK-LABEL: func.func @softmax_of_rows(
// CHECK: %0 = "dnnf.softmax"(%arg0) {axis = 2 : i64} : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
// CHECK-NEXT: return
func.func @softmax_of_rows(%arg0: tensor<2x3x4xf32>) -> (tensor<2x3x4xf32>) {
  %0 = "dnnf.flatten"(%arg0) {axis = 2 : i64} : (tensor<2x3x4xf32>) -> tensor<6x4xf32>
  %1 = "dnnf.softmax"(%0) {axis = 1 : i64} : (tensor<6x4xf32>) -> tensor<6x4xf32>
  %2 = "dnnf.reshape"(%1) : (tensor<6x4xf32>) -> tensor<2x3x4xf32>
  return %2 : tensor<2x3x4xf32>
}

// Transpose(Softmax(Transpose(X, P), A), Q) = Softmax(X, P[A])
// CHECK-LABEL: func.func @softmax_of_transposed(
// CHECK: %0 = "dnnf.softmax"(%arg0) {axis = 1 : i64} : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
// CHECK-NEXT: return
func.func @softmax_of_transposed(%arg0: tensor<2x3x4xf32>) -> (tensor<2x3x4xf32>) {
  %0 = "dnnf.transpose"(%arg0) {perm = array<i64: 0, 2, 1>} : (tensor<2x3x4xf32>) -> tensor<2x4x3xf32>
  %1 = "dnnf.softmax"(%0) {axis = 2 : i64} : (tensor<2x4x3xf32>) -> tensor<2x4x3xf32>
  %2 = "dnnf.transpose"(%1) {perm = array<i64: 0, 2, 1>} : (tensor<2x4x3xf32>) -> tensor<2x3x4xf32>
  return %2 : tensor<2x3x4xf32>
}
