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
