"""ONNX's Loop as an operation with a region: the body of the loop, in the dialect as everything around it.

::

    %last, %parts = "dnnf.loop"(%limit, %condition, %start, %captured) ({
    ^bb0(%iteration: tensor<i64>, %holds: tensor<i1>, %state: tensor<4xf32>, %weights: tensor<4xf32>):
      %next = "dnnf.add"(%state, %weights) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
      "vector.yield"(%holds, %next, %next) : (tensor<i1>, tensor<4xf32>, tensor<4xf32>) -> ()
    }) {states = 1 : i64, ..} : (..) -> (tensor<4xf32>, tensor<?x4xf32, ["count_0", ""]>)
"""

# No `from __future__ import annotations`: the field annotations are evaluated.

from collections.abc import Iterable

from dnnf_mlir.bindings.mlir import ext, ir
from dnnf_mlir.graph.attributes import Int
from dnnf_mlir.graph.from_mlir import TERMINATOR, signature_of, tensor_type
from dnnf_mlir.graph.operator import MappingType, OnnxCall, Signature
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.graph.tensor_type import TensorType

from .form import form_problem
from .several import several_operands, several_results


class Loop(several_results(several_operands()), name="loop"):
    """Up to ``limit`` iterations of its region, as long as the condition holds (ONNX Loop).

    Operands: ``limit`` (i64, one element), ``condition`` (i1, one element), as many start values as there are
    ``states``, then what the body captures from outside. Results: the states after the last iteration, then the scan
    outputs: the parts of all iterations along a new first dimension.

    The region is closed: its block takes the iteration's number (i64), the condition (i1), the states and the captured
    values. It ends in ``vector.yield`` of the condition for another iteration, the next states and the iteration's
    parts. Names of dynamic dimensions belong to the region and stand for the sizes of its arguments. Sizes that change
    between iterations have ``state_`` in their name.
    """

    onnx_name = None
    default_mapping = MappingType.MANY_TO_MANY
    is_opaque = True

    states: Int
    body: ext.Region

    @classmethod
    def check(cls, signature: Signature) -> str | None:
        states = signature.attributes["states"]
        if len(signature.inputs) < 2 + states or len(signature.outputs) < states or states < 0:
            return f"needs operands for limit, condition and {states} state(s), and a result for each state"
        for type_, dtype, what in zip(signature.inputs, ("i64", "i1"), ("limit", "condition"), strict=False):
            if type_ is None or type_.dtype != dtype or (type_.is_static and type_.elements != 1):
                return f"{what} must be one element of {dtype}, is {type_}"
        for start, last in zip(signature.inputs[2 : 2 + states], signature.outputs, strict=False):
            if start is None or start.dtype != last.dtype or start.rank != last.rank:
                return f"a state starts as {start}, but ends as {last}"
        return None

    @classmethod
    def to_onnx(cls, signature: Signature) -> OnnxCall:
        """Refused: what the operation computes stands in its region, not in its signature."""
        raise NotImplementedError("a loop is evaluated iteration by iteration")

    @staticmethod
    def verify_invariants(op: ir.OpView) -> bool:
        """MLIR's verifier: also checks the region."""
        try:
            problem = form_problem(op) or Loop.check(signature_of(op)) or _body_problem(op, signature_of(op))
        except TypeError as error:  # a type or an attribute that has no Python form
            problem = str(error)
        if problem is not None:
            op.location.emit_error(f"'dnnf.loop' {problem}")
        return problem is None


def _body_problem(op: ir.OpView, signature: Signature) -> str | None:
    """What is wrong with the region, in words."""
    region = op.regions[0]
    if len(region.blocks) != 1:
        return f"needs exactly one block in its region, has {len(region.blocks)}"
    block = region.blocks[0]
    operations = list(block.operations)
    if not operations or operations[-1].operation.name != TERMINATOR:
        return f"region must end in {TERMINATOR}"
    expected = [TensorType((), "i64"), TensorType((), "i1"), *signature.inputs[2:]]
    arguments = [tensor_type(argument.type) for argument in block.arguments]
    if len(arguments) != len(expected) or not all(map(_takes, arguments, expected)):
        return f"region takes {_listed(arguments)} where the operands are {_listed(expected)}"
    states = signature.attributes["states"]
    yielded = [tensor_type(value.type) for value in operations[-1].operands]
    if not yielded or yielded[0].dtype != "i1" or yielded[0].elements != 1:
        return f"region must yield a condition of one element first, yields {_listed(yielded)}"
    parts = [type_.with_shape(type_.shape[1:]) for type_ in signature.outputs[states:] if type_.rank]
    results = [*signature.outputs[:states], *parts]
    alike = [(a.dtype, a.rank) for a in yielded[1:]] == [(b.dtype, b.rank) for b in results]
    if not alike or len(results) < len(signature.outputs):
        return f"region yields {_listed(yielded[1:])} for states and parts of {_listed(signature.outputs)}"
    return _reads_problem(block)


def _takes(argument: TensorType, operand: TensorType | None) -> bool:
    """Whether an argument of the region can stand for the operand: static sizes are equal."""
    if operand is None or argument.dtype != operand.dtype or argument.rank != operand.rank:
        return False
    return all(is_dynamic(a) or a == b for a, b in zip(argument.shape, operand.shape, strict=True))


def _reads_problem(block: ir.Block) -> str | None:
    """Which operation reads a value from outside the region; the region of a loop inside is looked at by itself."""
    defined = set(block.arguments)

    def visit(inner: ir.Block) -> str | None:
        for op in inner.operations:
            if not defined.issuperset(op.operands):
                return f"region reads a value from outside in {op.operation.name}; pass it as an operand"
            if op.operation.name == "dnnf.fusion" and (problem := visit(op.regions[0].blocks[0])) is not None:
                return problem
            defined.update(op.results)
        return None

    return visit(block)


def _listed(types: Iterable[TensorType | None]) -> str:
    return ", ".join(map(str, types)) or "nothing"
