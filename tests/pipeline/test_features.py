"""Small models of every kind of network, compiled for this machine: the outputs are ONNX Runtime's."""

import pytest
from small_models import compiled_and_checked, parse

CONVOLUTIONAL = {
    "residual": """
g (float[1,8,10,12] x, float[8,8,3,3] w1, float[8] w2, float[8,8,1,1] w3) => (float[1,8,10,12] y) {
  a = Conv<pads = [1, 1, 1, 1]>(x, w1, w2)
  b = Relu(a)
  c = Conv(b, w3)
  d = Add(c, x)
  y = Relu(d)
}""",
    "strided with batch normalization": """
g (float[2,3,15,14] x, float[8,3,5,3] w1, float[8] w2, float[8] w3, float[8] w4) => (float[2,8,7,7] y)
<float[8] variance = {1.0, 0.5, 2.0, 1.5, 0.25, 3.0, 1.0, 0.75}> {
  a = Conv<pads = [1, 1, 1, 1], strides = [2, 2]>(x, w1)
  b = BatchNormalization(a, w2, w3, w4, variance)
  y = LeakyRelu<alpha = 0.1>(b)
}""",
    "depthwise and grouped": """
g (float[1,8,9,9] x, float[8,1,3,3] w1, float[8] w2, float[12,4,3,3] w3) => (float[1,12,5,5] y)
<float low = {0}, float high = {6}> {
  a = Conv<group = 8, pads = [1, 1, 1, 1]>(x, w1, w2)
  b = Clip(a, low, high)
  y = Conv<group = 2, pads = [1, 1, 1, 1], strides = [2, 2]>(b, w3)
}""",
    "squeeze and excitation": """
g (float[1,16,7,7] x, float[4,16,1,1] w1, float[4] w2, float[16,4,1,1] w3, float[16] w4) => (float[1,16,7,7] y) {
  a = GlobalAveragePool(x)
  b = Conv(a, w1, w2)
  s = Sigmoid(b)
  c = Mul(b, s)
  d = Conv(c, w3, w4)
  e = Sigmoid(d)
  y = Mul(x, e)
}""",
    "concat, slice and resize": """
g (float[1,4,6,6] x, float[4,8,3,3] w1) => (float[1,4,12,12] y, float[1,2,12,12] z)
<float[4] scales = {1, 1, 2, 2}, int64[1] one = {1}, int64[1] three = {3}, int64[1] axis = {1}> {
  a = Resize<mode = "nearest", coordinate_transformation_mode = "asymmetric", nearest_mode = "floor">(x, , scales)
  b = Resize<mode = "linear", coordinate_transformation_mode = "half_pixel">(x, , scales)
  c = Concat<axis = 1>(a, b)
  y = Conv<pads = [1, 1, 1, 1]>(c, w1)
  z = Slice(y, one, three, axis)
}""",
    "pools": """
g (float[1,4,11,11] x, float[8,4,3,3] w1) => (float[1,8,5,5] y, float[1,8,5,5] z, float[1,8] v) {
  a = Conv<pads = [1, 1, 1, 1]>(x, w1)
  y = MaxPool<kernel_shape = [3, 3], strides = [2, 2]>(a)
  z = AveragePool<kernel_shape = [3, 3], strides = [2, 2]>(a)
  p = GlobalMaxPool(a)
  v = Flatten(p)
}""",
    "average pool that leaves the border out": """
g (float[1,4,7,7] x) => (float[1,4,7,7] y, float[1,4,4,4] z) {
  y = AveragePool<kernel_shape = [3, 3], pads = [1, 1, 1, 1]>(x)
  z = AveragePool<kernel_shape = [2, 2], strides = [2, 2], ceil_mode = 1>(x)
}""",
    "classifier": """
g (float[2,3,8,8] x, float[6,3,3,3] w1, float[10,96] w2, float[10] w3) => (float[2,10] y) {
  a = Conv<pads = [1, 1, 1, 1], strides = [2, 2]>(x, w1)
  b = Relu(a)
  c = Flatten(b)
  d = Gemm<transB = 1>(c, w2, w3)
  y = Softmax(d)
}""",
    "one dimension": """
g (float[1,4,20] x, float[8,4,5] w1, float[8] w2, float[8,1,3] w3) => (float[1,8,9] y) {
  a = Conv<pads = [2, 2]>(x, w1, w2)
  b = Relu(a)
  c = Conv<group = 8>(b, w3)
  y = MaxPool<kernel_shape = [2], strides = [2]>(c)
}""",
    "three dimensions": """
g (float[1,3,4,6,6] x, float[4,3,3,3,3] w1, float[4] w2) => (float[1,4,2,3,3] y) {
  a = Conv<pads = [1, 1, 1, 1, 1, 1]>(x, w1, w2)
  b = Relu(a)
  y = MaxPool<kernel_shape = [2, 2, 2], strides = [2, 2, 2]>(b)
}""",
    "transposed convolution": """
g (float[1,4,5,5] x, float[4,6,2,2] w1, float[6] w2) => (float[1,6,10,10] y) {
  a = ConvTranspose<strides = [2, 2]>(x, w1, w2)
  y = Relu(a)
}""",
    "dilated, padded alone": """
g (float[1,3,9,9] x, float[4,3,3,3] w1) => (float[1,4,9,9] y)
<int64[8] widths = {0, 0, 2, 2, 0, 0, 2, 2}> {
  a = Pad(x, widths)
  b = Conv<dilations = [2, 2]>(a, w1)
  y = Tanh(b)
}""",
    "mish, hard swish, softplus": """
g (float[1,4,5,5] x, float[4,4,1,1] w1) => (float[1,4,5,5] y, float[1,4,5,5] z) {
  a = Conv(x, w1)
  b = Softplus(a)
  c = Tanh(b)
  y = Mul(a, c)
  z = HardSwish(a)
}""",
    "detection heads": """
g (float[1,8,4,4] x, float[12,8,3,3] w1, float[6,8,3,3] w2) => (float[1,64,3] y, float[1,32,3] z)
<int64[3] classes = {0, -1, 3}> {
  a = Conv<pads = [1, 1, 1, 1]>(x, w1)
  b = Transpose<perm = [0, 2, 3, 1]>(a)
  y = Reshape(b, classes)
  c = Conv<pads = [1, 1, 1, 1]>(x, w2)
  d = Transpose<perm = [0, 2, 3, 1]>(c)
  e = Reshape(d, classes)
  z = Sigmoid(e)
}""",
    "shuffled channels": """
g (float[1,8,4,4] x, float[8,8,1,1] w1) => (float[1,8,4,4] y, float[1,2,8,8] z)
<int64[5] groups = {1, 2, 4, 4, 4}, int64[4] whole = {1, 8, 4, 4}> {
  a = Conv(x, w1)
  b = Reshape(a, groups)
  c = Transpose<perm = [0, 2, 1, 3, 4]>(b)
  y = Reshape(c, whole)
  z = DepthToSpace<blocksize = 2>(a)
}""",
}

LANGUAGE = {
    "attention": """
g (float[2,6,16] x, bool[2,1,1,6] mask, float[16,48] w1, float[48] w2, float[16,16] w3) => (float[2,6,16] y)
<int64[5] split = {2, 6, 3, 4, 4}, int64[3] join = {2, 6, 16}, int64 q0 = {0}, int64 k0 = {1}, int64 v0 = {2},
 float root = {2}, float hidden = {-10000}> {
  a = MatMul(x, w1)
  b = Add(a, w2)
  c = Reshape(b, split)
  d = Transpose<perm = [2, 0, 3, 1, 4]>(c)
  q = Gather<axis = 0>(d, q0)
  k = Gather<axis = 0>(d, k0)
  v = Gather<axis = 0>(d, v0)
  kt = Transpose<perm = [0, 1, 3, 2]>(k)
  s = MatMul(q, kt)
  t = Div(s, root)
  m = Where(mask, t, hidden)
  p = Softmax<axis = -1>(m)
  o = MatMul(p, v)
  r = Transpose<perm = [0, 2, 1, 3]>(o)
  u = Reshape(r, join)
  z = MatMul(u, w3)
  y = Add(z, x)
}""",
    "layer normalization in parts": """
g (float[2,5,16] x, float[16] w1, float[16] w2) => (float[2,5,16] y)
<float two = {2}, float epsilon = {0.00001}> {
  m = ReduceMean<axes = [-1]>(x)
  d = Sub(x, m)
  s = Pow(d, two)
  v = ReduceMean<axes = [-1]>(s)
  e = Add(v, epsilon)
  r = Sqrt(e)
  n = Div(d, r)
  t = Mul(n, w1)
  y = Add(t, w2)
}""",
    "layer normalization and GELU": """
g (float[2,5,16] x, float[16] w1, float[16] w2, float[16,32] w3) => (float[2,5,32] y)
<float half = {0.5}, float one = {1}, float root = {1.41421356}> {
  n = LayerNormalization(x, w1, w2)
  a = MatMul(n, w3)
  b = Div(a, root)
  c = Erf(b)
  d = Add(c, one)
  e = Mul(a, d)
  y = Mul(e, half)
}""",
    "embedding": """
g (int64[2,6] ids, int64[2,6] kinds, float[10,8] w_words, float[4,8] w_kinds, float[8] w1) => (float[2,6,8] y) {
  a = Gather(w_words, ids)
  b = Gather(w_kinds, kinds)
  c = Add(a, b)
  y = Add(c, w1)
}""",
    "integers and booleans": """
g (int64[3,4] x, int32[3,4] i, bool[3,4] b) => (int64[3,4] y, bool[3,4] z, int32[3,4] v, float[3,4] f)
<int64 two = {2}, int32 one = {1}> {
  y = Mul(x, two)
  c = Less(x, two)
  z = And(b, c)
  v = Sub(i, one)
  f = Cast<to = 1>(z)
}""",
    "several outputs of one operator": """
g (float[2,9] x) => (float[2,3] a, float[2,2] b, float[2,4] c, float[2,2] values, int64[2,2] places)
<int64[3] sizes = {3, 2, 4}, int64[1] k = {2}> {
  a, b0, c = Split<axis = 1>(x, sizes)
  b = Neg(b0)
  values, places = TopK(x, k)
}""",
}

# The same operators as they were written over the years: (opset, model).
SPELLINGS = {
    "axes as attributes": (
        11,
        """
g (float[2,6,4] x) => (float[2,1,6,4] y, float[2,4] s, float[2,6,4] p, float[2,3,4] a, float[2,3,4] b)
<float high = {0.5}, float[2] unused = {0, 1}> {
  u = Unsqueeze<axes = [1]>(x)
  y = Softmax<axis = 3>(u)
  s = ReduceSum<axes = [1], keepdims = 0>(x)
  p = Clip(x, , high)
  a, b = Split<axis = 1, split = [3, 3]>(x)
}""",
    ),
    "softmax over all that follows": (11, "g (float[2,3,4] x) => (float[2,3,4] y) { y = Softmax<axis = 1>(x) }"),
    "axes as inputs": (
        13,
        """
g (float[2,6,4] x) => (float[2,1,6,4] y, float[2,4] s, float[2,4] m)
<int64[1] axis = {1}> {
  u = Unsqueeze(x, axis)
  y = Softmax<axis = 1>(u)
  s = ReduceSum<keepdims = 0>(x, axis)
  m = ReduceMean<axes = [1], keepdims = 0>(x)
}""",
    ),
    "today": (
        20,
        """
g (float[2,6,4] x, float[2,3,4,4] image) => (float[2,6,4] y, float[2,4] m, float[2,3,8,8] r, float[2,3,4] a)
<int64[1] axis = {1}, int64[2] size = {8, 8}> {
  y = Gelu(x)
  m = ReduceMean<keepdims = 0>(x, axis)
  r = Resize<axes = [2, 3], mode = "linear">(image, , , size)
  a, b = Split<axis = 1, num_outputs = 2>(x)
}""",
    ),
}


@pytest.mark.parametrize("name", CONVOLUTIONAL)
def test_convolutional(name: str) -> None:
    compiled_and_checked(parse(CONVOLUTIONAL[name]))


@pytest.mark.parametrize("name", LANGUAGE)
def test_language(name: str) -> None:
    compiled_and_checked(parse(LANGUAGE[name]))


@pytest.mark.parametrize("name", SPELLINGS)
def test_spellings(name: str) -> None:
    opset, text = SPELLINGS[name]
    compiled_and_checked(parse(text, opset))
