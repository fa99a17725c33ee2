// RUN: dnnf-opt --dnnf-annotate-mapping --dnnf-fuse-regions=remarks=true %s 2>&1 | FileCheck %s
// RUN: dnnf-opt --dnnf-annotate-mapping --dnnf-fuse-regions=target=vulkan-android %s | FileCheck %s --check-prefix=GPU

// Products of one tensor are one kernel with several results on CPUs: X [W1 W2] = [X W1, X W2].

// CHECK: a | b: fused: siblings read
// CHECK-LABEL: func.func @products(
// CHECK: %[[F:[0-9]+]]:2 = "dnnf.fusion"
// CHECK-NOT: "dnnf.fusion"
// CHECK: return %[[F]]#0, %[[F]]#1
// GPU-LABEL: func.func @products(
// GPU: "dnnf.fusion"
// GPU: "dnnf.fusion"
// GPU: return
func.func @products(%x: tensor<4x8xf32>) -> (tensor<4x16xf32>, tensor<4x3xf32>) {
  %w1 = "dnnf.constant"() {value = dense<2.0> : tensor<8x16xf32>} : () -> tensor<8x16xf32>
  %w2 = "dnnf.constant"() {value = dense<2.0> : tensor<8x3xf32>} : () -> tensor<8x3xf32>
  %0 = "dnnf.matmul"(%x, %w1) : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32> loc("a")
  %1 = "dnnf.relu"(%0) : (tensor<4x16xf32>) -> tensor<4x16xf32>
  %2 = "dnnf.matmul"(%x, %w2) : (tensor<4x8xf32>, tensor<8x3xf32>) -> tensor<4x3xf32> loc("b")
  return %1, %2 : tensor<4x16xf32>, tensor<4x3xf32>
}

// The second sum needs the first product: two kernels.

// CHECK-LABEL: func.func @dependent(
// CHECK: "dnnf.fusion"
// CHECK: "dnnf.fusion"
// CHECK: return
func.func @dependent(%x: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %w1 = "dnnf.constant"() {value = dense<2.0> : tensor<8x8xf32>} : () -> tensor<8x8xf32>
  %w2 = "dnnf.constant"() {value = dense<3.0> : tensor<8x8xf32>} : () -> tensor<8x8xf32>
  %0 = "dnnf.matmul"(%x, %w1) : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  %1 = "dnnf.matmul"(%x, %w2) : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  %2 = "dnnf.add"(%1, %0) : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return %0, %2 : tensor<4x8xf32>, tensor<4x8xf32>
}
