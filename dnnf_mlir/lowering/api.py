"""What the parts of the lowering ask of each other: the graph, a block, an operation that is composed, and operators.

An operator's lowering gets a :class:`Region` or a :class:`Composition`. The classes that implement these protocols
stand above the operators and call them by the tables here, in which the operator files register themselves.

An operator is *composed* when one element of its result is an expression of elements of its operands, so that it can
be part of another kernel's body, or *structured* when it becomes operations of its own."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Protocol, TypeAlias

from dnnf_mlir.bindings.iree import func, ir
from dnnf_mlir.emit.constants import ConstantPool
from dnnf_mlir.emit.element_wise import has_body
from dnnf_mlir.emit.quirks import Quirk
from dnnf_mlir.emit.sizes import FunctionSizes
from dnnf_mlir.graph.ecg import Block, Graph, Node, Value
from dnnf_mlir.graph.in_place import InPlace, Part
from dnnf_mlir.graph.operator import Operator
from dnnf_mlir.lowering.linalg.index_maps import Access, Combine, Dim, Expression, Output, Position, Read


class ModuleLowering(Protocol):
    """What the lowerings of all blocks of a graph share: tensors of values between blocks, and constants."""

    pool: ConstantPool
    in_place: InPlace
    insertion_point: ir.InsertionPoint
    deferred: set[Value]
    is_plain: bool
    checked: set[Node]
    missing: list[str]

    graph: Graph
    """The graph that is being lowered."""

    def has(self, quirk: Quirk) -> bool:
        """Whether the target's code generator has the quirk."""

    def add_function(self, source: ir.Module) -> func.FuncOp:
        """Copies the only function of another module in front of ``main``, as a private one with a name of its own."""

    def tensor(self, value: Value) -> ir.Value:
        """The tensor of a value from outside, of any shape with its order of elements."""

    def shaped(self, value: Value) -> ir.Value:
        """The tensor of a value from outside in the value's shape."""

    def bind(self, value: Value, tensor: ir.Value) -> None:
        """Makes the tensor (any shape with the value's order of elements) that of the value for later blocks."""

    def is_bound(self, value: Value) -> bool:
        """Whether the value has a tensor."""

    def reshape(self, tensor: ir.Value, shape: tuple[int, ...], point: ir.InsertionPoint) -> ir.Value:
        """The tensor in another shape, outside all dispatches."""

    def cached(self, key: Hashable, point: ir.InsertionPoint, create: Callable[[], ir.Value]) -> ir.Value:
        """What ``create`` makes outside all dispatches, once per key."""

    def parts(self, value: Value) -> Sequence[Part]:
        """The parts of Concats' results that the value's kernel is to write."""

    def whole(self, concat: Node) -> ir.Value:
        """The result of a Concat with the parts that are written so far, in its shape."""

    def wrote(self, part: Part, whole: ir.Value) -> None:
        """Remembers the result of a Concat, of any shape, after a part has been written."""

    def materialize(self, values: Sequence[Value], nodes: set[Node], name: str, point: ir.InsertionPoint) -> None:
        """Computes values by one dispatch from what is outside ``nodes``."""

    def needs_tensor(self, value: Value, block: Block) -> bool:
        """Whether a result of a block is stored by itself, not only in a part of a Concat's result."""

    def lower_block(self, block: Block) -> None:
        """The linalg form of a block. Blocks that only change shapes become reshapes outside all dispatches."""

    def lower_inside(self, graph: Graph, block: ir.Block, sizes: FunctionSizes) -> "ModuleLowering":
        """Lowers another graph at the end of a block inside of this function; it shares this one's constants."""


class Region(Protocol):
    """One fused block that becomes one ``flow.dispatch.region``.

    Tensors inside have any shape with the row-major order of their value: reshapes between operations are free.
    """

    nodes: set[Node]
    required: list[Value]

    lowering: ModuleLowering
    """What all blocks share."""

    location: ir.Location
    """The block's location: its name."""

    body: ir.Block
    """Where the operations of the dispatch are made."""

    def composition(self) -> "Composition":
        """A new operation of the block, to be composed from expressions of elements."""

    def cut(self) -> None:
        """Ends the dispatch here; what was made so far is read from memory by what follows."""

    def made(self, tensors: Iterable[ir.Value]) -> None:
        """Remembers results of operations inside the dispatch."""

    def computes(self, value: Value) -> bool:
        """Whether the value is computed in this region and has no tensor yet."""

    def sources(self, value: Value) -> set[Node]:
        """The nodes of the block that the value is computed by."""

    def is_inside(self, source: Value | ir.Value) -> bool:
        """Whether the tensor is made in the dispatch that is being built."""

    def is_anchor(self, source: Value | ir.Value) -> bool:
        """Whether the tensor is a product, convolution or the like of this dispatch."""

    def tensor_of(self, source: Value | ir.Value) -> ir.Value:
        """The tensor of a value, or the tensor itself, also if it was made before the last cut."""

    def tensor(self, value: Value, shape: tuple[int, ...] | None = None) -> ir.Value:
        """The tensor of the value, of any shape with its order of elements; generated if need be.

        ``shape`` is what the reader would like best.
        """

    def shaped(self, value: Value, shape: Sequence[int] | None = None) -> ir.Value:
        """The tensor of the value in a given shape, by default its own; reshaped outside where it comes from there."""

    def all_shaped(self, *wanted: tuple[Value, Sequence[int]]) -> list[ir.Value]:
        """The tensors of several values in given shapes, before any operation that uses them."""

    def partial(self, node: Node) -> list[ir.Value]:
        """What the structured lowering of the node makes: its results, or what its composed part is applied to."""

    def reshape_outside(self, tensor: ir.Value, shape: Sequence[int]) -> ir.Value:
        """Reshapes a tensor that comes from outside before the dispatch, where it costs nothing."""

    def materialize_before(self, value: Value) -> ir.Value:
        """The tensor of the value in its shape, computed by a dispatch of its own if it is part of the block."""

    def outside(self) -> ir.InsertionPoint:
        """Where operations go that are to run before the dispatch."""


class Composition(Protocol):
    """Expressions over one set of loops, and the ``linalg.generic`` that evaluates them."""

    region: Region
    """The block that the operation is part of."""

    def read(self, value: Value, access: Access) -> Expression:
        """One element of ``value``; computed here if its operator can be composed, else read from memory."""

    def read_tensor(self, tensor: ir.Value, access: Access, dtype: str, shape: tuple[int, ...] | None = None) -> Read:
        """One element of a tensor made while lowering this region, whose order of elements is that of ``shape``."""

    def load(self, value: Value, access: Access) -> Read:
        """One element of ``value``, read from memory."""

    def position(self, dim: Dim) -> Position:
        """The index that the dimension's loops are at."""

    def emit(
        self,
        outputs: Sequence[Output],
        expressions: Sequence[Expression],
        reduced: Sequence[Dim] = (),
        combine: Combine = ...,
    ) -> list[ir.Value]:
        """Creates the operation; its loops are those of the first output, then the reduced ones.

        Returns one tensor per output; only the order of elements is sure, not the shape, unless it was fixed.
        """


Composer: TypeAlias = Callable[[Composition, Node, int, Access], Expression | None]
"""(composition, node, number of the result, its access) -> the element; None where this node's has no expression."""

Structured: TypeAlias = Callable[[Region, Node], list[ir.Value]]
"""(region, node) -> one tensor per result, of any shape with the result's row-major order of elements."""

Outside: TypeAlias = Callable[[Region, Node], ir.Value | list[ir.Value] | None]
"""(region, node) -> the result or all results, made before the dispatch; None where this node's are not."""

Checked: TypeAlias = Callable[[Region, Node], None]
"""(region, node) -> emits the checks of a node's run-time values, made before the dispatch."""

COMPOSED: dict[type[Operator], Composer] = {}
STRUCTURED: dict[type[Operator], Structured] = {}
OUTSIDE: dict[type[Operator], Outside] = {}
CHECKED: dict[type[Operator], Checked] = {}
"""Of operators that demand something of run-time values, whether or not anything reads their results."""
FOLDS: set[type[Operator]] = set()


def composed(*operators: type[Operator]) -> Callable[[Composer], Composer]:
    """Registers the expression of an element of the operators' results."""

    def register(function: Composer) -> Composer:
        COMPOSED.update(dict.fromkeys(operators, function))
        return function

    return register


def structured(*operators: type[Operator], folds: bool = False) -> Callable[[Structured], Structured]:
    """``folds``: the operations are reductions, which IREE tiles together with reductions of their results."""

    def register(function: Structured) -> Structured:
        STRUCTURED.update(dict.fromkeys(operators, function))
        if folds:
            FOLDS.update(operators)
        return function

    return register


def outside(op: type[Operator]) -> Callable[[Outside], Outside]:
    """Registers what computes an operator before the dispatch."""

    def register(function: Outside) -> Outside:
        OUTSIDE[op] = function
        return function

    return register


def checked(op: type[Operator]) -> Callable[[Checked], Checked]:
    """Registers the checks of an operator's run-time values."""

    def register(function: Checked) -> Checked:
        CHECKED[op] = function
        return function

    return register


def is_composed(node: Node) -> bool:
    """Whether an element of a result can be an expression of elements of the operands."""
    return has_body(node) or node.op in COMPOSED


def is_supported(node: Node) -> bool:
    """Whether the lowering knows the node's operator."""
    return is_composed(node) or node.op in STRUCTURED or node.op in OUTSIDE
