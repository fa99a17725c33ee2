"""The sizes that a module of dynamic dimensions is compared with the reference at."""

from dnnf_mlir.graph.ecg import Graph, Value
from dnnf_mlir.graph.size import Size, at
from dnnf_mlir.graph.specialize import trial_dimensions
from dnnf_mlir.graph.tensor_type import TensorType

BATCH, HEIGHT = Size.free("batch"), Size.free("height")


def graph(*required: int) -> Graph:
    image = Value(TensorType((BATCH, 3, HEIGHT), "f32"), "x")
    return Graph([image], [image], [], requirements={str(size): size for size in required})


def test_one_few_and_several() -> None:
    assert [list(dims.values()) for dims in trial_dimensions(graph())] == [[1, 1], [3, 5], [37, 83]]


def test_a_multiple_is_the_next_one() -> None:
    """An image that is halved five times and enlarged again: the batch need not be a multiple too."""
    up: int = 2 * ((HEIGHT + 31) // 32) - (HEIGHT + 15) // 16
    found = trial_dimensions(graph(up, -up))
    assert [dims["batch"] for dims in found] == [1, 3, 37]
    assert all(at(up, dims) == 0 for dims in found)
    assert max(dims["height"] for dims in found) <= 96


def test_at_least_a_window() -> None:
    assert [dims["height"] for dims in trial_dimensions(graph(HEIGHT - 200))] == [200, 200, 200]


def test_a_sum_that_a_mask_has() -> None:
    total: int = HEIGHT + BATCH - Size.free("total")
    past, new, mask = (Value(TensorType((size, 3), "f32"), str(size)) for size in (BATCH, HEIGHT, Size.free("total")))
    found = trial_dimensions(Graph([past, new, mask], [mask], [], requirements={"a": total, "b": -total}))
    assert len(found) == 3
    assert all(dims["total"] == dims["batch"] + dims["height"] for dims in found)


def test_what_others_need_leaves_the_batch_alone() -> None:
    """A detector keeps the best 300 of its places: the image grows."""
    image = Value(TensorType((BATCH, HEIGHT, Size.free("width")), "f32"), "x")
    places: int = (HEIGHT // 8) * (Size.free("width") // 8) - 300
    found = trial_dimensions(Graph([image], [image], [], requirements={"TopK": places}))
    assert [dims["batch"] for dims in found] == [1, 3, 37]
    assert all(at(places, dims) >= 0 for dims in found)


def test_heads_of_one_width() -> None:
    """Queries of 9 heads and keys of 3, as wide; the cache is longer than what is new."""
    queries, keys, total = (Size.free(name) for name in ("queries", "keys", "total"))
    values = [Value(TensorType((BATCH, size, HEIGHT), "f32"), str(size)) for size in (queries, keys, total)]
    width: int = queries // 9 - keys // 3
    whole: int = BATCH * (queries - 9 * (queries // 9))
    sizes = [width, -width, whole, -whole, total - HEIGHT - 1]
    found = trial_dimensions(Graph(values, values, [], requirements={str(size): size for size in sizes}))
    assert len(found) == 3
    assert all(at(size, dims) >= 0 for size in sizes for dims in found)
    assert [dims["batch"] for dims in found] == [1, 3, 37]
