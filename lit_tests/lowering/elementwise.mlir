// RUN: %lower %s | FileCheck %s

// A chain is one operation without intermediate tensors; dimensions that all operands visit together are one.
// CHECK-LABEL: func.func @chain(
// CHECK:      flow.dispatch.region
// CHECK:        linalg.generic
// CHECK-SAME:     iterator_types = ["parallel"]
// CHECK:          arith.addf
// CHECK-NEXT:     math.tanh
// CHECK-NEXT:     linalg.yield
// CHECK-NOT:    linalg.generic
// CHECK:        flow.return
func.func @chain(%a: tensor<4x8xf32>, %b: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = "dnnf.add"(%a, %b) : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  %1 = "dnnf.tanh"(%0) : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return %1 : tensor<4x8xf32>
}

// A broadcast operand leaves out the dimensions that it does not have; a constant of one value is a scalar.
// CHECK-LABEL: func.func @broadcast(
// CHECK:        linalg.generic
// CHECK-SAME:     ins(%{{.*}}, %{{.*}} : tensor<4x8xf32>, tensor<8xf32>)
// CHECK:          %[[TWO:.+]] = arith.constant 2.000000e+00 : f32
// CHECK:          arith.mulf %{{.*}}, %[[TWO]] : f32
func.func @broadcast(%a: tensor<4x8xf32>, %b: tensor<8xf32>) -> tensor<4x8xf32> {
  %two = "dnnf.constant"() {value = dense<2.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %0 = "dnnf.add"(%a, %b) : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  %1 = "dnnf.mul"(%0, %two) : (tensor<4x8xf32>, tensor<1xf32>) -> tensor<4x8xf32>
  return %1 : tensor<4x8xf32>
}

// Two results of one iteration space come from one operation; the shared operator is computed once.
// CHECK-LABEL: func.func @results(
// CHECK:        linalg.generic
// CHECK-COUNT-1:  math.tanh
// CHECK-NOT:      math.tanh
// CHECK:          arith.negf
// CHECK:          linalg.yield %{{.*}}, %{{.*}} : f32, f32
func.func @results(%a: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %0 = "dnnf.tanh"(%a) : (tensor<8xf32>) -> tensor<8xf32>
  %1 = "dnnf.neg"(%0) : (tensor<8xf32>) -> tensor<8xf32>
  return %0, %1 : tensor<8xf32>, tensor<8xf32>
}

// Unsigned integers are signless inside, and compared as unsigned: bytes in 32 bits, as GPUs have no others.
// CHECK-LABEL: func.func @unsigned(
// CHECK-SAME:   tensor<8xui8>
// CHECK:        tensor.bitcast %{{.*}} : tensor<8xui8> -> tensor<8xi8>
// CHECK:        arith.cmpi ult, %{{.*}}, %{{.*}} : i32
func.func @unsigned(%a: tensor<8xui8>, %b: tensor<8xui8>) -> tensor<8xi1> {
  %0 = "dnnf.less"(%a, %b) : (tensor<8xui8>, tensor<8xui8>) -> tensor<8xi1>
  return %0 : tensor<8xi1>
}
