// RUN: %verify-diagnostics %s

func.func @reshape(%arg0: tensor<2x3xf32>) {
  // expected-error@+1 {{'dnnf.reshape' must keep the elements and their type, got 2x3xf32 -> 7xf32}}
  %0 = "dnnf.reshape"(%arg0) : (tensor<2x3xf32>) -> tensor<7xf32>
  return
}

// -----

func.func @flatten(%arg0: tensor<2x3xf32>) {
  // expected-error@+1 {{'dnnf.flatten' must keep the elements and their type, got 2x3xf32 -> 6xf16}}
  %0 = "dnnf.flatten"(%arg0) : (tensor<2x3xf32>) -> tensor<6xf16>
  return
}
