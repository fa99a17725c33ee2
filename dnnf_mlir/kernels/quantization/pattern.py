"""Which blocks the kernel of dynamic quantisation computes: a tensor's range, then the tensor by that range.

Table 3 breaks the two reductions and what is computed of all elements apart. Where the tensor stays in the caches of
one core, that core computes all three, and no numbers travel between kernels.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from dnnf_mlir.graph.constants import splat_value
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.kernels.families import Family, family_of, has_scalar_body
from dnnf_mlir.kernels.kernel import NOT_MINE, Candidate, Join, Kernel, Nodes, Problem, Refusal, Stage

_RANGE = ("reduce_min", "reduce_max")


@dataclass(frozen=True)
class QuantizationProblem(Problem):
    """Least and largest element of ``x``, ``numbers`` computed from them, and ``elements`` computed of each element."""

    stores_parts: ClassVar[bool] = False

    x: Value
    numbers: tuple[Node, ...]
    elements: tuple[Node, ...]

    @property
    def stages(self) -> tuple[Stage, ...]:
        return ()

    def in_order(self) -> list[Value]:
        return self.block.stored

    def reduced(self, kind: str) -> Value:
        """The result of one of the reductions."""
        return next(node.output for node in self.block.anchors if node.kind == kind)


@dataclass(frozen=True)
class Quantization(Kernel):
    """ONNX DynamicQuantizeLinear, as its function body writes it, of at most ``most_bytes``.

    That is what one core reads in some 0.1 ms, the order of what handing several kernels to several cores costs.
    """

    most_bytes: int = field(default=1 << 21)

    join = Join("the range of a tensor and the tensor by its range: one core computes them one after the other")

    def match(self, block: Candidate) -> QuantizationProblem | Refusal:
        if sorted(node.kind for node in block.anchors) != sorted(_RANGE):
            return NOT_MINE
        x = block.anchors[0].input(0)
        if any(node.input(0) is not x or len(node.attributes["axes"]) != x.type.rank for node in block.anchors):
            return Refusal("ranges of parts of a tensor")
        if x.type.dtype != "f32" or x.type.elements == 1 or x.producer in block.members:
            return Refusal("the range of a number, or of a tensor that is not stored in single precision")
        if x.type.bytes > self.most_bytes:
            return Refusal("too many elements for one core")
        others = [node for node in block.nodes if node not in block.anchors]
        elements = tuple(node for node in others if node.output.type.elements != 1)
        for node in others:
            if not has_scalar_body(node) or (node in elements and node.output.type.shape != x.type.shape):
                return Refusal(f"{node.kind} beside a range")
            if any(not _is_known(value, x, block) for value in node.operands):
                return Refusal(f"{node.kind} reads another tensor than the one whose range is taken")
        numbers = tuple(node for node in others if node not in elements)
        return QuantizationProblem(block, x, numbers, elements) if elements else Refusal("a range alone")

    def groups(self, blocks: Sequence[Nodes], returned: Collection[Value]) -> Iterator[Sequence[Nodes]]:
        """The blocks of both reductions of a tensor, and the first one that computes something of it by its range."""
        position = {node: number for number, block in enumerate(blocks) for node in block}
        for number, block in enumerate(blocks):
            least = next((node for node in block if node.kind == _RANGE[0]), None)
            if least is None:
                continue
            x = least.input(0)
            largest = next((user for user in x.users if user.kind == _RANGE[1] and user in position), None)
            if largest is None:
                continue
            reductions = {number, position[largest]}
            inside = {node for each in reductions for node in blocks[each]}
            for reader in sorted({position[user] for user in x.users if user in position} - reductions):
                nodes = blocks[reader]
                by_range = any(value.producer in inside for node in nodes for value in node.operands)
                if by_range and all(family_of(node) is Family.ELEMENTWISE for node in nodes):
                    yield [blocks[each] for each in sorted({*reductions, reader})]
                    break


def _is_known(value: Value, x: Value, block: Candidate) -> bool:
    """Whether the kernel has the value: the tensor itself, what it computes, a constant of one number."""
    if value is x or value.producer in block.members:
        return True
    return value.constant is not None and splat_value(value.constant) is not None
