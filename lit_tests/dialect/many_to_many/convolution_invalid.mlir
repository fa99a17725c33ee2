// RUN: %verify-diagnostics %s

func.func @conv(%arg0: tensor<1x4x8x8xf32>, %arg1: tensor<6x3x3x3xf32>) {
  // expected-error@+1 {{'dnnf.conv' weights 6x3x3x3xf32 do not fit 4 channels in 1 groups}}
  %0 = "dnnf.conv"(%arg0, %arg1) {dilations = array<i64: 1, 1>, group = 1 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<6x3x3x3xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @conv(%arg0: tensor<1x4x8x8xf32>, %arg1: tensor<6x4x3xf32>) {
  // expected-error@+1 {{'dnnf.conv' weights 6x4x3xf32 do not fit the operand 1x4x8x8xf32}}
  %0 = "dnnf.conv"(%arg0, %arg1) {dilations = array<i64: 1, 1>, group = 1 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<6x4x3xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @conv(%arg0: tensor<1x4x8x8xf32>, %arg1: tensor<6x4x3x3xf32>, %arg2: tensor<5xf32>) {
  // expected-error@+1 {{'dnnf.conv' bias needs one entry for each of 6 output channels, got 5xf32}}
  %0 = "dnnf.conv"(%arg0, %arg1, %arg2) {dilations = array<i64: 1, 1>, group = 1 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 1>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>, tensor<5xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @conv(%arg0: tensor<1x4x8x8xf32>, %arg1: tensor<6x4x3x3xf32>) {
  // expected-error@+1 {{'dnnf.conv' pads needs length 4, got 2}}
  %0 = "dnnf.conv"(%arg0, %arg1) {dilations = array<i64: 1, 1>, group = 1 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 0>, pads = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @conv(%arg0: tensor<1x4x8x8xf32>, %arg1: tensor<6x4x3x3xf32>) {
  // expected-error@+1 {{'dnnf.conv' group must be at least 1}}
  %0 = "dnnf.conv"(%arg0, %arg1) {dilations = array<i64: 1, 1>, group = 0 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @conv(%arg0: tensor<1x4x2x8xf32>, %arg1: tensor<6x4x3x3xf32>) {
  // expected-error@+1 {{'dnnf.conv' a window of 3 does not fit in spatial dimension 0 of padded size 2}}
  %0 = "dnnf.conv"(%arg0, %arg1) {dilations = array<i64: 1, 1>, group = 1 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x2x8xf32>, tensor<6x4x3x3xf32>) -> tensor<1x6x1x6xf32>
  return
}

// -----

func.func @conv(%arg0: tensor<1x4x8x8xf32>, %arg1: tensor<6x4x3x3xf32>) {
  // expected-error@+1 {{'dnnf.conv' operands and attributes give 1x6x6x6xf32, but the result is 1x6x8x8xf32}}
  %0 = "dnnf.conv"(%arg0, %arg1) {dilations = array<i64: 1, 1>, group = 1 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<1x6x8x8xf32>
  return
}

// -----

func.func @conv(%arg0: tensor<1x4x8x8xf32>, %arg1: tensor<6x4x3x3xf32>) {
  // expected-error@+1 {{'dnnf.conv' weights 6x4x3x3xf32 do not fit 8 channels in 1 groups}}
  %0 = "dnnf.conv"(%arg0, %arg1) {dilations = array<i64: 1, 1>, group = 1 : i64, layout = "channels_last", operandSegmentSizes = array<i32: 1, 1, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @conv(%arg0: tensor<4xf32>, %arg1: tensor<6x4x3x3xf32>) {
  // expected-error@+1 {{'dnnf.conv' needs a batch and a channel dimension, got 4xf32}}
  %0 = "dnnf.conv"(%arg0, %arg1) {dilations = array<i64: 1, 1>, group = 1 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<4xf32>, tensor<6x4x3x3xf32>) -> tensor<6xf32>
  return
}

// -----

func.func @conv(%arg0: tensor<1x4x8x8xf32>, %arg1: tensor<6x4x3x3xf32>) {
  // expected-error@+1 {{'dnnf.conv' strides must be positive, got (1, 0)}}
  %0 = "dnnf.conv"(%arg0, %arg1) {dilations = array<i64: 1, 1>, group = 1 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 0>} : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @conv_transpose(%arg0: tensor<1x4x8x8xf32>, %arg1: tensor<4x6x2x2xf32>) {
  // expected-error@+1 {{'dnnf.conv_transpose' dilations must be positive, got (1, -1)}}
  %0 = "dnnf.conv_transpose"(%arg0, %arg1) {dilations = array<i64: 1, -1>, group = 1 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 0>, output_padding = array<i64: 0, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<4x6x2x2xf32>) -> tensor<1x6x9x9xf32>
  return
}

// -----

func.func @conv_transpose(%arg0: tensor<1x4x8x8xf32>, %arg1: tensor<3x6x2x2xf32>) {
  // expected-error@+1 {{'dnnf.conv_transpose' weights 3x6x2x2xf32 do not fit 4 channels in 1 groups}}
  %0 = "dnnf.conv_transpose"(%arg0, %arg1) {dilations = array<i64: 1, 1>, group = 1 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 0>, output_padding = array<i64: 0, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<3x6x2x2xf32>) -> tensor<1x6x9x9xf32>
  return
}

// -----

func.func @conv_transpose(%arg0: tensor<1x4x1x1xf32>, %arg1: tensor<4x6x2x2xf32>) {
  // expected-error@+1 {{'dnnf.conv_transpose' pads (2, 2, 2, 2) are larger than the result}}
  %0 = "dnnf.conv_transpose"(%arg0, %arg1) {dilations = array<i64: 1, 1>, group = 1 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 0>, output_padding = array<i64: 0, 0>, pads = array<i64: 2, 2, 2, 2>, strides = array<i64: 1, 1>} : (tensor<1x4x1x1xf32>, tensor<4x6x2x2xf32>) -> tensor<1x6x0x0xf32>
  return
}

// -----

func.func @conv_transpose(%arg0: tensor<1x4x8x8xf32>, %arg1: tensor<4x6x2x2xf32>) {
  // expected-error@+1 {{'dnnf.conv_transpose' output_padding needs length 2, got 1}}
  %0 = "dnnf.conv_transpose"(%arg0, %arg1) {dilations = array<i64: 1, 1>, group = 1 : i64, layout = "channels_first", operandSegmentSizes = array<i32: 1, 1, 0>, output_padding = array<i64: 1>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<4x6x2x2xf32>) -> tensor<1x6x9x9xf32>
  return
}
