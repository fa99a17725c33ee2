"""Det, LpNormalization and TensorScatter: loops over whole vectors and matrices."""

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.emit.control import Array, State, constant_array, grid, loop
from dnnf_mlir.emit.scalar import Scalar, number, select
from dnnf_mlir.emit.scalar_programs import each, sequence

from .node import OpaqueNode
from .registry import opaque


@opaque("Det")
def _det(node: OpaqueNode) -> list[ir.Value]:
    """Gaussian elimination with the largest pivot, in a copy of the matrices."""
    x, shape = node.array(0), node.result().shape
    size, batch = x.shape[-1], x.shape[:-2]
    work = each(x.shape, [x.dtype], lambda positions: [x.read(*positions)])[0]

    def program(read: list[Array], state: list[Array]) -> list[Array]:
        def matrix(at: list[Scalar], outer: list[State]) -> list[State]:
            def column(i: Scalar, inner: list[State]) -> list[State]:
                values, product = inner[0], inner[1]

                def larger(row: Scalar, best: list[State]) -> list[State]:
                    where, size_of = best[0], best[1]
                    found = values.read(*at, row, i).abs()
                    return [select(found > size_of, row, where), select(found > size_of, found, size_of)]

                pivot = loop(i, size, [i, number(-1, x.dtype)], larger)[0]

                def swap(k: Scalar, moved: list[State]) -> list[State]:
                    matrix_now = moved[0]
                    upper, lower = matrix_now.read(*at, i, k), matrix_now.read(*at, pivot, k)
                    return [matrix_now.write(lower, *at, i, k).write(upper, *at, pivot, k)]

                swapped = loop(0, size, [values], swap)[0]
                diagonal = swapped.read(*at, i, i)
                divisor = select(diagonal.equals(0), number(1, x.dtype), diagonal)

                def eliminate(row: Scalar, rest: list[State]) -> list[State]:
                    factor = rest[0].read(*at, row, i) / divisor

                    def subtract(k: Scalar, changed: list[State]) -> list[State]:
                        now = changed[0]
                        return [now.write(now.read(*at, row, k) - factor * now.read(*at, i, k), *at, row, k)]

                    return loop(i, size, rest, subtract)

                reduced = loop(i + 1, size, [swapped], eliminate)[0]
                return [reduced, select(pivot.equals(i), product, -product) * diagonal]

            values, product = loop(0, size, [outer[0], number(1, x.dtype)], column)
            return [values, outer[1].write(product, *at)]

        return [part for part in grid(batch, list(state), matrix)]

    return sequence([], [Array(work, x.dtype), constant_array(shape, x.dtype, 0)], program)[1:]


@opaque("LpNormalization")
def _lp_normalization(node: OpaqueNode) -> list[ir.Value]:
    """Over the norm along an axis; zero where that is zero."""
    x, p = node.array(0), node.attributes["p"]
    axis = node.attributes["axis"] % x.rank
    norms = (*x.shape[:axis], 1, *x.shape[axis + 1 :])

    def norm(positions: list[Scalar]) -> list[Scalar]:
        def step(at: Scalar, state: list[State]) -> list[State]:
            element = x.read(*positions[:axis], at, *positions[axis + 1 :])
            return [state[0] + (element.abs() if p == 1 else element * element)]

        total = loop(0, x.shape[axis], [number(0, x.dtype)], step)[0]
        return [total if p == 1 else total.sqrt()]

    lengths = Array(each(norms, [x.dtype], norm)[0], x.dtype)

    def body(positions: list[Scalar]) -> list[Scalar]:
        length = lengths.read(*positions[:axis], 0, *positions[axis + 1 :])
        is_zero = length.equals(0)
        return [select(is_zero, 0, x.read(*positions) / select(is_zero, 1, length))]

    return each(x.shape, [x.dtype], body)


@opaque("TensorScatter")
def _tensor_scatter(node: OpaqueNode) -> list[ir.Value]:
    """The cache with an update at a position per batch, which may go round to the start."""
    cache, update = node.array(0), node.array(1)
    starts = node.array(2) if node.has_input(2) else None
    axis = node.attributes["axis"] % cache.rank
    circular = node.attributes["mode"] == "circular"
    node.expect_shape(2, cache.shape[:1])
    rest = [extent for i, extent in enumerate(cache.shape) if i != axis]
    if rest != [extent for i, extent in enumerate(update.shape) if i != axis]:
        raise ValueError(f"an update {list(update.shape)} for a cache {list(cache.shape)}")

    def body(positions: list[Scalar]) -> list[Scalar]:
        start = number(0, "index") if starts is None else starts.read(positions[0]).to("index")
        at = positions[axis] - start
        if circular:
            at = select(at < 0, at + cache.shape[axis], at)
        inside = (at >= 0) & (at < update.shape[axis])
        near = at.max(0).min(update.shape[axis] - 1)
        new = update.read(*positions[:axis], near, *positions[axis + 1 :])
        return [select(inside, new, cache.read(*positions))]

    return each(cache.shape, [cache.dtype], body)
