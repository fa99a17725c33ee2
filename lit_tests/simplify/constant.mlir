// RUN: dnnf-opt --dnnf-simplify-algebra=properties=constant %s | FileCheck %s

// X * C * D = X * (C * D)
// CHECK-LABEL: func.func @multiply_constants(
// CHECK: %1 = "dnnf.mul"(%arg0, %0) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @multiply_constants(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<[[0.135730222, 0.142104864, 0.650422632, 0.11490012, 0.545669377, 0.371595055], [1.314000e+00, 0.95708096, 0.713735223, 1.2754215, 0.633274436, 0.0513259806], [2.33503079, 0.228791669, 1.25591099, 0.74226737, 5.542590e-01, 0.326300144], [0.421630532, 1.05251336, 0.138534665, 1.37646341, 0.67519468, 0.361510068]]> : tensor<4x6xf32>} : () -> tensor<4x6xf32>
  %1 = "dnnf.mul"(%arg0, %0) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.constant"() {value = dense<[[0.913470208, 0.104012296, 0.753499269, 0.931725382, 0.467725813, 0.23019512], [1.01961815, 0.219175577, 1.692250e-01, 0.550845563, 0.224659115, 0.365372717], [0.663828611, 0.139613628, 0.793975472, 1.5034312, 1.2690655, 1.52392375], [1.35587537, 0.791311383, 0.274455637, 0.323922813, 1.46802068, 1.97025836]]> : tensor<4x6xf32>} : () -> tensor<4x6xf32>
  %3 = "dnnf.mul"(%1, %2) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %3 : tensor<4x6xf32>
}

// X + C + D = X + (C + D)
// CHECK-LABEL: func.func @add_constants(
// CHECK: %1 = "dnnf.add"(%arg0, %0) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @add_constants(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<[[0.135730222, 0.142104864, 0.650422632, 0.11490012, 0.545669377, 0.371595055], [1.314000e+00, 0.95708096, 0.713735223, 1.2754215, 0.633274436, 0.0513259806], [2.33503079, 0.228791669, 1.25591099, 0.74226737, 5.542590e-01, 0.326300144], [0.421630532, 1.05251336, 0.138534665, 1.37646341, 0.67519468, 0.361510068]]> : tensor<4x6xf32>} : () -> tensor<4x6xf32>
  %1 = "dnnf.add"(%arg0, %0) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.constant"() {value = dense<[[0.913470208, 0.104012296, 0.753499269, 0.931725382, 0.467725813, 0.23019512], [1.01961815, 0.219175577, 1.692250e-01, 0.550845563, 0.224659115, 0.365372717], [0.663828611, 0.139613628, 0.793975472, 1.5034312, 1.2690655, 1.52392375], [1.35587537, 0.791311383, 0.274455637, 0.323922813, 1.46802068, 1.97025836]]> : tensor<4x6xf32>} : () -> tensor<4x6xf32>
  %3 = "dnnf.add"(%1, %2) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %3 : tensor<4x6xf32>
}

// X / C = X * (1 / C)
// CHECK-LABEL: func.func @divide_by_constant(
// CHECK: %1 = "dnnf.mul"(%arg0, %0) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @divide_by_constant(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<[[0.135730222, 0.142104864, 0.650422632, 0.11490012, 0.545669377, 0.371595055], [1.314000e+00, 0.95708096, 0.713735223, 1.2754215, 0.633274436, 0.0513259806], [2.33503079, 0.228791669, 1.25591099, 0.74226737, 5.542590e-01, 0.326300144], [0.421630532, 1.05251336, 0.138534665, 1.37646341, 0.67519468, 0.361510068]]> : tensor<4x6xf32>} : () -> tensor<4x6xf32>
  %1 = "dnnf.div"(%arg0, %0) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// The quotient is one number.
// CHECK-LABEL: func.func @divide_one_number(
// CHECK: %1 = "dnnf.div"(%arg0, %0) : (tensor<f32>, tensor<f32>) -> tensor<f32>
// CHECK-NEXT: return
func.func @divide_one_number(%arg0: tensor<f32>) -> (tensor<f32>) {
  %0 = "dnnf.constant"() {value = dense<2.550000e+02> : tensor<f32>} : () -> tensor<f32>
  %1 = "dnnf.div"(%arg0, %0) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %1 : tensor<f32>
}

// X - C = X + (-C)
// CHECK-LABEL: func.func @subtract_constant(
// CHECK: %1 = "dnnf.add"(%arg0, %0) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @subtract_constant(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<[[0.135730222, 0.142104864, 0.650422632, 0.11490012, 0.545669377, 0.371595055], [1.314000e+00, 0.95708096, 0.713735223, 1.2754215, 0.633274436, 0.0513259806], [2.33503079, 0.228791669, 1.25591099, 0.74226737, 5.542590e-01, 0.326300144], [0.421630532, 1.05251336, 0.138534665, 1.37646341, 0.67519468, 0.361510068]]> : tensor<4x6xf32>} : () -> tensor<4x6xf32>
  %1 = "dnnf.sub"(%arg0, %0) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// (X * A + B) * C = X * (A * C) + (B * C)
// CHECK-LABEL: func.func @distribute_scalars(
// CHECK: %1 = "dnnf.mul"(%arg0, %0) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
// CHECK: %3 = "dnnf.add"(%1, %2) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @distribute_scalars(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<-0.132104859> : tensor<1xf32>} : () -> tensor<1xf32>
  %1 = "dnnf.mul"(%arg0, %0) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.constant"() {value = dense<0.640422642> : tensor<1xf32>} : () -> tensor<1xf32>
  %3 = "dnnf.add"(%1, %2) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
  %4 = "dnnf.constant"() {value = dense<-0.535669386> : tensor<f32>} : () -> tensor<f32>
  %5 = "dnnf.mul"(%3, %4) : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  return %5 : tensor<4x6xf32>
}

// max(X, C, D) = max(X, max(C, D))
// CHECK-LABEL: func.func @maximum_constants(
// CHECK: %1 = "dnnf.max"(%arg0, %0) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @maximum_constants(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<[[0.135730222, 0.142104864, 0.650422632, 0.11490012, 0.545669377, 0.371595055], [1.314000e+00, 0.95708096, 0.713735223, 1.2754215, 0.633274436, 0.0513259806], [2.33503079, 0.228791669, 1.25591099, 0.74226737, 5.542590e-01, 0.326300144], [0.421630532, 1.05251336, 0.138534665, 1.37646341, 0.67519468, 0.361510068]]> : tensor<4x6xf32>} : () -> tensor<4x6xf32>
  %1 = "dnnf.constant"() {value = dense<[[0.913470208, 0.104012296, 0.753499269, 0.931725382, 0.467725813, 0.23019512], [1.01961815, 0.219175577, 1.692250e-01, 0.550845563, 0.224659115, 0.365372717], [0.663828611, 0.139613628, 0.793975472, 1.5034312, 1.2690655, 1.52392375], [1.35587537, 0.791311383, 0.274455637, 0.323922813, 1.46802068, 1.97025836]]> : tensor<4x6xf32>} : () -> tensor<4x6xf32>
  %2 = "dnnf.max"(%arg0, %0, %1) {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// min(X, C, D) = min(X, min(C, D))
// CHECK-LABEL: func.func @minimum_constants(
// CHECK: %1 = "dnnf.min"(%arg0, %0) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @minimum_constants(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.constant"() {value = dense<[[0.135730222, 0.142104864, 0.650422632, 0.11490012, 0.545669377, 0.371595055], [1.314000e+00, 0.95708096, 0.713735223, 1.2754215, 0.633274436, 0.0513259806], [2.33503079, 0.228791669, 1.25591099, 0.74226737, 5.542590e-01, 0.326300144], [0.421630532, 1.05251336, 0.138534665, 1.37646341, 0.67519468, 0.361510068]]> : tensor<4x6xf32>} : () -> tensor<4x6xf32>
  %1 = "dnnf.constant"() {value = dense<[[0.913470208, 0.104012296, 0.753499269, 0.931725382, 0.467725813, 0.23019512], [1.01961815, 0.219175577, 1.692250e-01, 0.550845563, 0.224659115, 0.365372717], [0.663828611, 0.139613628, 0.793975472, 1.5034312, 1.2690655, 1.52392375], [1.35587537, 0.791311383, 0.274455637, 0.323922813, 1.46802068, 1.97025836]]> : tensor<4x6xf32>} : () -> tensor<4x6xf32>
  %2 = "dnnf.min"(%arg0, %0, %1) {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<4x6xf32>, tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// Clip(Clip(X, A, B), C, D) = Clip(X, max(A, C), min(B, D))
// CHECK-LABEL: func.func @clip_twice(
// CHECK: %0 = "dnnf.clip"(%arg0) {max = 0.027204746138262181 : f64, min = 0.020830103940353589 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @clip_twice(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.clip"(%arg0) {max = 0.027204746138262181 : f64, min = 0.000000e+00 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.clip"(%0) {max = 0.53552253329024235 : f64, min = 0.020830103940353589 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// Clip(Relu(X), A, B) = Clip(X, max(A, 0), B)
// CHECK-LABEL: func.func @clip_relu(
// CHECK: %0 = "dnnf.clip"(%arg0) {max = 0.13210486329130189 : f64, min = 0.10490011715303971 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @clip_relu(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.relu"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.clip"(%0) {max = 0.13210486329130189 : f64, min = 0.10490011715303971 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// Relu(Clip(X, A, B)) = Clip(X, max(A, 0), B)
// CHECK-LABEL: func.func @relu_of_clip(
// CHECK: %0 = "dnnf.clip"(%arg0) {max = 0.13210486329130189 : f64, min = 0.10490011715303971 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @relu_of_clip(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.clip"(%arg0) {max = 0.13210486329130189 : f64, min = 0.10490011715303971 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.relu"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// ReduceSum(X) / n = ReduceMean(X)
// CHECK-LABEL: func.func @mean_of_sum(
// CHECK: %0 = "dnnf.reduce_mean"(%arg0) {axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<4x6xf32>) -> tensor<f32>
// CHECK-NEXT: return
func.func @mean_of_sum(%arg0: tensor<4x6xf32>) -> (tensor<f32>) {
  %0 = "dnnf.reduce_sum"(%arg0) {axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<4x6xf32>) -> tensor<f32>
  %1 = "dnnf.constant"() {value = dense<0.0416666679> : tensor<f32>} : () -> tensor<f32>
  %2 = "dnnf.mul"(%0, %1) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %2 : tensor<f32>
}

// ReduceMean(X) * n = ReduceSum(X)
// CHECK-LABEL: func.func @sum_of_mean(
// CHECK: %0 = "dnnf.reduce_sum"(%arg0) {axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<4x6xf32>) -> tensor<f32>
// CHECK-NEXT: return
func.func @sum_of_mean(%arg0: tensor<4x6xf32>) -> (tensor<f32>) {
  %0 = "dnnf.reduce_mean"(%arg0) {axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<4x6xf32>) -> tensor<f32>
  %1 = "dnnf.constant"() {value = dense<2.400000e+01> : tensor<f32>} : () -> tensor<f32>
  %2 = "dnnf.mul"(%0, %1) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %2 : tensor<f32>
}
