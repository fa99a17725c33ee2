// RUN: %verify-diagnostics %s

func.func @softmax(%arg0: tensor<2x3xf32>) {
  // expected-error@+1 {{'dnnf.softmax' axis 2 is none of the 2 dimensions of 2x3xf32}}
  %0 = "dnnf.softmax"(%arg0) {axis = 2 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @layer_normalization(%arg0: tensor<2x3xf32>, %arg1: tensor<2xf32>) {
  // expected-error@+1 {{'dnnf.layer_normalization' scale 2xf32 does not broadcast to shape (2, 3)}}
  %0 = "dnnf.layer_normalization"(%arg0, %arg1) {axis = 1 : i64, epsilon = 5.000000e-01 : f64, operandSegmentSizes = array<i32: 1, 1, 0>} : (tensor<2x3xf32>, tensor<2xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @layer_normalization(%arg0: tensor<2x3xf32>, %arg1: tensor<3xf32>, %arg2: tensor<4xf32>) {
  // expected-error@+1 {{'dnnf.layer_normalization' bias 4xf32 does not broadcast to shape (2, 3)}}
  %0 = "dnnf.layer_normalization"(%arg0, %arg1, %arg2) {axis = 1 : i64, epsilon = 5.000000e-01 : f64, operandSegmentSizes = array<i32: 1, 1, 1>} : (tensor<2x3xf32>, tensor<3xf32>, tensor<4xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @instance_normalization(%arg0: tensor<1x4x5xf32>, %arg1: tensor<5xf32>, %arg2: tensor<4xf32>) {
  // expected-error@+1 {{'dnnf.instance_normalization' scale needs one entry for each of 4 channels, got 5xf32}}
  %0 = "dnnf.instance_normalization"(%arg0, %arg1, %arg2) {epsilon = 5.000000e-01 : f64, layout = "channels_first"} : (tensor<1x4x5xf32>, tensor<5xf32>, tensor<4xf32>) -> tensor<1x4x5xf32>
  return
}

// -----

func.func @safe_softmax(%arg0: tensor<2x3xf32>) {
  // expected-error@+1 {{'dnnf.safe_softmax' axis 2 is none of the 2 dimensions of 2x3xf32}}
  %0 = "dnnf.safe_softmax"(%arg0) {axis = 2 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @rms_normalization(%arg0: tensor<2x3xf32>, %arg1: tensor<2xf32>) {
  // expected-error@+1 {{'dnnf.rms_normalization' scale 2xf32 does not broadcast to shape (2, 3)}}
  %0 = "dnnf.rms_normalization"(%arg0, %arg1) {axis = 1 : i64, epsilon = 5.000000e-01 : f64} : (tensor<2x3xf32>, tensor<2xf32>) -> tensor<2x3xf32>
  return
}
