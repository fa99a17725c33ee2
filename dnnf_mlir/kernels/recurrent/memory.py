"""What a recurrent layer's kernel keeps in memory: its workgroups' states and sums, and the packed weights."""

import numpy as np

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.emit.constants import ConstantPool
from dnnf_mlir.targets import DotProduct

from .pattern import RecurrentProblem
from .schedule import Product, Schedule


def row_lengths(
    schedule: Schedule, hidden: int, resets_state: bool, has_cell: bool, is_rounded: bool
) -> dict[str, int]:
    """Memory of a workgroup -> elements of a row; each has a place for even steps and one for odd ones."""
    lengths = {"h": schedule.depth}
    if has_cell:
        lengths["c"] = hidden
    if resets_state:
        lengths["reset"] = schedule.depth
    if is_rounded:
        lengths["rounded"] = schedule.depth
    return lengths | {f"sums{number}": product.columns for number, product in enumerate(schedule.products)}


def element_of_memory(name: str, dot: DotProduct | None) -> ir.Type:
    """f32; of a rounded state bytes where they are multiplied."""
    return ir.IntegerType.get_signless(8) if name == "rounded" and dot is not None else ir.F32Type.get()


def packed(
    problem: RecurrentProblem, product: Product, pool: ConstantPool, dot: DotProduct | None
) -> dict[str, ir.Value]:
    """The ``weights`` of a product; of integers also their ``sums`` over each column and the columns' ``scales``."""
    weights, scales = problem.weights, problem.scales
    if scales is None:
        return {"weights": pool.derive(weights, ("recurrent", product), product.packed)}
    key = ("recurrent", product, scales.tobytes())
    if dot is None:
        floats = pool.derive(weights, (*key, "floats"), lambda w: product.packed(w * scales[..., np.newaxis]))
        return {"weights": floats}
    return {
        "weights": pool.derive(weights, ("recurrent", product), product.packed),
        "sums": pool.derive(weights, (*key, "sums"), lambda w: product.per_column(w.sum(axis=2, dtype=np.int32))),
        "scales": pool.derive(weights, (*key, "scales"), lambda _: product.per_column(scales.astype(np.float32))),
    }
