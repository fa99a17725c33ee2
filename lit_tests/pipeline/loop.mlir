// The body of a loop is folded, rewritten, laid out, narrowed and fused like the function around it.

// RUN: dnnf-opt --dnnf-fold-constants --dnnf-simplify-algebra %s | FileCheck %s --check-prefix=REWRITTEN
// RUN: dnnf-opt --dnnf-assign-layouts %s | FileCheck %s --check-prefix=LAYOUT
// RUN: dnnf-opt --dnnf-half-precision %s | FileCheck %s --check-prefix=HALF
// RUN: dnnf-opt --dnnf-fold-constants --dnnf-simplify-algebra --dnnf-annotate-mapping --dnnf-fuse-regions %s | dnnf-opt | FileCheck %s --check-prefix=FUSED

// REWRITTEN: %[[Y:.*]]:2 = "dnnf.loop"(%arg0, %arg1, %arg2) ({
// REWRITTEN-NEXT: ^bb0(%[[I:.*]]: tensor<i64>, %[[C:.*]]: tensor<i1>, %[[S:.*]]: tensor<1x4x8x8xf32>):
// REWRITTEN-NOT: dnnf.sqrt
// REWRITTEN: %[[W:.*]] = "dnnf.constant"() {value = dense<5.000000e-01> : tensor<4x4x1x1xf32>}
// REWRITTEN: %[[CONV:.*]] = "dnnf.conv"(%[[S]], %[[W]])
// REWRITTEN-NEXT: %[[R:.*]] = "dnnf.relu"(%[[CONV]])
// REWRITTEN-NEXT: vector.yield %{{.*}}, %[[R]], %[[R]] : tensor<i1>

// LAYOUT: "dnnf.loop"
// LAYOUT: "dnnf.transpose"({{.*}}) {perm = array<i64: 0, 2, 3, 1>}
// LAYOUT: layout = "channels_last"
// LAYOUT: vector.yield

// HALF: func.func @main({{.*}}%arg2: tensor<1x4x8x8xf16>) -> (tensor<1x4x8x8xf16>, tensor<?x1x4x8x8xf16, ["count_0", "", "", "", ""]>)
// HALF: ^bb0(%{{.*}}: tensor<i64>, %{{.*}}: tensor<i1>, %{{.*}}: tensor<1x4x8x8xf16>):
// HALF-NOT: f32
// HALF: vector.yield

// FUSED: "dnnf.fusion"() ({
// FUSED-NEXT: "dnnf.loop"(
// FUSED: "dnnf.fusion"() ({
// FUSED: "dnnf.conv"
// FUSED-NEXT: "dnnf.relu"
// FUSED: {anchor = "dnnf.conv"
// FUSED: vector.yield
// FUSED: {dnnf.mapping = #dnnf.mapping<"many_to_many">, {{.*}}states = 1 : i64}
func.func @main(%limit: tensor<i64>, %start: tensor<i1>, %x: tensor<1x4x8x8xf32>)
    -> (tensor<1x4x8x8xf32>, tensor<?x1x4x8x8xf32, ["count_0", "", "", "", ""]>) {
  %0:2 = "dnnf.loop"(%limit, %start, %x) ({
  ^bb0(%i: tensor<i64>, %c: tensor<i1>, %s: tensor<1x4x8x8xf32>):
    %quarter = "dnnf.constant"() {value = dense<0.25> : tensor<4x4x1x1xf32>} : () -> tensor<4x4x1x1xf32>
    %w = "dnnf.sqrt"(%quarter) : (tensor<4x4x1x1xf32>) -> tensor<4x4x1x1xf32>
    %again = "dnnf.identity"(%c) : (tensor<i1>) -> tensor<i1>
    %p = "dnnf.conv"(%s, %w) {dilations = array<i64: 1, 1>, group = 1 : i64, layout = "channels_first", pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>, operandSegmentSizes = array<i32: 1, 1, 0>} : (tensor<1x4x8x8xf32>, tensor<4x4x1x1xf32>) -> tensor<1x4x8x8xf32>
    %r = "dnnf.relu"(%p) : (tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>
    %r2 = "dnnf.relu"(%r) : (tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>
    vector.yield %again, %r2, %r2 : tensor<i1>, tensor<1x4x8x8xf32>, tensor<1x4x8x8xf32>
  }) {states = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>}
    : (tensor<i64>, tensor<i1>, tensor<1x4x8x8xf32>) -> (tensor<1x4x8x8xf32>, tensor<?x1x4x8x8xf32, ["count_0", "", "", "", ""]>)
  return %0#0, %0#1 : tensor<1x4x8x8xf32>, tensor<?x1x4x8x8xf32, ["count_0", "", "", "", ""]>
}
