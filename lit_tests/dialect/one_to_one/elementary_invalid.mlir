// RUN: %verify-diagnostics %s

func.func @exp(%arg0: tensor<3xf32>) {
  // expected-error@+1 {{'dnnf.exp' operands and attributes give 3xf32, but the result is 3xf64}}
  %0 = "dnnf.exp"(%arg0) : (tensor<3xf32>) -> tensor<3xf64>
  return
}
