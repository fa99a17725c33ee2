// RUN: %verify-diagnostics %s

func.func @expand(%arg0: tensor<2x3xf32>) {
  // expected-error@+1 {{'dnnf.expand' operand 2x3xf32 does not broadcast to shape (2, 4)}}
  %0 = "dnnf.expand"(%arg0) : (tensor<2x3xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @tile(%arg0: tensor<2x3xf32>) {
  // expected-error@+1 {{'dnnf.tile' repeats needs length 2, got 1}}
  %0 = "dnnf.tile"(%arg0) {repeats = array<i64: 2>} : (tensor<2x3xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @tile(%arg0: tensor<2x3xf32>) {
  // expected-error@+1 {{'dnnf.tile' operands and attributes give 4x3xf32, but the result is 2x6xf32}}
  %0 = "dnnf.tile"(%arg0) {repeats = array<i64: 2, 1>} : (tensor<2x3xf32>) -> tensor<2x6xf32>
  return
}
