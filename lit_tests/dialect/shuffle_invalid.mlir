// RUN: %verify-diagnostics %s

func.func @transpose(%arg0: tensor<2x3xf32>) {
  // expected-error@+1 {{'dnnf.transpose' perm (0, 0) is no permutation of 2 dimensions}}
  %0 = "dnnf.transpose"(%arg0) {perm = array<i64: 0, 0>} : (tensor<2x3xf32>) -> tensor<2x2xf32>
  return
}

// -----

func.func @transpose(%arg0: tensor<2x3xf32>) {
  // expected-error@+1 {{'dnnf.transpose' operands and attributes give 3x2xf32, but the result is 2x3xf32}}
  %0 = "dnnf.transpose"(%arg0) {perm = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @depth_to_space(%arg0: tensor<1x6x2x2xf32>) {
  // expected-error@+1 {{'dnnf.depth_to_space' 6 channels are no multiple of 2 x 2}}
  %0 = "dnnf.depth_to_space"(%arg0) {blocksize = 2 : i64, layout = "channels_first", mode = "DCR"} : (tensor<1x6x2x2xf32>) -> tensor<1x2x4x4xf32>
  return
}

// -----

func.func @depth_to_space(%arg0: tensor<1x4x2xf32>) {
  // expected-error@+1 {{'dnnf.depth_to_space' needs two spatial dimensions, got 1x4x2xf32}}
  %0 = "dnnf.depth_to_space"(%arg0) {blocksize = 2 : i64, layout = "channels_first", mode = "DCR"} : (tensor<1x4x2xf32>) -> tensor<1x1x4xf32>
  return
}

// -----

func.func @depth_to_space(%arg0: tensor<1x4x2x2xf32>) {
  // expected-error@+1 {{'dnnf.depth_to_space' mode must be "DCR" or "CRD"}}
  %0 = "dnnf.depth_to_space"(%arg0) {blocksize = 2 : i64, layout = "channels_first", mode = "RCD"} : (tensor<1x4x2x2xf32>) -> tensor<1x1x4x4xf32>
  return
}

// -----

func.func @depth_to_space(%arg0: tensor<1x4x2x2xf32>) {
  // expected-error@+1 {{'dnnf.depth_to_space' blocksize must be positive}}
  %0 = "dnnf.depth_to_space"(%arg0) {blocksize = 0 : i64, layout = "channels_first", mode = "CRD"} : (tensor<1x4x2x2xf32>) -> tensor<1x1x4x4xf32>
  return
}

// -----

func.func @space_to_depth(%arg0: tensor<1x1x3x4xf32>) {
  // expected-error@+1 {{'dnnf.space_to_depth' spatial sizes 3 x 4 are no multiples of 2}}
  %0 = "dnnf.space_to_depth"(%arg0) {blocksize = 2 : i64, layout = "channels_first", mode = "DCR"} : (tensor<1x1x3x4xf32>) -> tensor<1x4x1x2xf32>
  return
}
