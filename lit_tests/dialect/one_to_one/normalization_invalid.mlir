// RUN: %verify-diagnostics %s

func.func @batch_normalization(%arg0: tensor<1x4x5x5xf32>, %arg1: tensor<4xf32>, %arg2: tensor<4xf32>, %arg3: tensor<5xf32>, %arg4: tensor<4xf32>) {
  // expected-error@+1 {{'dnnf.batch_normalization' mean needs one entry for each of 4 channels, got 5xf32}}
  %0 = "dnnf.batch_normalization"(%arg0, %arg1, %arg2, %arg3, %arg4) {epsilon = 5.000000e-01 : f64, layout = "channels_first"} : (tensor<1x4x5x5xf32>, tensor<4xf32>, tensor<4xf32>, tensor<5xf32>, tensor<4xf32>) -> tensor<1x4x5x5xf32>
  return
}

// -----

func.func @batch_normalization(%arg0: tensor<4xf32>, %arg1: tensor<4xf32>, %arg2: tensor<4xf32>, %arg3: tensor<4xf32>, %arg4: tensor<4xf32>) {
  // expected-error@+1 {{'dnnf.batch_normalization' needs a batch and a channel dimension, got 4xf32}}
  %0 = "dnnf.batch_normalization"(%arg0, %arg1, %arg2, %arg3, %arg4) {epsilon = 5.000000e-01 : f64, layout = "channels_first"} : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @batch_normalization(%arg0: tensor<1x4xf32>, %arg1: tensor<4xf32>, %arg2: tensor<4xf32>, %arg3: tensor<4xf32>, %arg4: tensor<4xf32>) {
  // expected-error@+1 {{'dnnf.batch_normalization' layout must be "channels_first" or "channels_last"}}
  %0 = "dnnf.batch_normalization"(%arg0, %arg1, %arg2, %arg3, %arg4) {epsilon = 5.000000e-01 : f64, layout = "NCHW"} : (tensor<1x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
  return
}
