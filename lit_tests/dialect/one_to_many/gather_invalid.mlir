// RUN: %verify-diagnostics %s

func.func @gather(%arg0: tensor<5x4xf32>, %arg1: tensor<2xf32>) {
  // expected-error@+1 {{'dnnf.gather' needs i32 or i64 indices, got 2xf32}}
  %0 = "dnnf.gather"(%arg0, %arg1) {axis = 0 : i64} : (tensor<5x4xf32>, tensor<2xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @gather(%arg0: tensor<5x4xf32>, %arg1: tensor<2xi64>) {
  // expected-error@+1 {{'dnnf.gather' axis -1 is none of the 2 dimensions of 5x4xf32}}
  %0 = "dnnf.gather"(%arg0, %arg1) {axis = -1 : i64} : (tensor<5x4xf32>, tensor<2xi64>) -> tensor<5x2xf32>
  return
}

// -----

func.func @gather(%arg0: tensor<5x4xf32>, %arg1: tensor<2xi64>) {
  // expected-error@+1 {{'dnnf.gather' operands and attributes give 5x2xf32, but the result is 2x4xf32}}
  %0 = "dnnf.gather"(%arg0, %arg1) {axis = 1 : i64} : (tensor<5x4xf32>, tensor<2xi64>) -> tensor<2x4xf32>
  return
}

// -----

func.func @gather_elements(%arg0: tensor<5x4xf32>, %arg1: tensor<2xi64>) {
  // expected-error@+1 {{'dnnf.gather_elements' operands must have one rank, got 5x4xf32 and 2xi64}}
  %0 = "dnnf.gather_elements"(%arg0, %arg1) {axis = 0 : i64} : (tensor<5x4xf32>, tensor<2xi64>) -> tensor<2xf32>
  return
}
