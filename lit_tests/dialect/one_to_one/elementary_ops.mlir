// RUN: dnnf-opt %s | dnnf-opt | FileCheck %s

// CHECK-LABEL: func.func @abs(
// CHECK: "dnnf.abs"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
func.func @abs(%arg0: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "dnnf.abs"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @neg(
// CHECK: "dnnf.neg"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
func.func @neg(%arg0: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "dnnf.neg"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @sign(
// CHECK: "dnnf.sign"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
func.func @sign(%arg0: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "dnnf.sign"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @reciprocal(
// CHECK: "dnnf.reciprocal"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
func.func @reciprocal(%arg0: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "dnnf.reciprocal"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @sqrt(
// CHECK: "dnnf.sqrt"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
func.func @sqrt(%arg0: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "dnnf.sqrt"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @exp(
// CHECK: "dnnf.exp"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
func.func @exp(%arg0: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "dnnf.exp"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @log(
// CHECK: "dnnf.log"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
func.func @log(%arg0: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "dnnf.log"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @floor(
// CHECK: "dnnf.floor"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
func.func @floor(%arg0: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "dnnf.floor"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @ceil(
// CHECK: "dnnf.ceil"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
func.func @ceil(%arg0: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "dnnf.ceil"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @round(
// CHECK: "dnnf.round"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
func.func @round(%arg0: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "dnnf.round"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @erf(
// CHECK: "dnnf.erf"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
func.func @erf(%arg0: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "dnnf.erf"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @sin(
// CHECK: "dnnf.sin"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
func.func @sin(%arg0: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "dnnf.sin"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @cos(
// CHECK: "dnnf.cos"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
func.func @cos(%arg0: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "dnnf.cos"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @tan(
// CHECK: "dnnf.tan"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
func.func @tan(%arg0: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "dnnf.tan"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @asin(
// CHECK: "dnnf.asin"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
func.func @asin(%arg0: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "dnnf.asin"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @acos(
// CHECK: "dnnf.acos"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
func.func @acos(%arg0: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "dnnf.acos"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @atan(
// CHECK: "dnnf.atan"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
func.func @atan(%arg0: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "dnnf.atan"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @sinh(
// CHECK: "dnnf.sinh"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
func.func @sinh(%arg0: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "dnnf.sinh"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @cosh(
// CHECK: "dnnf.cosh"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
func.func @cosh(%arg0: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "dnnf.cosh"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @tanh(
// CHECK: "dnnf.tanh"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
func.func @tanh(%arg0: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "dnnf.tanh"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @asinh(
// CHECK: "dnnf.asinh"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
func.func @asinh(%arg0: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "dnnf.asinh"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @acosh(
// CHECK: "dnnf.acosh"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
func.func @acosh(%arg0: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "dnnf.acosh"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @atanh(
// CHECK: "dnnf.atanh"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
func.func @atanh(%arg0: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "dnnf.atanh"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
