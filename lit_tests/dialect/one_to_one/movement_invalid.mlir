// RUN: %verify-diagnostics %s

func.func @concat(%arg0: tensor<2x3xf32>, %arg1: tensor<2x4xf32>) {
  // expected-error@+1 {{'dnnf.concat' operands differ outside of axis 0: 2x3xf32 and 2x4xf32}}
  %0 = "dnnf.concat"(%arg0, %arg1) {axis = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @concat(%arg0: tensor<2x3xf32>, %arg1: tensor<2x4xf32>) {
  // expected-error@+1 {{'dnnf.concat' axis 2 is none of the 2 dimensions of 2x3xf32}}
  %0 = "dnnf.concat"(%arg0, %arg1) {axis = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<2x7xf32>
  return
}

// -----

func.func @concat(%arg0: tensor<2x3xf32>, %arg1: tensor<2x4xf32>) {
  // expected-error@+1 {{'dnnf.concat' operands and attributes give 2x7xf32, but the result is 2x6xf32}}
  %0 = "dnnf.concat"(%arg0, %arg1) {axis = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<2x6xf32>
  return
}

// -----

func.func @split(%arg0: tensor<6xf32>) {
  // expected-error@+1 {{'dnnf.split' parts [2, 3] do not add up to the 6 elements of axis 0}}
  %0:2 = "dnnf.split"(%arg0) {axis = 0 : i64, resultSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<6xf32>) -> (tensor<2xf32>, tensor<3xf32>)
  return
}

// -----

func.func @split(%arg0: tensor<6x2xf32>) {
  // expected-error@+1 {{'dnnf.split' result 3x1xf32 differs from 6x2xf32 outside of axis 0}}
  %0:2 = "dnnf.split"(%arg0) {axis = 0 : i64, resultSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<6x2xf32>) -> (tensor<3x2xf32>, tensor<3x1xf32>)
  return
}

// -----

func.func @slice(%arg0: tensor<8xf32>) {
  // expected-error@+1 {{'dnnf.slice' takes 3 elements from 6 with step 1 of the 8 in dimension 0}}
  %0 = "dnnf.slice"(%arg0) {starts = array<i64: 6>, steps = array<i64: 1>} : (tensor<8xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @slice(%arg0: tensor<8xf32>) {
  // expected-error@+1 {{'dnnf.slice' starts needs length 1, got 2}}
  %0 = "dnnf.slice"(%arg0) {starts = array<i64: 0, 0>, steps = array<i64: 1>} : (tensor<8xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @slice(%arg0: tensor<8xf32>) {
  // expected-error@+1 {{'dnnf.slice' must keep its operand's element type and rank, got 8xf32 -> 2x4xf32}}
  %0 = "dnnf.slice"(%arg0) {starts = array<i64: 0>, steps = array<i64: 1>} : (tensor<8xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @pad(%arg0: tensor<3xf32>) {
  // expected-error@+1 {{'dnnf.pad' pads needs length 2, got 1}}
  %0 = "dnnf.pad"(%arg0) {mode = "constant", pads = array<i64: 1>, value = 0.000000e+00 : f64} : (tensor<3xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @pad(%arg0: tensor<3xf32>) {
  // expected-error@+1 {{'dnnf.pad' mode must be "constant", "edge", "reflect" or "wrap"}}
  %0 = "dnnf.pad"(%arg0) {mode = "zero", pads = array<i64: 1, 1>, value = 0.000000e+00 : f64} : (tensor<3xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @pad(%arg0: tensor<3xf32>) {
  // expected-error@+1 {{'dnnf.pad' pads (-2, -2) crop more than there is of 3xf32}}
  %0 = "dnnf.pad"(%arg0) {mode = "constant", pads = array<i64: -2, -2>, value = 0.000000e+00 : f64} : (tensor<3xf32>) -> tensor<0xf32>
  return
}
