"""Which blocks the kernel of local and global pools computes."""

from dataclasses import dataclass
from typing import Literal

from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.kernels.families import family_of
from dnnf_mlir.kernels.kernel import NOT_MINE, Candidate, Kernel, Problem, Refusal
from dnnf_mlir.kernels.nest.problem import Axis, PoolProblem, spatial_axes, supports
from dnnf_mlir.kernels.surroundings import dtype_refusal, prologue_refusal, prologue_root

_LOCAL = frozenset({"max_pool", "average_pool"})
_GLOBAL = frozenset({"global_max_pool", "global_average_pool"})


@dataclass(frozen=True)
class PoolingProblem(Problem):
    """A pooling, local or global, of ``x``."""

    window: PoolProblem
    x: Value

    @property
    def shared_input(self) -> Value | None:
        alone = self.block.nodes[0] is self.last
        return self.x if alone and family_of(self.last).is_window else None


class Pooling(Kernel):
    """ONNX MaxPool, AveragePool, GlobalMaxPool and GlobalAveragePool on channels-last values.

    Element-wise operators before it are computed again for every window.
    """

    def match(self, block: Candidate) -> PoolingProblem | Refusal:
        pool = block.sole_anchor(_LOCAL | _GLOBAL)
        if pool is None:
            return NOT_MINE
        window = dtype_refusal(pool) or _window(pool)
        if isinstance(window, Refusal):
            return window
        if is_dynamic(window.channels):
            return Refusal("a free number of channels")
        reason = supports(window)
        if reason is not None:
            return Refusal(reason)
        x, before = pool.input(0), block.before(pool)
        if before and prologue_root(before, x) is x:
            return Refusal(f"nothing of the shape of the {pool.kind}'s operand is read")
        return prologue_refusal(before, x, block.stored) or PoolingProblem(block, window, x)


def _window(pool: Node) -> PoolProblem | Refusal:
    shape, attributes = pool.input(0).type.shape, pool.attributes
    if attributes["layout"] != "channels_last" or len(pool.outputs) != 1:
        return Refusal("channels come first, or the indices are wanted")
    kind: Literal["max", "average"] = "max" if pool.kind in ("max_pool", "global_max_pool") else "average"
    if pool.kind in _GLOBAL:
        axes = tuple(Axis(extent, kernel=extent) for extent in shape[1:-1])
        return PoolProblem(shape[0], axes, shape[-1], kind)
    dilations = attributes.get("dilations", (1,) * (len(shape) - 2))
    axes = spatial_axes(shape[1:-1], attributes["kernel_shape"], attributes["strides"], dilations, attributes["pads"])
    return PoolProblem(shape[0], axes, shape[-1], kind, bool(attributes.get("count_include_pad", 0)))
