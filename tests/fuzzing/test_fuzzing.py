"""A small part of ``python -m tests.fuzzing``: mutated models are imported and rewritten, or refused in words."""

import contextlib
import random

import pytest
from onnx import ModelProto
from small_models import parse

from dnnf_mlir.compiler import Compilation
from dnnf_mlir.errors import DnnfError
from tests.fuzzing.mutations import MUTATIONS, Mutation, damaged, mutate

TEXTS = (
    """g (float[1,3,8,8] x, float[8,3,3,3] w1, float[8] w2, float[8,10] w3) => (float[1,10] y) {
      a = Conv<pads = [1, 1, 1, 1]>(x, w1, w2)  b = Relu(a)  p = GlobalAveragePool(b)  f = Flatten(p)
      m = MatMul(f, w3)  y = Softmax(m) }""",
    """g (float[2,6,8] x, float[8,8] w1, float[8] w2, float[8] w3) => (float[2,6,8] y, float[2,6,1] z) {
      a = MatMul(x, w1)  t = Transpose<perm = [0, 2, 1]>(x)  s = MatMul(a, t)  p = Softmax<axis = -1>(s)
      c = MatMul(p, x)  d = Add(c, x)
      y = LayerNormalization<axis = -1>(d, w2, w3)  z = ReduceMax<keepdims = 1>(y) }""",
    """g (int64[2,4] i, float[9,6] w1) => (float[2,2,6] y, int64[2,4] k)
    <int64[1] from = {1}, int64[1] to = {3}, int64[1] axes = {1}> {
      e = Gather(w1, i)  y = Slice(e, from, to, axes)  f = Cast<to = 1>(i)  c = Clip(f)  k = Cast<to = 7>(c) }""",
    """g (float[1,4,6,6] x, float[4] w1, float[4] w2) => (float[1,8,3,3] y) {
      n = InstanceNormalization(x, w1, w2)  p = MaxPool<kernel_shape = [2, 2], strides = [2, 2]>(n)
      q = AveragePool<kernel_shape = [2, 2], strides = [2, 2]>(x)  y = Concat<axis = 1>(p, q) }""",
)


@pytest.fixture(scope="module")
def models() -> list[ModelProto]:
    return [parse(text) for text in TEXTS]


def import_or_refuse(data: bytes) -> None:
    with contextlib.suppress(DnnfError):
        Compilation(data).simplify()


@pytest.mark.parametrize("mutation", dict.fromkeys(MUTATIONS), ids=lambda mutation: mutation.__name__)
def test_mutated_models(mutation: Mutation, models: list[ModelProto]) -> None:
    for number in range(8):
        spoiled = ModelProto()
        spoiled.CopyFrom(models[number % len(models)])
        mutation(spoiled, random.Random(number))
        import_or_refuse(spoiled.SerializeToString())


def test_damaged_bytes(models: list[ModelProto]) -> None:
    for number in range(60):
        generator = random.Random(number)
        import_or_refuse(damaged(generator.choice(models).SerializeToString(), generator))


def test_same_seed_same_model(models: list[ModelProto]) -> None:
    assert mutate(models[0], random.Random(7)) == mutate(models[0], random.Random(7))
