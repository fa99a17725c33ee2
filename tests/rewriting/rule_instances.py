"""Instances of rules: graphs that are the left side of a rule for drawn shapes, numbers and attributes.

An instance starts from bindings: what every variable of the rule stands for. Most are drawn from the variable's kind;
:data:`SETUPS` holds those of the rules whose operands have to fit each other in a way of their own.
"""

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dnnf_mlir.dialect_defs import operators
from dnnf_mlir.dialect_defs.many_to_many.reduction import Reduction
from dnnf_mlir.dialect_defs.one_to_one.elementwise import ElementwiseBinary, ElementwiseUnary
from dnnf_mlir.dialect_defs.one_to_one.selection import Clip
from dnnf_mlir.graph.ecg import Graph, Node, Value
from dnnf_mlir.graph.tensor_type import NUMPY_DTYPES, TensorType
from dnnf_mlir.rewriting import Match, Rule
from dnnf_mlir.rewriting.drafting import Draft, Drafter, Operand, Undraftable, constants_in, draft
from dnnf_mlir.rewriting.editing import GraphEditor
from dnnf_mlir.rewriting.folding import LostPrecision
from dnnf_mlir.rewriting.matching import matches
from dnnf_mlir.rewriting.terms import (
    AnyOf,
    Apply,
    Attribute,
    Constant,
    Each,
    EachPart,
    Movement,
    Optional,
    Scalar,
    Squeezed,
    Tensor,
    Term,
    op,
    subterms,
)

DTYPES = {"f": "f64", "i": "i64", "u": "ui8", "b": "i1"}
_EXPONENTS = [-37, -36, -30, -20, -19, -10, -5, -1, 0, 0, 0, 0.5, 1, 1.5, 2, 5, 10, 18, 19, 20, 30, 36, 37, 38]


@dataclass
class Drawing:
    """Where an instance's shapes and numbers come from."""

    rule: Rule
    dtype: str
    shapes: Sequence[tuple[int, ...]]
    """Shapes that broadcast to each other; the last one is what they broadcast to."""
    generator: np.random.Generator
    wide: bool = True
    """Numbers of many magnitudes, not only near one."""
    extreme: bool = False
    """Numbers of all magnitudes of f32; ``special``: infinities and NaN too."""
    special: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        return self.shapes[-1]

    def array(self, shape: tuple[int, ...], *, positive: bool = False) -> np.ndarray:
        """Numbers of both signs and many magnitudes; a few are zero."""
        generator = self.generator
        match self.dtype:
            case "i1":
                return np.asarray(generator.integers(0, 2, shape)).astype(bool)
            case "i64":
                return np.asarray(generator.integers(1 if positive else -9, 10, shape)).astype(np.int64)
            case "ui8":
                return np.asarray(generator.integers(0, 4, shape)).astype(np.uint8)
        numbers = np.asarray(generator.normal(size=shape))
        if self.extreme:
            numbers = numbers * 10.0 ** self._exponents(shape)
        elif self.wide:
            numbers = numbers * 10.0 ** generator.uniform(-2, 1, shape)
        if self.wide or self.extreme:
            numbers = np.where(generator.random(shape) < 0.1, 0.0, numbers)
        if positive:
            numbers = np.abs(numbers) + (1e-37 if self.extreme else 0.01)
        return np.clip(numbers, -3e38, 3e38).astype(NUMPY_DTYPES[self.dtype])

    def _exponents(self, shape: tuple[int, ...]) -> np.ndarray:
        """Of ten: one for the whole tensor, one for each element, or moderate ones."""
        generator = self.generator
        match int(generator.integers(3)):
            case 0:
                return np.full(shape, generator.uniform(-37, 37))
            case 1:
                return np.asarray(generator.choice(_EXPONENTS, shape))
        return np.asarray(generator.uniform(-2, 2.5, shape))

    def operand(self, shape: tuple[int, ...]) -> np.ndarray:
        """Numbers of a tensor that is computed at run time."""
        numbers = self.array(shape)
        if not self.special or numbers.dtype.kind != "f":
            return numbers
        chosen = self.generator.integers(0, 12, shape)
        return np.where(chosen < 3, np.array([np.inf, -np.inf, np.nan], numbers.dtype)[chosen % 3], numbers)

    def tensor(self, shape: tuple[int, ...], name: str = "", dtype: str | None = None) -> Value:
        return Value(TensorType(shape, dtype or self.dtype), name)

    def constant(self, shape: tuple[int, ...], name: str = "", *, positive: bool = False) -> Value:
        array = self.array(shape, positive=positive)
        return Value(TensorType.of(array), name, constant=array)

    def node(self, op: Any, **attributes: Any) -> Node:
        return Node(op, [], [], attributes)


@dataclass
class Instance:
    """A left side as a graph, with the numbers to evaluate it on."""

    graph: Graph
    arrays: list[np.ndarray]

    @property
    def root(self) -> Node:
        found = self.graph.outputs[0].producer
        if found is None:
            raise ValueError("the left side is no operator")
        return found


Bindings = dict[str, Any]
Setup = Callable[[Drawing], Bindings]
SETUPS: dict[str, Setup] = {}


def setup(*names: str) -> Callable[[Setup], Setup]:
    """Registers a setup for rules of these names."""

    def register(function: Setup) -> Setup:
        SETUPS.update(dict.fromkeys(names, function))
        return function

    return register


def instance(drawing: Drawing) -> Instance | None:
    """An instance of the rule; None where the drawn shapes do not fit it."""
    rule = drawing.rule
    bindings = _default_bindings(drawing)
    if rule.name in SETUPS:
        bindings.update(SETUPS[rule.name](drawing))
    bindings = {name: _positive(rule, name, bound) for name, bound in bindings.items()}
    result = bindings.pop("result", None) or TensorType(drawing.shape, drawing.dtype)
    stand_in = Node(Clip, [], [Value(result)], {})
    try:
        operand = _LeftDrafter(Match(stand_in, bindings)).term(rule.left, result)
    except (Undraftable, ValueError, IndexError, KeyError, TypeError):
        return None
    if not isinstance(operand, Draft):
        return None
    parts = bindings.get("parts")
    return _instance(drawing, operand, parts)


def _instance(drawing: Drawing, operand: Draft, parts: Sequence[TensorType] | None) -> Instance:
    nodes: list[Node] = []
    made: dict[Any, Value] = {}
    inputs: dict[Value, None] = {}

    def visit(operand: Operand | None) -> Value | None:
        if operand is None:
            return None
        if isinstance(operand, Value):
            producer = operand.producer
            if producer is not None and producer not in nodes:
                inputs.update(dict.fromkeys(value for value in producer.operands if not value.is_constant))
                nodes.append(producer)
            elif producer is None and not operand.is_constant:
                inputs[operand] = None
            return operand
        if operand not in made:
            values = [visit(part) for part in operand.inputs]
            results = [
                Value(type_, f"y{len(nodes)}_{i}")
                for i, type_ in enumerate(parts if parts is not None and operand is root else [operand.type])
            ]
            node = Node(operand.op, values, results, dict(operand.attributes), f"node{len(nodes)}")
            nodes.append(node)
            made[operand] = results[0]
        return made[operand]

    root = operand
    visit(root)
    graph = Graph(list(inputs), list(nodes[-1].outputs), nodes)
    arrays = [_numbers(drawing, value) for value in graph.inputs]
    return Instance(graph, arrays)


def _numbers(drawing: Drawing, value: Value) -> np.ndarray:
    if value.type.dtype == "i1":
        return np.asarray(drawing.generator.integers(0, 2, value.type.shape)).astype(bool)
    return drawing.operand(value.type.shape)


class _LeftDrafter(Drafter):
    """Drafts left sides: the term under a Squeezed, without a Reshape; attributes left out get defaults."""

    def operands(self, term: Term | None) -> Sequence[Operand | None]:
        if not isinstance(term, Each):
            return super().operands(term)
        bindings, names = self._match.bindings, [variable.name for variable in term.varying]
        made = []
        for row in zip(*(bindings[name] for name in names), strict=True):
            one = dataclasses.replace(self._match, bindings={**bindings, **dict(zip(names, row, strict=True))})
            made.append(_LeftDrafter(one).term(term.term))
        return made

    def term(self, term: Term, expected: TensorType | None = None) -> Operand | None:
        if isinstance(term, Squeezed):
            return self.term(term.term, expected)
        return super().term(term, expected)

    def create(self, op: Any, inputs: Any, attributes: Mapping[str, Any], expected: TensorType | None) -> Operand:
        names = op.attribute_names()
        defaults = {name: _DEFAULTS[name] for name in names if name in _DEFAULTS}
        defaults.update({name: value for name, value in self._match.bindings.items() if name in names})
        if op.__name__ == "Split":
            made = Draft(op, inputs, inputs[0].type, {**defaults, **attributes})
            return made
        shape = self._match.bindings.get(f"shape_of_{op.__name__}")
        if isinstance(shape, list):
            shape = shape.pop(0)
        expected = expected if shape is None else TensorType(shape, inputs[0].type.dtype)
        return super().create(op, inputs, {**defaults, **attributes}, expected)


_DEFAULTS: dict[str, Any] = {
    "keepdims": 1,
    "axis": 0,
    "alpha": 1.0,
    "beta": 1.0,
    "transA": 0,
    "transB": 0,
    "mode": "constant",
    "value": 0.0,
    "direction": "LEFT",
    "epsilon": 1e-5,
}


def _default_bindings(drawing: Drawing) -> Bindings:
    """Tensors of shapes that broadcast; axes and permutations of the rule's first tensor."""
    bindings: Bindings = {}
    shapes = iter(drawing.shapes[:-1])
    reduces = any(
        isinstance(part, Apply) and any(issubclass(class_, Reduction) for class_ in part.classes)
        for part in subterms(drawing.rule.left)
    )
    for variable in drawing.rule.variables:
        match variable:
            case Scalar():
                bindings[variable.name] = _uniform(drawing, variable.name)
            case Constant():
                shape = next(shapes, drawing.shape)
                bindings[variable.name] = drawing.constant(shape, variable.name, positive=True)
            case Optional():
                bindings[variable.name] = None
            case Tensor():
                first = reduces and not any(
                    isinstance(value, Value) and not value.is_constant for value in bindings.values()
                )
                shape = drawing.shape if first else next(shapes, drawing.shape)
                bindings[variable.name] = drawing.tensor(shape, variable.name)
            case Movement():
                bindings[variable.name] = ()
            case AnyOf():
                bindings[variable.name] = _operator(drawing, variable)
            case Attribute():
                bindings[variable.name] = _attribute(drawing, variable.name)
    return bindings


def _uniform(drawing: Drawing, name: str) -> Value:
    """One number, alone or everywhere in a tensor that other operands may be broadcast to."""
    shape = [(), (1,), drawing.shape, drawing.shapes[0]][int(drawing.generator.integers(4))]
    one = drawing.constant((), name, positive=_asks_positive(drawing, name)).constant
    return Value(TensorType(shape, drawing.dtype), name, constant=np.full(shape, one))


def _asks_positive(drawing: Drawing, name: str) -> bool:
    pattern = rf"\b{name}\b.*>|normal numbers|{name} != 0"
    return any(re.search(pattern, condition.text, re.IGNORECASE) for condition in drawing.rule.conditions)


def _attribute(drawing: Drawing, name: str) -> Any:
    rank, generator = len(drawing.shape), drawing.generator
    match name:
        case "axes":
            count = int(generator.integers(1, rank + 1)) if rank else 0
            return tuple(sorted(int(axis) for axis in generator.choice(rank, count, replace=False))) if rank else ()
        case "keepdims":
            return int(generator.integers(2))
        case "axis":
            return rank - 1
        case "perm" | "p" | "q":
            return tuple(int(axis) for axis in generator.permutation(rank))
        case "starts":
            return (0,) * rank
        case "steps" | "repeats":
            return (1,) * rank
        case "pads":
            return (0,) * (2 * rank)
        case "epsilon":
            return 1e-5
    return 0.5


def _operator(drawing: Drawing, variable: AnyOf) -> Node:
    if drawing.dtype in _BY_DTYPE and variable.classes in ((ElementwiseUnary,), (ElementwiseBinary,)):
        names = _BY_DTYPE[drawing.dtype][variable.classes == (ElementwiseBinary,)]
        named = {op.__name__: op for op in operators()}
        return drawing.node(named[names[int(drawing.generator.integers(len(names)))]])
    classes = [op for op in operators() if issubclass(op, variable.classes) and op.onnx_name is not None]
    fitting = [op for op in classes if op.__name__ in _PLAIN] or classes
    op = fitting[int(drawing.generator.integers(len(fitting)))]
    attributes = {name: _DEFAULTS.get(name, 1.0) for name in op.attribute_names() if name not in ("axes", "keepdims")}
    if op.__name__ == "Clip":
        attributes = {"min": -0.5, "max": 0.5}
    return drawing.node(op, **attributes)


_BY_DTYPE = {
    "i64": (("Neg", "Abs", "Sign"), ("Add", "Mul", "Sub")),
    "ui8": (("BitwiseNot",), ("Add", "Mul")),
    "i1": (("Not",), ("And", "Or", "Xor")),
}

_PLAIN = [
    "Relu",
    "Tanh",
    "Exp",
    "Clip",
    "Erf",
    "Sigmoid",
    "Floor",
    "LeakyRelu",
    "Elu",
    "Softplus",
    "Add",
    "Mul",
    "Max",
    "Sub",
    "Reshape",
    "Squeeze",
    "Unsqueeze",
    "Flatten",
    "Sqrt",
    "ReduceSum",
    "ReduceMax",
    "ReduceMin",
    "ReduceMean",
    "ReduceProd",
    "Conv",
    "ConvTranspose",
    "MatMul",
    "Gemm",
    "BatchNormalization",
    "BitShift",
]


def _positive(rule: Rule, name: str, bound: Any) -> Any:
    """Tensors that a rule wants positive are clipped, which the engine understands."""
    if not isinstance(bound, Value) or bound.is_constant or not bound.type.is_float:
        return bound
    wanted = rf"\b{name}\b.*(> 0|>= 0)|1e-15 <= .*\b{name}\b"
    if not any(re.search(wanted, condition.text, re.IGNORECASE) for condition in rule.conditions):
        return bound
    clipped = Value(bound.type, f"{name}_clipped")
    Node(Clip, [bound], [clipped], {"min": 0.01, "max": 100.0}, f"clip_{name}")
    return clipped


def rewritten(found: Instance, rule: Rule, right: Term | EachPart | None = None) -> str | None:
    """Applies the rule (with another right side, for mutants) at the root; returns why not, None where it was done."""
    editor = GraphEditor(found.graph)
    reason = "the left side does not match"
    for match in matches(rule, found.root, editor.outputs):
        reasons = [text for part in rule.conditions if (text := part.check(match)) is not None]
        if reasons:
            reason = reasons[0]
            continue
        try:
            replacement = draft(rule.right if right is None else right, match)
            _ = [made.constant for made in constants_in(replacement)]
        except (Undraftable, LookupError, LostPrecision) as problem:
            reason = str(problem)
            continue
        editor.replace(match.root, replacement)
        editor.finish()
        return None
    return reason


def mutants(right: Term | EachPart, dtype: str) -> Iterator[Term | EachPart]:
    """Wrong variants of a right side: one operator exchanged for another, or the whole changed."""
    if isinstance(right, EachPart):
        yield from (EachPart(part) for part in mutants(right.term, dtype) if not isinstance(part, EachPart))
        return
    if isinstance(right, Apply) and not isinstance(right.operator, AnyOf):
        other = _EXCHANGED.get(right.operator.__name__)
        if other is not None:
            yield getattr(op, other)(*right.operands, **right.attributes)
    yield op.Not(right) if dtype == "i1" else op.Add(right, 1.0)


_EXCHANGED = {
    "Add": "Sub", "Sub": "Add", "Mul": "Add", "Div": "Mul", "Max": "Min", "Min": "Max", "And": "Or", "Or": "And",
    "ReduceSum": "ReduceMean", "ReduceMean": "ReduceSum", "ReduceMax": "ReduceMin", "ReduceMin": "ReduceMax",
    "Exp": "Abs", "Sqrt": "Abs", "Abs": "Neg", "Log": "Exp", "Reciprocal": "Neg", "Relu": "Abs", "Sigmoid": "Tanh",
    "Softmax": "LogSoftmax", "LogSoftmax": "Softmax", "Tan": "Sin", "Softplus": "Relu", "Softsign": "Tanh",
    "Mish": "Relu", "HardSwish": "Relu",
}  # fmt: skip
