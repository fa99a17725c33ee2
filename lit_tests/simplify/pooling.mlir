// RUN: dnnf-opt --dnnf-simplify-algebra=properties=pooling %s | FileCheck %s

// Pool(X) = X, where windows have one element
// CHECK-LABEL: func.func @pool_of_one(
// CHECK: %0 = "dnnf.sin"(%arg0) : (tensor<2x2x2xf32>) -> tensor<2x2x2xf32>
// CHECK-NEXT: return
func.func @pool_of_one(%arg0: tensor<2x2x2xf32>) -> tensor<2x2x2xf32> {
  %0 = "dnnf.max_pool"(%arg0) {dilations = array<i64: 1>, kernel_shape = array<i64: 1>, layout = "channels_last", pads = array<i64: 0, 0>, strides = array<i64: 1>} : (tensor<2x2x2xf32>) -> tensor<2x2x2xf32>
  %1 = "dnnf.sin"(%0) : (tensor<2x2x2xf32>) -> tensor<2x2x2xf32>
  return %1 : tensor<2x2x2xf32>
}

// Pool(X) = X, where X and the result have one position
// CHECK-LABEL: func.func @pool_of_one_position(
// CHECK: %0 = "dnnf.sin"(%arg0) : (tensor<2x2x1xf32>) -> tensor<2x2x1xf32>
// CHECK-NEXT: return
func.func @pool_of_one_position(%arg0: tensor<2x2x1xf32>) -> tensor<2x2x1xf32> {
  %0 = "dnnf.max_pool"(%arg0) {dilations = array<i64: 1>, kernel_shape = array<i64: 3>, layout = "channels_first", pads = array<i64: 1, 1>, strides = array<i64: 1>} : (tensor<2x2x1xf32>) -> tensor<2x2x1xf32>
  %1 = "dnnf.sin"(%0) : (tensor<2x2x1xf32>) -> tensor<2x2x1xf32>
  return %1 : tensor<2x2x1xf32>
}

// GlobalPool(X) = X, where X has one position
// CHECK-LABEL: func.func @global_pool_of_one_position(
// CHECK: %0 = "dnnf.sin"(%arg0) : (tensor<1x2x1xf32>) -> tensor<1x2x1xf32>
// CHECK-NEXT: return
func.func @global_pool_of_one_position(%arg0: tensor<1x2x1xf32>) -> tensor<1x2x1xf32> {
  %0 = "dnnf.global_average_pool"(%arg0) {layout = "channels_first"} : (tensor<1x2x1xf32>) -> tensor<1x2x1xf32>
  %1 = "dnnf.sin"(%0) : (tensor<1x2x1xf32>) -> tensor<1x2x1xf32>
  return %1 : tensor<1x2x1xf32>
}

// reduce(X) = Reshape(X), over dimensions of 1
// CHECK-LABEL: func.func @reduction_of_one(
// CHECK: %0 = "dnnf.reshape"(%arg0) : (tensor<2x2x2xf32>) -> tensor<2x2x2xf32>
// CHECK-NEXT: return
func.func @reduction_of_one(%arg0: tensor<2x2x2xf32>) -> tensor<2x2x2xf32> {
  %0 = "dnnf.reduce_min"(%arg0) {axes = array<i64>, keepdims = 1 : i64} : (tensor<2x2x2xf32>) -> tensor<2x2x2xf32>
  return %0 : tensor<2x2x2xf32>
}

// AveragePool(X) = GlobalAveragePool(X), where the window is all of X
// CHECK-LABEL: func.func @average_of_everything(
// CHECK: %0 = "dnnf.global_average_pool"(%arg0) {layout = "channels_first"} : (tensor<1x2x1xf32>) -> tensor<1x2x1xf32>
// CHECK-NEXT: return
func.func @average_of_everything(%arg0: tensor<1x2x1xf32>) -> tensor<1x2x1xf32> {
  %0 = "dnnf.average_pool"(%arg0) {count_include_pad = 0 : i64, dilations = array<i64: 1>, kernel_shape = array<i64: 1>, layout = "channels_first", pads = array<i64: 0, 0>, strides = array<i64: 1>} : (tensor<1x2x1xf32>) -> tensor<1x2x1xf32>
  return %0 : tensor<1x2x1xf32>
}

// MaxPool(X) = GlobalMaxPool(X), where the window is all of X
// CHECK-LABEL: func.func @largest_of_everything(
// CHECK: %0 = "dnnf.global_max_pool"(%arg0) {layout = "channels_first"} : (tensor<1x2x1xf32>) -> tensor<1x2x1xf32>
// CHECK-NEXT: return
func.func @largest_of_everything(%arg0: tensor<1x2x1xf32>) -> tensor<1x2x1xf32> {
  %0 = "dnnf.max_pool"(%arg0) {dilations = array<i64: 1>, kernel_shape = array<i64: 1>, layout = "channels_first", pads = array<i64: 0, 0>, strides = array<i64: 1>} : (tensor<1x2x1xf32>) -> tensor<1x2x1xf32>
  return %0 : tensor<1x2x1xf32>
}

// Conv(Pad(X, P), W) = Conv(X, W), where Conv pads by P more
// CHECK-LABEL: func.func @pad_before_convolution(
// CHECK: %1 = "dnnf.conv"(%arg0, %0) {dilations = array<i64: 1>, group = 1 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 0>, pads = array<i64: 1, 2>, strides = array<i64: 1>} : (tensor<2x2x2xf32>, tensor<3x2x2xf32>) -> tensor<2x3x4xf32>
// CHECK-NEXT: return
func.func @pad_before_convolution(%arg0: tensor<2x2x2xf32>) -> tensor<2x3x4xf32> {
  %0 = "dnnf.pad"(%arg0) {mode = "constant", pads = array<i64: 0, 0, 1, 0, 0, 2>, value = 0.000000e+00 : f64} : (tensor<2x2x2xf32>) -> tensor<2x2x5xf32>
  %1 = "dnnf.constant"() {value = dense<[[[-2.500000e+00, 1.750000e+00], [1.250000e+00, -2.500000e-01]], [[7.500000e-01, 2.500000e-01], [-5.000000e-01, 1.000000e+00]], [[-2.500000e-01, -2.500000e-01], [-7.500000e-01, 5.000000e-01]]]> : tensor<3x2x2xf32>} : () -> tensor<3x2x2xf32>
  %2 = "dnnf.conv"(%0, %1) {dilations = array<i64: 1>, group = 1 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 0>, pads = array<i64: 0, 0>, strides = array<i64: 1>} : (tensor<2x2x5xf32>, tensor<3x2x2xf32>) -> tensor<2x3x4xf32>
  return %2 : tensor<2x3x4xf32>
}

// AveragePool(Pad(X, P)) = AveragePool(X), where the pool pads by P more and counts it
// CHECK-LABEL: func.func @pad_before_average(
// CHECK: %0 = "dnnf.average_pool"(%arg0) {count_include_pad = 1 : i64, dilations = array<i64: 1>, kernel_shape = array<i64: 2>, layout = "channels_first", pads = array<i64: 0, 1>, strides = array<i64: 1>} : (tensor<1x2x2xf32>) -> tensor<1x2x2xf32>
// CHECK-NEXT: return
func.func @pad_before_average(%arg0: tensor<1x2x2xf32>) -> tensor<1x2x2xf32> {
  %0 = "dnnf.pad"(%arg0) {mode = "constant", pads = array<i64: 0, 0, 0, 0, 0, 1>, value = 0.000000e+00 : f64} : (tensor<1x2x2xf32>) -> tensor<1x2x3xf32>
  %1 = "dnnf.average_pool"(%0) {count_include_pad = 1 : i64, dilations = array<i64: 1>, kernel_shape = array<i64: 2>, layout = "channels_first", pads = array<i64: 0, 0>, strides = array<i64: 1>} : (tensor<1x2x3xf32>) -> tensor<1x2x2xf32>
  return %1 : tensor<1x2x2xf32>
}

// MaxPool(Pad(X, P, -inf)) = MaxPool(X), where the pool pads by P more
// CHECK-LABEL: func.func @pad_before_largest(
// CHECK: %0 = "dnnf.max_pool"(%arg0) {dilations = array<i64: 1>, kernel_shape = array<i64: 2>, layout = "channels_first", pads = array<i64: 1, 0>, strides = array<i64: 1>} : (tensor<2x2x2xf32>) -> tensor<2x2x2xf32>
// CHECK-NEXT: return
func.func @pad_before_largest(%arg0: tensor<2x2x2xf32>) -> tensor<2x2x2xf32> {
  %0 = "dnnf.pad"(%arg0) {mode = "constant", pads = array<i64: 0, 0, 1, 0, 0, 0>, value = 0xFFF0000000000000 : f64} : (tensor<2x2x2xf32>) -> tensor<2x2x3xf32>
  %1 = "dnnf.max_pool"(%0) {dilations = array<i64: 1>, kernel_shape = array<i64: 2>, layout = "channels_first", pads = array<i64: 0, 0>, strides = array<i64: 1>} : (tensor<2x2x3xf32>) -> tensor<2x2x2xf32>
  return %1 : tensor<2x2x2xf32>
}

// GlobalAveragePool(Conv(X, W, B)) = Conv(GlobalAveragePool(X), W, B), where W is 1 x 1
// CHECK-LABEL: func.func @mean_of_pointwise(
// CHECK: %0 = "dnnf.global_average_pool"(%arg0) {layout = "channels_first"} : (tensor<1x2x3x2xf32>) -> tensor<1x2x1x1xf32>
// CHECK: %2 = "dnnf.conv"(%0, %1) {dilations = array<i64: 1, 1>, group = 1 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x2x1x1xf32>, tensor<3x2x1x1xf32>) -> tensor<1x3x1x1xf32>
// CHECK-NEXT: return
func.func @mean_of_pointwise(%arg0: tensor<1x2x3x2xf32>) -> tensor<1x3x1x1xf32> {
  %0 = "dnnf.constant"() {value = dense<[[[[-5.000000e-01]], [[2.500000e-01]]], [[[1.250000e+00]], [[1.000000e+00]]], [[[-7.500000e-01]], [[-1.250000e+00]]]]> : tensor<3x2x1x1xf32>} : () -> tensor<3x2x1x1xf32>
  %1 = "dnnf.conv"(%arg0, %0) {dilations = array<i64: 1, 1>, group = 1 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x2x3x2xf32>, tensor<3x2x1x1xf32>) -> tensor<1x3x3x2xf32>
  %2 = "dnnf.global_average_pool"(%1) {layout = "channels_first"} : (tensor<1x3x3x2xf32>) -> tensor<1x3x1x1xf32>
  return %2 : tensor<1x3x1x1xf32>
}

// ReduceMean(Conv(X, W, B)) = Reshape(Conv(ReduceMean(X), W, B)), where W is 1 x 1 and space is reduced
// CHECK-LABEL: func.func @reduced_mean_of_pointwise(
// CHECK: %0 = "dnnf.reduce_mean"(%arg0) {axes = array<i64: 2>, keepdims = 1 : i64} : (tensor<1x2x3x3xf32>) -> tensor<1x2x1x3xf32>
// CHECK: %2 = "dnnf.conv"(%0, %1) {dilations = array<i64: 1, 1>, group = 1 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x2x1x3xf32>, tensor<3x2x1x1xf32>) -> tensor<1x3x1x3xf32>
// CHECK: %3 = "dnnf.reshape"(%2) : (tensor<1x3x1x3xf32>) -> tensor<1x3x1x3xf32>
// CHECK-NEXT: return
func.func @reduced_mean_of_pointwise(%arg0: tensor<1x2x3x3xf32>) -> tensor<1x3x1x3xf32> {
  %0 = "dnnf.constant"() {value = dense<[[[[-5.000000e-01]], [[-7.500000e-01]]], [[[7.500000e-01]], [[1.750000e+00]]], [[[2.500000e-01]], [[-1.250000e+00]]]]> : tensor<3x2x1x1xf32>} : () -> tensor<3x2x1x1xf32>
  %1 = "dnnf.conv"(%arg0, %0) {dilations = array<i64: 1, 1>, group = 1 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x2x3x3xf32>, tensor<3x2x1x1xf32>) -> tensor<1x3x3x3xf32>
  %2 = "dnnf.reduce_mean"(%1) {axes = array<i64: 2>, keepdims = 1 : i64} : (tensor<1x3x3x3xf32>) -> tensor<1x3x1x3xf32>
  return %2 : tensor<1x3x1x3xf32>
}

// mean(X W) = mean(X) W, sum(X W) = sum(X) W, over dimensions of X that W keeps
// CHECK-LABEL: func.func @reduction_of_matmul(
// CHECK: %0 = "dnnf.reduce_sum"(%arg0) {axes = array<i64: 0>, keepdims = 1 : i64} : (tensor<4x4xf32>) -> tensor<1x4xf32>
// CHECK: %1 = "dnnf.matmul"(%0, %arg1) : (tensor<1x4xf32>, tensor<4x3xf32>) -> tensor<1x3xf32>
// CHECK-NEXT: return
func.func @reduction_of_matmul(%arg0: tensor<4x4xf32>, %arg1: tensor<4x3xf32>) -> tensor<1x3xf32> {
  %0 = "dnnf.matmul"(%arg0, %arg1) : (tensor<4x4xf32>, tensor<4x3xf32>) -> tensor<4x3xf32>
  %1 = "dnnf.reduce_sum"(%0) {axes = array<i64: 0>, keepdims = 1 : i64} : (tensor<4x3xf32>) -> tensor<1x3xf32>
  return %1 : tensor<1x3xf32>
}

// mean(X W + B) = mean(X) W + B, over dimensions of X that W keeps
// CHECK-LABEL: func.func @mean_of_linear_layer(
// CHECK: %0 = "dnnf.reduce_mean"(%arg0) {axes = array<i64: 0>, keepdims = 1 : i64} : (tensor<2x3xf32>) -> tensor<1x3xf32>
// CHECK: %1 = "dnnf.matmul"(%0, %arg1) : (tensor<1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
// CHECK: %3 = "dnnf.add"(%1, %2) : (tensor<1x3xf32>, tensor<3xf32>) -> tensor<1x3xf32>
// CHECK-NEXT: return
func.func @mean_of_linear_layer(%arg0: tensor<2x3xf32>, %arg1: tensor<3x3xf32>) -> tensor<1x3xf32> {
  %0 = "dnnf.matmul"(%arg0, %arg1) : (tensor<2x3xf32>, tensor<3x3xf32>) -> tensor<2x3xf32>
  %1 = "dnnf.constant"() {value = dense<[2.500000e-01, 5.000000e-01, 5.000000e-01]> : tensor<3xf32>} : () -> tensor<3xf32>
  %2 = "dnnf.add"(%0, %1) : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %3 = "dnnf.reduce_mean"(%2) {axes = array<i64: 0>, keepdims = 1 : i64} : (tensor<2x3xf32>) -> tensor<1x3xf32>
  return %3 : tensor<1x3xf32>
}
