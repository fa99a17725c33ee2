// RUN: %lower %s | FileCheck %s

// A reshape and a transposition between operators are an index map over the common refinement of the shapes.
// CHECK: #[[HEADS:.+]] = affine_map<(d0, d1, d2) -> (d1, d0, d2)>
// CHECK-LABEL: func.func @heads(
// CHECK:        tensor.expand_shape %{{.*}} {{.*}} : tensor<16x32xf32> into tensor<16x4x8xf32>
// CHECK-NEXT:   flow.dispatch.region
// CHECK:          linalg.generic {indexing_maps = [#[[HEADS]],
// CHECK:            math.tanh
// CHECK:            arith.negf
// CHECK-NOT:      linalg.generic
// CHECK:          flow.return
func.func @heads(%a: tensor<16x32xf32>) -> tensor<4x16x8xf32> {
  %0 = "dnnf.tanh"(%a) : (tensor<16x32xf32>) -> tensor<16x32xf32>
  %1 = "dnnf.reshape"(%0) : (tensor<16x32xf32>) -> tensor<16x4x8xf32>
  %2 = "dnnf.transpose"(%1) {perm = array<i64: 1, 0, 2>} : (tensor<16x4x8xf32>) -> tensor<4x16x8xf32>
  %3 = "dnnf.neg"(%2) : (tensor<4x16x8xf32>) -> tensor<4x16x8xf32>
  return %3 : tensor<4x16x8xf32>
}

// A slice moves to the operand, through the operators before it.
// CHECK-LABEL: func.func @slice(
// CHECK:        flow.dispatch.region
// CHECK:          tensor.extract_slice %{{.*}}[2, 3] [4, 5] [1, 2] : tensor<8x16xf32> to tensor<4x5xf32>
// CHECK:          linalg.generic
// CHECK:            math.tanh
func.func @slice(%a: tensor<8x16xf32>) -> tensor<4x5xf32> {
  %0 = "dnnf.tanh"(%a) : (tensor<8x16xf32>) -> tensor<8x16xf32>
  %1 = "dnnf.slice"(%0) {starts = array<i64: 2, 3>, steps = array<i64: 1, 2>} : (tensor<8x16xf32>) -> tensor<4x5xf32>
  return %1 : tensor<4x5xf32>
}

// A reshape alone is no dispatch.
// CHECK-LABEL: func.func @reshape(
// CHECK-NOT:    flow.dispatch.region
// CHECK:        return
func.func @reshape(%a: tensor<4x6xf32>) -> tensor<2x12xf32> {
  %0 = "dnnf.reshape"(%a) : (tensor<4x6xf32>) -> tensor<2x12xf32>
  return %0 : tensor<2x12xf32>
}

// Without a common refinement the operand becomes a tensor of its own.
// CHECK-LABEL: func.func @no_refinement(
// CHECK:        linalg.generic
// CHECK:          math.tanh
// CHECK:        linalg.generic
// CHECK:          arith.negf
func.func @no_refinement(%a: tensor<4x6xf32>) -> tensor<8x3xf32> {
  %0 = "dnnf.tanh"(%a) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.reshape"(%0) : (tensor<4x6xf32>) -> tensor<3x8xf32>
  %2 = "dnnf.transpose"(%1) {perm = array<i64: 1, 0>} : (tensor<3x8xf32>) -> tensor<8x3xf32>
  %3 = "dnnf.neg"(%2) : (tensor<8x3xf32>) -> tensor<8x3xf32>
  return %3 : tensor<8x3xf32>
}
