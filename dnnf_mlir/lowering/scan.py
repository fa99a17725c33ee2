"""CumSum: every result sums the elements on its side, a reduction under a mask."""

from dnnf_mlir.ecg import Node
from dnnf_mlir.iree_ir import arith, ir

from .composition import Composition, Output
from .indexing import Dim, Loop, iterate
from .one_to_one import add, select
from .region import Region
from .registry import structured
from .types import constant_like


@structured("cum_sum")
def _cum_sum(region: Region, node: Node) -> list[ir.Value]:
    """n additions per element; IREE has no parallel scan for all targets."""
    x, axis = node.input(0), node.attributes["axis"]
    dtype = x.type.dtype
    composition = Composition(region)
    access = iterate(x.type.shape)
    summed = Dim((Loop(x.type.shape[axis]),))
    element = composition.read(x, (*access[:axis], summed, *access[axis + 1 :]))
    relation = {(0, 0): 7, (1, 0): 6, (0, 1): 9, (1, 1): 8}[node.attributes["exclusive"], node.attributes["reverse"]]
    predicate = ir.IntegerAttr.get(ir.IntegerType.get_signless(64), relation)  # ule, ult, uge, ugt

    def combine(values: list[ir.Value], sums: list[ir.Value]) -> list[ir.Value]:
        number, read_at, written_at = values
        counts = arith.CmpIOp(predicate, read_at, written_at).result
        return [add(dtype, sums[0], select(counts, number, constant_like(number, 0)))]

    expressions = [element, composition.position(summed), composition.position(access[axis])]
    return composition.emit([Output(access, dtype, initial=0)], expressions, reduced=[summed], combine=combine)
