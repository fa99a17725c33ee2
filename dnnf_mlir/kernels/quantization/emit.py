"""The range of a tensor and the tensor quantised by it, in one workgroup::

for chunk of x: least = min(least, x[chunk]); largest = max(largest, x[chunk])
scale, zero point = numbers(least, largest)
for chunk of x: y[chunk] = elements(x[chunk], scale, zero point)
"""

from collections.abc import Sequence
from math import inf, prod

from dnnf_mlir.bindings.iree import arith, ir, vector
from dnnf_mlir.emit.index import Index
from dnnf_mlir.emit.sizes import Shaped
from dnnf_mlir.emit.types import element_type
from dnnf_mlir.emit.vectors import broadcast, element_bytes, read_vector
from dnnf_mlir.graph.constants import splat_value
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.kernels.nest.around import Around, evaluate
from dnnf_mlir.kernels.nest.dispatch import Dispatch, Ids
from dnnf_mlir.kernels.nest.row import Row, store_vector
from dnnf_mlir.kernels.quantization.pattern import QuantizationProblem
from dnnf_mlir.targets import VectorUnit


def emit(problem: QuantizationProblem, around: Around, unit: VectorUnit) -> Dispatch:
    """The kernel of a dynamic quantisation."""
    count, single = prod(problem.x.type.shape), ir.F32Type.get()
    stored = problem.in_order()
    computed = [node.output for node in problem.elements]
    shapes = [(count,) if value in computed else (1,) for value in stored]
    types = [element_type(value.type.dtype) for value in stored]
    row = Row(count, unit.lanes(element_bytes(single)))

    def body(_: Ids, tensors: list[ir.Value], targets: list[ir.Value], __: list[ir.Value]) -> None:
        def widened(so_far: Sequence[ir.Value], column: Index, lanes: int) -> list[ir.Value]:
            data = read_vector(tensors[0], [column], lanes)
            return [arith.MinimumFOp(so_far[0], data).result, arith.MaximumFOp(so_far[1], data).result]

        kinds = vector.CombiningKind.MINIMUMF, vector.CombiningKind.MAXIMUMF
        least, largest = row.reduce_all(single, (inf, -inf), widened, kinds)
        known = {problem.reduced("reduce_min"): least, problem.reduced("reduce_max"): largest}
        evaluate(problem.numbers, known, _constants(problem.numbers), least)
        read = {value for node in problem.elements for value in node.operands}

        def quantized(column: Index, lanes: int) -> None:
            data = read_vector(tensors[0], [column], lanes)
            values = {value: broadcast(number, lanes) for value, number in known.items() if value in read}
            values[problem.x] = data
            evaluate(problem.elements, values, _constants(problem.elements), data)
            for value, target in zip(stored, targets, strict=True):
                if value in computed:
                    store_vector(values[value], target, [column])

        row.each(quantized)
        for value, target in zip(stored, targets, strict=True):
            if value not in computed:
                store_vector(broadcast(known[value], 1), target, [0])

    results = [Shaped(shape, type_) for shape, type_ in zip(shapes, types, strict=True)]
    x = around.reshaped(problem.x, (count,))
    return Dispatch([x], results, [value.type.shape for value in stored], (1, 1), body)


def _constants(nodes: Sequence[Node]) -> dict[Value, float | int | bool]:
    """The constants among the operators' operands, each one number."""
    found: dict[Value, float | int | bool] = {}
    for value in (value for node in nodes for value in node.operands):
        number = None if value.constant is None else splat_value(value.constant)
        if number is not None:
            found[value] = number
    return found
