// RUN: dnnf-opt %s | dnnf-opt | FileCheck %s

// CHECK-LABEL: func.func @relu(
// CHECK: "dnnf.relu"(%arg0) : (tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @relu(%arg0: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = "dnnf.relu"(%arg0) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @sigmoid(
// CHECK: "dnnf.sigmoid"(%arg0) : (tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @sigmoid(%arg0: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = "dnnf.sigmoid"(%arg0) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @hard_swish(
// CHECK: "dnnf.hard_swish"(%arg0) : (tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @hard_swish(%arg0: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = "dnnf.hard_swish"(%arg0) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @mish(
// CHECK: "dnnf.mish"(%arg0) : (tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @mish(%arg0: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = "dnnf.mish"(%arg0) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @softplus(
// CHECK: "dnnf.softplus"(%arg0) : (tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @softplus(%arg0: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = "dnnf.softplus"(%arg0) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @softsign(
// CHECK: "dnnf.softsign"(%arg0) : (tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @softsign(%arg0: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = "dnnf.softsign"(%arg0) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @leaky_relu(
// CHECK: "dnnf.leaky_relu"(%arg0) {alpha = 1.250000e-01 : f64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @leaky_relu(%arg0: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = "dnnf.leaky_relu"(%arg0) {alpha = 1.250000e-01 : f64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @thresholded_relu(
// CHECK: "dnnf.thresholded_relu"(%arg0) {alpha = 1.500000e+00 : f64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @thresholded_relu(%arg0: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = "dnnf.thresholded_relu"(%arg0) {alpha = 1.500000e+00 : f64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @prelu(
// CHECK: "dnnf.prelu"(%arg0, %arg1) : (tensor<1x4x5xf32>, tensor<4x1xf32>) -> tensor<1x4x5xf32>
func.func @prelu(%arg0: tensor<1x4x5xf32>, %arg1: tensor<4x1xf32>) -> tensor<1x4x5xf32> {
  %0 = "dnnf.prelu"(%arg0, %arg1) : (tensor<1x4x5xf32>, tensor<4x1xf32>) -> tensor<1x4x5xf32>
  return %0 : tensor<1x4x5xf32>
}

// CHECK-LABEL: func.func @elu(
// CHECK: "dnnf.elu"(%arg0) {alpha = 1.000000e+00 : f64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @elu(%arg0: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = "dnnf.elu"(%arg0) {alpha = 1.000000e+00 : f64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @celu(
// CHECK: "dnnf.celu"(%arg0) {alpha = 2.000000e+00 : f64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @celu(%arg0: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = "dnnf.celu"(%arg0) {alpha = 2.000000e+00 : f64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @selu(
// CHECK: "dnnf.selu"(%arg0) {alpha = 1.500000e+00 : f64, gamma = 1.000000e+00 : f64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @selu(%arg0: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = "dnnf.selu"(%arg0) {alpha = 1.500000e+00 : f64, gamma = 1.000000e+00 : f64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @hard_sigmoid(
// CHECK: "dnnf.hard_sigmoid"(%arg0) {alpha = 2.500000e-01 : f64, beta = 5.000000e-01 : f64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @hard_sigmoid(%arg0: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = "dnnf.hard_sigmoid"(%arg0) {alpha = 2.500000e-01 : f64, beta = 5.000000e-01 : f64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @swish(
// CHECK: "dnnf.swish"(%arg0) {alpha = 1.000000e+00 : f64} : (tensor<2x3xf16>) -> tensor<2x3xf16>
func.func @swish(%arg0: tensor<2x3xf16>) -> tensor<2x3xf16> {
  %0 = "dnnf.swish"(%arg0) {alpha = 1.000000e+00 : f64} : (tensor<2x3xf16>) -> tensor<2x3xf16>
  return %0 : tensor<2x3xf16>
}

// CHECK-LABEL: func.func @gelu(
// CHECK: "dnnf.gelu"(%arg0) {approximate = "tanh"} : (tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @gelu(%arg0: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = "dnnf.gelu"(%arg0) {approximate = "tanh"} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @swiglu(
// CHECK: "dnnf.swiglu"(%arg0, %arg1) {alpha = 1.000000e+00 : f64} : (tensor<2x3xf16>, tensor<2x3xf16>) -> tensor<2x3xf16>
func.func @swiglu(%arg0: tensor<2x3xf16>, %arg1: tensor<2x3xf16>) -> tensor<2x3xf16> {
  %0 = "dnnf.swiglu"(%arg0, %arg1) {alpha = 1.000000e+00 : f64} : (tensor<2x3xf16>, tensor<2x3xf16>) -> tensor<2x3xf16>
  return %0 : tensor<2x3xf16>
}
