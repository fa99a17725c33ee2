// RUN: %verify-diagnostics %s

func.func @and(%arg0: tensor<3xi32>, %arg1: tensor<3xi32>) {
  // expected-error@+1 {{'dnnf.and' needs boolean operands, got 3xi32}}
  %0 = "dnnf.and"(%arg0, %arg1) : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi32>
  return
}

// -----

func.func @not(%arg0: tensor<3xf32>) {
  // expected-error@+1 {{'dnnf.not' needs a boolean operand, got 3xf32}}
  %0 = "dnnf.not"(%arg0) : (tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @bitwise_or(%arg0: tensor<3xf32>, %arg1: tensor<3xf32>) {
  // expected-error@+1 {{'dnnf.bitwise_or' needs integer operands, got 3xf32}}
  %0 = "dnnf.bitwise_or"(%arg0, %arg1) : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @bitwise_not(%arg0: tensor<3xi1>) {
  // expected-error@+1 {{'dnnf.bitwise_not' needs an integer operand, got 3xi1}}
  %0 = "dnnf.bitwise_not"(%arg0) : (tensor<3xi1>) -> tensor<3xi1>
  return
}

// -----

func.func @bit_shift(%arg0: tensor<3xui8>, %arg1: tensor<3xui8>) {
  // expected-error@+1 {{'dnnf.bit_shift' direction must be "LEFT" or "RIGHT"}}
  %0 = "dnnf.bit_shift"(%arg0, %arg1) {direction = "UP"} : (tensor<3xui8>, tensor<3xui8>) -> tensor<3xui8>
  return
}
