"""Types of one node's results: inferred by ONNX, completed and checked by what the model declares."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from onnx import NodeProto, TensorProto, TypeProto, checker, defs, helper, numpy_helper, shape_inference

from dnnf_mlir.errors import InvalidModelError, UnsupportedModelError
from dnnf_mlir.importer.graphs import describe, subgraphs
from dnnf_mlir.importer.read.checking import in_one_line
from dnnf_mlir.importer.read.loading import INLINE_BYTES
from dnnf_mlir.importer.shapes.value_type import ValueType, declared_shape, type_text


@dataclass(frozen=True)
class Inference:
    """Infers the types of results, node by node.

    Args:
        name: the model's name in messages.
        opsets: version by domain.
        declared: the types that the model declares for results.
        assumed: results whose shape is a declared one because no other is known: the running module has to check it,
            where outputs depend on them.
        contradicted: results that are not of the type that the model declares, which is the text here.
    """

    name: str
    opsets: Mapping[str, int]
    declared: dict[str, TypeProto]
    assumed: set[str] = field(default_factory=set)
    contradicted: dict[str, str] = field(default_factory=dict)
    _parameters: dict[tuple[str, str], list[tuple[str, bool, frozenset[str]]]] = field(default_factory=dict)

    def results(
        self,
        node: NodeProto,
        schema: defs.OpSchema,
        types: Mapping[str, ValueType],
        protos: dict[str, TypeProto],
        constants: Mapping[str, np.ndarray],
        is_final: bool = True,
    ) -> dict[str, ValueType | None]:
        """Types of the named outputs of `node`, None where the shape depends on values that are not known.

        Args:
            node: a node whose inputs all have types.
            schema: its operator.
            types: the types of the values before it.
            protos: the same for ONNX.
            constants: the values that are known.
            is_final: whether sizes that differ from declared ones do so in any case. Those of data-dependent inputs do
                not: they are compared later.

        Raises:
            InvalidModelError: inputs that do not fit the operator or each other.
            UnsupportedModelError: results that are strings or no tensors.
        """
        inputs = ", ".join(f"{name}: {types[name]}" for name in node.input if name)
        self._check_element_types(node, schema, types)
        data = {
            name: numpy_helper.from_array(array, name)
            for name in node.input
            if (array := _value(name, types, constants)) is not None and array.nbytes <= INLINE_BYTES
        }
        # Sub-graphs may take any value from outside.
        visible = protos if any(subgraphs(node)) else {name: protos[name] for name in node.input if name}
        imports = [helper.make_opsetid(domain, version) for domain, version in self.opsets.items()]
        try:
            inferred = shape_inference.infer_node_outputs(schema, node, visible, data, opset_imports=imports)
        except (shape_inference.InferenceError, checker.ValidationError, RuntimeError, ValueError) as error:
            raise InvalidModelError(
                f"{self.name}: {describe(node)}: inputs do not fit ({inputs}): {in_one_line(error)}"
            ) from error
        return {
            output: self._completed(
                node,
                output,
                inferred.get(output, TypeProto()),
                self.declared.get(output, TypeProto()),
                is_final,
            )
            for output in node.output
            if output
        }

    def contradict(self, value: str) -> None:
        """Notes that a value is not of the type that the model declares, which nobody looks at any more."""
        declared = self.declared.pop(value).tensor_type
        self.contradicted[value] = type_text(declared.elem_type, declared_shape(TypeProto(tensor_type=declared)))

    def _check_element_types(self, node: NodeProto, schema: defs.OpSchema, types: Mapping[str, ValueType]) -> None:
        """ONNX's inference does not compare the element types of inputs with the operator's signature."""
        key = (schema.domain, schema.name)
        if key not in self._parameters:
            self._parameters[key] = [
                (parameter.type_str, parameter.is_homogeneous, frozenset(parameter.types))
                for parameter in schema.inputs
            ]
        parameters = self._parameters[key]
        if not schema.min_input <= len(node.input) <= schema.max_input:
            raise InvalidModelError(f"{self.name}: {describe(node)} has {len(node.input)} inputs")
        bound: dict[str, str] = {}
        for index, name in enumerate(node.input):
            if not name:
                continue
            variable, homogeneous, allowed = parameters[min(index, len(parameters) - 1)]
            elem_type = types[name].elem_type
            if f"tensor({TensorProto.DataType.Name(elem_type).lower()})" not in allowed:
                raise InvalidModelError(
                    f"{self.name}: {describe(node)}: input '{name}' is {types[name]}, which the operator does not take"
                )
            other = bound.setdefault(variable, name) if homogeneous else name
            if types[other].elem_type != elem_type:
                raise InvalidModelError(
                    f"{self.name}: {describe(node)}: inputs '{other}' ({types[other]}) and '{name}' ({types[name]}) "
                    "must have the same element type"
                )

    def _completed(
        self, node: NodeProto, output: str, inferred: TypeProto, declared: TypeProto, is_final: bool
    ) -> ValueType | None:
        """The inferred type, open sizes taken from the declared type unless that contradicts it."""
        if inferred.WhichOneof("value") not in (None, "tensor_type"):
            raise UnsupportedModelError(
                f"{self.name}: {describe(node)}: its result '{output}' is no tensor; only tensors can be compiled"
            )
        elem_type = inferred.tensor_type.elem_type or declared.tensor_type.elem_type
        if elem_type == TensorProto.STRING:
            raise UnsupportedModelError(
                f"{self.name}: {describe(node)}: its result '{output}' holds strings, which cannot be compiled"
            )
        shape, expected = declared_shape(inferred), declared_shape(declared)
        if declared.tensor_type.elem_type not in (0, elem_type) or not _agree(shape, expected):
            if is_final:
                self.contradict(output)
            expected = None
        if expected is not None and (shape is None or None in shape):
            self.assumed.add(output)
        if shape is None:
            shape = expected
        elif expected is not None:
            shape = tuple(b if a is None else a for a, b in zip(shape, expected, strict=True))
        if shape is None or not elem_type:
            return None
        sizes = tuple(size for size in shape if size is not None)
        return ValueType(elem_type, sizes) if len(sizes) == len(shape) else None


def _value(name: str, types: Mapping[str, ValueType], constants: Mapping[str, np.ndarray]) -> np.ndarray | None:
    """The value where it is known: that of a constant, or of what has no elements."""
    if name in constants or not name:
        return constants.get(name)
    type_ = types[name]
    if not type_.is_static or 0 not in type_.shape:
        return None
    return np.empty(type_.shape, helper.tensor_dtype_to_np_dtype(type_.elem_type))


def _agree(shape: tuple[int | None, ...] | None, expected: tuple[int | None, ...] | None) -> bool:
    if shape is None or expected is None:
        return True
    return len(shape) == len(expected) and all(
        a is None or b is None or a == b for a, b in zip(shape, expected, strict=True)
    )
