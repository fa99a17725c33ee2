// RUN: dnnf-opt --dnnf-annotate-mapping --dnnf-fuse-regions %s | FileCheck %s
// RUN: dnnf-opt --dnnf-annotate-mapping --dnnf-fuse-regions=single=true %s | FileCheck %s --check-prefix=SINGLE
// RUN: dnnf-opt --dnnf-annotate-mapping --dnnf-fuse-regions=remarks=true %s -o %t 2>&1 | FileCheck %s --check-prefix=REMARK

// CHECK-LABEL: func.func @main(
// CHECK: %[[F:[0-9]+]] = "dnnf.fusion"() ({
// CHECK: %[[P:[0-9]+]] = "dnnf.matmul"(%arg0, %arg1)
// CHECK: %[[B:[0-9]+]] = "dnnf.add"(%[[P]], %{{[a-z0-9_]+}})
// CHECK: %[[R:[0-9]+]] = "dnnf.relu"(%[[B]])
// CHECK: vector.yield %[[R]] :
// CHECK: {anchor = "dnnf.matmul", dnnf.mapping = #dnnf.mapping<"many_to_many">
// CHECK: "dnnf.fusion"() ({
// CHECK: "dnnf.softmax"(%[[F]])

// SINGLE-COUNT-4: "dnnf.fusion"
// SINGLE-NOT: "dnnf.fusion"

// REMARK-DAG: product -> bias{{.*}}: fused:
// REMARK-DAG: bias -> act{{.*}}: fused:
// REMARK-DAG: act -> prob{{.*}}: separate:
func.func @main(%x: tensor<8x16xf32>, %w: tensor<16x32xf32>) -> tensor<8x32xf32> {
  %c = "dnnf.constant"() {value = dense<2.0> : tensor<32xf32>} : () -> tensor<32xf32>
  %0 = "dnnf.matmul"(%x, %w) : (tensor<8x16xf32>, tensor<16x32xf32>) -> tensor<8x32xf32> loc("product")
  %1 = "dnnf.add"(%0, %c) : (tensor<8x32xf32>, tensor<32xf32>) -> tensor<8x32xf32> loc("bias")
  %2 = "dnnf.relu"(%1) : (tensor<8x32xf32>) -> tensor<8x32xf32> loc("act")
  %3 = "dnnf.softmax"(%2) {axis = 1 : i64} : (tensor<8x32xf32>) -> tensor<8x32xf32> loc("prob")
  return %3 : tensor<8x32xf32>
}
