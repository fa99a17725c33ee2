// RUN: %verify-diagnostics %s

func.func @cum_sum(%arg0: tensor<3xf32>) {
  // expected-error@+1 {{'dnnf.cum_sum' axis 1 is none of the 1 dimensions of 3xf32}}
  %0 = "dnnf.cum_sum"(%arg0) {axis = 1 : i64, exclusive = 0 : i64, reverse = 0 : i64} : (tensor<3xf32>) -> tensor<3xf32>
  return
}
