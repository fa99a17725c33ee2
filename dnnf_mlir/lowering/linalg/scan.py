"""CumSum: every result sums the elements on its side, a reduction under a mask."""

from dnnf_mlir.bindings.iree import arith, ir
from dnnf_mlir.dialect_defs.many_to_many.scan import CumSum
from dnnf_mlir.emit.scalar import Scalar, select
from dnnf_mlir.graph.ecg import Node
from dnnf_mlir.lowering.api import Region
from dnnf_mlir.lowering.registry import structured

from .expression import Output
from .index_maps import Dim, Loop, iterate


@structured(CumSum)
def _cum_sum(region: Region, node: Node) -> list[ir.Value]:
    """n additions per element; IREE has no parallel scan for all targets."""
    x, axis = node.input(0), node.attributes["axis"]
    dtype = x.type.dtype
    composition = region.composition()
    access = iterate(x.type.shape)
    summed = Dim((Loop(x.type.shape[axis]),))
    element = composition.read(x, (*access[:axis], summed, *access[axis + 1 :]))
    relation = {(0, 0): 7, (1, 0): 6, (0, 1): 9, (1, 1): 8}[node.attributes["exclusive"], node.attributes["reverse"]]
    predicate = ir.IntegerAttr.get(ir.IntegerType.get_signless(64), relation)  # ule, ult, uge, ugt

    def combine(values: list[Scalar], sums: list[Scalar]) -> list[Scalar]:
        number, read_at, written_at = values
        counts = Scalar(arith.CmpIOp(predicate, read_at.value, written_at.value).result, "i1")
        return [sums[0] + select(counts, number, 0)]

    expressions = [element, composition.position(summed), composition.position(access[axis])]
    return composition.emit([Output(access, dtype, initial=0)], expressions, reduced=[summed], combine=combine)
