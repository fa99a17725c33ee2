"""Small models of several operators, as exporters and quantisers write them, to be spoiled as ONNX's node tests are."""

from collections.abc import Iterator

import numpy as np
import onnx
from onnx import ModelProto, numpy_helper, parser

_TEXTS = (
    """conv (float[1,3,8,8] x, float[4,3,3,3] w, float[4] w1, float[4] w2, float[4] w3, float[4] w4)
      => (float[1,4,8,8] y) {
      c = Conv <pads = [1, 1, 1, 1]> (x, w) b = BatchNormalization(c, w1, w2, w3, w4) r = Relu(b) y = Add(r, c) }""",
    """pooled (float[2,3,9,7] x, float[6,3,3,3] w, float[6,5] w1) => (float[2,5] y) {
      c = Conv <strides = [2, 2]> (x, w) r = HardSwish(c) p = GlobalAveragePool(r) f = Flatten(p) m = MatMul(f, w1)
      y = Softmax(m) }""",
    """attention (float[2,6,8] x, float[8,8] w, float[8,8] w1, float[8,8] w2) => (float[2,6,8] y) {
      q = MatMul(x, w) k = MatMul(x, w1) v = MatMul(x, w2) t = Transpose <perm = [0, 2, 1]> (k) s = MatMul(q, t)
      a = Softmax(s) m = MatMul(a, v) y = Add(m, x) }""",
    """norm (float[3,5,8] x, float[8] w, float[8] w1) => (float[3,5,8] y) {
      n = LayerNormalization(x, w, w1) g = Gelu(n) m = Mul(g, x) y = Sub(m, n) }""",
    """lstm (float[5,2,3] x, float[1,16,3] w, float[1,16,4] w1, float[1,32] w2) => (float[5,1,2,4] y, float[1,2,4] h) {
      y, h = LSTM <hidden_size = 4> (x, w, w1, w2) }""",
    """gru (float[6,2,3] x, float[2,12,3] w, float[2,12,4] w1) => (float[6,2,2,4] y) {
      y, h = GRU <hidden_size = 4, direction = "bidirectional", linear_before_reset = 1> (x, w, w1) }""",
    """branch (float[4,3] x, bool c) => (float[4,3] y) {
      y = If (c) <
        then_branch = t () => (float[4,3] a) { a = Relu(x) }, else_branch = e () => (float[4,3] b) { b = Neg(x) }
      > }""",
    """turns (float[4] x, int64 n, bool c) => (float[4] y) {
      y = Loop (n, c, x) <body = b (int64 i, bool going, float[4] s) => (bool on, float[4] next) {
        on = Identity(going) next = Add(s, x) }> }""",
    """rounded (float[2,8] x, float[8,6] w) => (float[2,6] y) {
      s = Constant <value = float {0.05}> () z = Constant <value = int8 {3}> () q = QuantizeLinear(x, s, z)
      d = DequantizeLinear(q, s, z) m = MatMul(d, w) r = Relu(m) q2 = QuantizeLinear(r, s, z)
      y = DequantizeLinear(q2, s, z) }""",
    """dynamic (float[3,8] x, int8[8,6] w) => (float[3,6] y) {
      q, s, z = DynamicQuantizeLinear(x) i = MatMulInteger(q, w, z) f = Cast <to = 1> (i) y = Mul(f, s) }""",
    """shapes (float[2,3,4] x) => (float[6,4] y, float[2,12] z) {
      s = Shape(x) two = Constant <value_ints = [-1, 4]> () y = Reshape(x, two) first = Gather <axis = 0> (s, zero)
      rest = Constant <value_ints = [-1]> () target = Concat <axis = 0> (first, rest) z = Reshape(x, target) }""",
    """chosen (float[7,4] x) => (float[3] y, int64[3] i) {
      s = ReduceSum <keepdims = 0> (x, last) k = Constant <value_ints = [3]> () y, i = TopK(s, k) }""",
    """enlarged (float[1,2,4,5] x) => (float[1,2,8,10] y) {
      scales = Constant <value_floats = [1.0, 1.0, 2.0, 2.0]> () y = Resize <mode = "linear"> (x, , scales) }""",
    """selected (float[8] x, float[8] t) => (float[n] y) {
      c = Greater(x, t) at = NonZero(c) positions = Transpose(at) y = GatherND(x, positions) }""",
    """contributed (float[2,4,8] x, float[8] w, float[8] w1) => (float[2,4,8] y) {
      g = com.microsoft.BiasGelu(x, w) s = com.microsoft.QuickGelu <alpha = 1.5> (g) y = Add(s, w1) }""",
    """fused (float[1,3,6,6] x, float[4,3,3,3] w, float[4] w1) => (float[1,4,4,4] y) {
      y = com.microsoft.FusedConv <activation = "Relu"> (x, w, w1) }""",
)


def several_operators() -> Iterator[ModelProto]:
    """The models; inputs that begin with ``w`` are weights."""
    for text in _TEXTS:
        model = parser.parse_model(f'<ir_version: 8, opset_import: ["" : 20, "com.microsoft" : 1]> {text}')
        generator = np.random.default_rng(0)
        for value in [value for value in model.graph.input if value.name.startswith("w")]:
            tensor = value.type.tensor_type
            shape = [dim.dim_value for dim in tensor.shape.dim]
            dtype = onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type)
            array = np.abs(generator.standard_normal(shape)) * (40 if dtype == np.int8 else 1)
            model.graph.initializer.append(numpy_helper.from_array(array.astype(dtype), value.name))
            model.graph.input.remove(value)
        for name, numbers in {"zero": [0], "last": [-1]}.items():
            if any(name in node.input for node in model.graph.node):
                model.graph.initializer.append(numpy_helper.from_array(np.array(numbers), name))
        yield model
