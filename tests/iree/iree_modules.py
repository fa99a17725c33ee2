"""Small hand-written modules for IREE, and what they compute."""

import numpy as np

# A matrix product with ReLU in one dispatch.
MATMUL_RELU = """
func.func @main(%x: tensor<32x64xf32> {iree.abi.name = "x"}, %w: tensor<64x48xf32> {iree.abi.name = "w"})
    -> (tensor<32x48xf32> {iree.abi.name = "y"}) {
  %y = flow.dispatch.region -> (tensor<32x48xf32>) {
    %zero = arith.constant 0.0 : f32
    %empty = tensor.empty() : tensor<32x48xf32>
    %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<32x48xf32>) -> tensor<32x48xf32>
    %product = linalg.matmul ins(%x, %w : tensor<32x64xf32>, tensor<64x48xf32>)
        outs(%init : tensor<32x48xf32>) -> tensor<32x48xf32>
    %relu = linalg.generic {
        indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
        iterator_types = ["parallel", "parallel"]}
        ins(%product : tensor<32x48xf32>) outs(%empty : tensor<32x48xf32>) {
    ^bb0(%a: f32, %unused: f32):
      %positive = arith.maximumf %a, %zero : f32
      linalg.yield %positive : f32
    } -> tensor<32x48xf32>
    flow.return %relu : tensor<32x48xf32>
  } loc("block_0")
  return %y : tensor<32x48xf32>
} loc("model")
"""

# ReLU, padding and convolution in one dispatch: IREE's CPU back end rejects it (large vectors).
RELU_PAD_CONV = """
func.func @main(%x: tensor<1x56x56x64xf32>, %w: tensor<3x3x64x64xf32>) -> tensor<1x56x56x64xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<1x56x56x64xf32>
  %good = flow.dispatch.region -> (tensor<1x56x56x64xf32>) {
    %r = linalg.generic {
        indexing_maps = [affine_map<(a, b, c, d) -> (a, b, c, d)>, affine_map<(a, b, c, d) -> (a, b, c, d)>],
        iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
        ins(%x : tensor<1x56x56x64xf32>) outs(%empty : tensor<1x56x56x64xf32>) {
    ^bb0(%a: f32, %unused: f32):
      %t = math.tanh %a : f32
      linalg.yield %t : f32
    } -> tensor<1x56x56x64xf32>
    flow.return %r : tensor<1x56x56x64xf32>
  } loc("block_1")
  %bad = flow.dispatch.region -> (tensor<1x56x56x64xf32>) {
    %r = linalg.generic {
        indexing_maps = [affine_map<(a, b, c, d) -> (a, b, c, d)>, affine_map<(a, b, c, d) -> (a, b, c, d)>],
        iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
        ins(%good : tensor<1x56x56x64xf32>) outs(%empty : tensor<1x56x56x64xf32>) {
    ^bb0(%a: f32, %unused: f32):
      %t = arith.maximumf %a, %zero : f32
      linalg.yield %t : f32
    } -> tensor<1x56x56x64xf32>
    %padded = tensor.pad %r low[0, 1, 1, 0] high[0, 1, 1, 0] {
    ^bb0(%i: index, %j: index, %k: index, %l: index):
      tensor.yield %zero : f32
    } : tensor<1x56x56x64xf32> to tensor<1x58x58x64xf32>
    %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32>
    %c = linalg.conv_2d_nhwc_hwcf ins(%padded, %w : tensor<1x58x58x64xf32>, tensor<3x3x64x64xf32>)
        outs(%init : tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32>
    flow.return %c : tensor<1x56x56x64xf32>
  } loc("block_7")
  return %bad : tensor<1x56x56x64xf32>
} loc("model")
"""


def matmul_relu_case() -> tuple[list[np.ndarray], np.ndarray]:
    """Inputs of MATMUL_RELU and its result in double precision."""
    generator = np.random.default_rng(0)
    x = generator.standard_normal((32, 64)).astype(np.float32)
    w = generator.standard_normal((64, 48)).astype(np.float32)
    return [x, w], np.maximum(x.astype(np.float64) @ w.astype(np.float64), 0)
