"""Sums of products: matrices, Einsum, determinants, Fourier transforms, attention."""

import numpy as np

from tests.differential.case import Case
from tests.differential.drawing import Draw, draws


@draws("MatMul")
def product(draw: Draw) -> Case:
    dtype, inner = draw.dtype(), draw.integer(0 if draw.chance(0.04) else 1, 7)
    batch = draw.shape(0, 2, high=3)
    a = draw.choice([(inner,), (*draw.broadcast(batch), draw.integer(1, 9), inner)])
    b = draw.choice([(inner,), (*draw.broadcast(batch), inner, draw.integer(1, 9))])
    return draw.case([draw.array(a, dtype), draw.array(b, dtype)], weights=[1])


@draws("Gemm")
def gemm(draw: Draw) -> Case:
    dtype = draw.dtype()
    rows, inner, columns = draw.integers(3, 1, 9)
    trans = draw.integers(2, 0, 1)
    a = draw.array((inner, rows) if trans[0] else (rows, inner), dtype)
    b = draw.array((columns, inner) if trans[1] else (inner, columns), dtype)
    shape = draw.choice([(), (1,), (columns,), (1, columns), (rows, 1), (rows, columns)])
    c = draw.array(shape, dtype) if draw.opset < 11 or draw.chance(0.7) else None
    whole = np.dtype(dtype).kind in "iu"
    factors = [None if whole else draw.choice([None, 0.5, 2.0, 0.0]) for _ in range(2)]
    attributes = {"transA": trans[0] or None, "transB": trans[1] or None, "alpha": factors[0], "beta": factors[1]}
    return draw.case([a, b, c], attributes, weights=[1, 2])


_EQUATIONS = (
    *(
        "ij,jk->ik",
        "bij,bjk->bik",
        "...ij,...jk->...ik",
        "ij->ji",
        "ii->i",
        "ij->",
        "ij,ij->ij",
        "i,j->ij",
        "bhqd,bhkd->bhqk",
    ),
    *(
        "ij,jk",
        "ijk->ki",
        "i,i->",
        "ij,j->i",
        "bij,jk->bik",
        "abc,cd,de->abe",
        "ii",
        "...i->...",
        "ij,kj->ik",
        " i j , j k -> i k ",
    ),
)


@draws("Einsum")
def einsum(draw: Draw) -> Case:
    equation, dtype = draw.choice(_EQUATIONS), draw.dtype(0, ["float", "double", "float16", "int32", "int64"])
    sizes = {letter: draw.integer(1, 5) for letter in "abcdefghijklmnopqrstuvwxyz"}
    more = draw.shape(0, 2, high=3)
    arrays = []
    for term in equation.split("->")[0].replace(" ", "").split(","):
        shape = [sizes[letter] for letter in term.replace("...", "")]
        arrays.append(draw.array((*more, *shape) if "..." in term else shape, dtype))
    return draw.case(arrays, {"equation": equation}, weights=[1])


@draws("Det")
def determinant(draw: Draw) -> Case:
    size = draw.integer(1, 4)
    return draw.case([draw.array((*draw.shape(0, 2, 1, 3), size, size), draw.dtype())])


@draws("DFT")
def fourier(draw: Draw) -> Case:
    dtype = draw.dtype(0, ["float", "double"])
    rank = draw.integer(1, 2)
    parts = draw.integer(1, 2)
    shape = (draw.integer(1, 2), *draw.integers(rank, 2, 8), parts)
    axis = draw.integer(1, rank)
    inverse = draw.chance(0.3)
    onesided = 1 if parts == 1 and not inverse and draw.chance(0.4) else None
    attributes = {"inverse": 1 if inverse else None, "onesided": onesided}
    length = draw.sizes(draw.integer(2, 9)) if draw.chance(0.4) else None
    x = draw.array(shape, dtype)
    if draw.has("axis"):
        return draw.case([x, length], {**attributes, "axis": axis}, constant=[1])
    return draw.case([x, length, draw.sizes(axis)], attributes, constant=[1, 2])


@draws("STFT")
def short_time(draw: Draw) -> Case:
    dtype = draw.dtype(0, ["float", "double"])
    frame, step = draw.integer(2, 8), draw.integer(1, 4)
    length = frame + draw.integer(0, 12)
    window = draw.positive((frame,), dtype) if draw.chance(0.7) else None
    given = draw.sizes(frame) if window is None or draw.chance() else None
    operands = [draw.array((draw.integer(1, 2), length, 1), dtype), draw.sizes(step), window, given]
    return draw.case(operands, {"onesided": draw.choice([None, 0, 1])}, constant=[1, 2, 3])


@draws("HannWindow", "HammingWindow", "BlackmanWindow")
def window(draw: Draw) -> Case:
    size = draw.sizes(draw.integer(2, 12), draw.choice([np.int32, np.int64]))
    return draw.case([size], {"periodic": draw.choice([None, 0, 1])})


@draws("MelWeightMatrix")
def mel(draw: Draw) -> Case:
    values = (draw.integer(3, 8), draw.choice([16, 32]), 8000)
    operands = [*(draw.sizes(value) for value in values), np.float32(draw.integer(0, 200)), np.float32(3800)]
    return draw.case([np.asarray(each) for each in operands], constant=[0, 1, 2, 3, 4])


@draws("Attention")
def attention(draw: Draw) -> Case:
    dtype = draw.dtype(0, ["float", "float16"])
    batch, group, heads = draw.integer(1, 2), draw.integer(1, 2), draw.integer(1, 2)
    queries, keys, width, values = draw.integer(1, 5), draw.integer(1, 5), 2 * draw.integer(1, 4), draw.integer(1, 6)
    flat = draw.chance(0.4)
    shapes = [(batch, heads * group, queries, width), (batch, heads, keys, width), (batch, heads, keys, values)]
    attributes = {
        "is_causal": draw.choice([None, 1]),
        "scale": draw.choice([None, 0.5]),
        "softcap": draw.choice([None, 2.0]),
    }
    if flat:
        shapes = [(b, n, h * d) for b, h, n, d in shapes]
        attributes |= {"q_num_heads": heads * group, "kv_num_heads": heads}
    mask = draw.choice([None, draw.array((queries, keys), dtype), draw.array((batch, 1, queries, keys), np.bool_)])
    if mask is not None and mask.dtype == np.bool_:
        mask[..., 0] = True
    return draw.case([*(draw.array(shape, dtype) for shape in shapes), mask], attributes)


@draws("RotaryEmbedding")
def rotary(draw: Draw) -> Case:
    batch, heads, length, half = draw.integer(1, 2), draw.integer(1, 3), draw.integer(1, 5), draw.integer(1, 4)
    dtype = draw.dtype(0, ["float", "float16"])
    by_position = draw.chance()
    rows = (8,) if by_position else (batch, length)
    x = draw.array((batch, heads, length, 2 * half), dtype)
    caches = [draw.array((*rows, half), dtype) for _ in range(2)]
    positions = draw.array((batch, length), np.int64, 0, 7) if by_position else None
    return draw.case([x, *caches, positions], {"interleaved": draw.choice([None, 0, 1])})
