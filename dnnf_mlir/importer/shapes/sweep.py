"""The one pass over the graph that gives every value a type and folds what is constant.

Nodes come in topological order and everything before a node is known when it is reached: its inputs' types and
those of their values that are constant. So shape inference of single nodes is enough, and the shape arithmetic of
exported models disappears on the way.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
from onnx import AttributeProto, NodeProto, TensorProto, TypeProto, defs, helper, numpy_helper

from dnnf_mlir.dialect_defs import operators_by_onnx_name
from dnnf_mlir.dialect_defs.dialect import Mismatch, NotStatic
from dnnf_mlir.errors import FreeSizeError, InvalidModelError, RunTimeSizeError, UnsupportedModelError
from dnnf_mlir.graph.size import (
    COUNT,
    REPRESENTATIVE,
    Minimum,
    Quotient,
    Size,
    assumptions,
    has_counts,
    is_free,
    least,
    representative,
    terms_of,
)
from dnnf_mlir.importer.control_flow.loop import ClosedLoop
from dnnf_mlir.importer.control_flow.scan import ScanForm, placed, scan_as_loop
from dnnf_mlir.importer.control_flow.scan_outputs import stack_what_grows
from dnnf_mlir.importer.control_flow.unroll import (
    UNROLLED_LIMIT,
    EndlessError,
    Unrolled,
    both_branches,
    passes_on,
    unroll_loop,
    unroll_map,
    unroll_scan,
)
from dnnf_mlir.importer.decompose.builder import Composite
from dnnf_mlir.importer.decompose.choosing import choose_part
from dnnf_mlir.importer.decompose.containers import Container, element_names, held_by
from dnnf_mlir.importer.decompose.functions import expand, instantiate_branch, renamed_copies
from dnnf_mlir.importer.decompose.gradient import depending, differentiate, names_of
from dnnf_mlir.importer.decompose.registry import compose
from dnnf_mlir.importer.decompose.training import TRAINING_DOMAIN
from dnnf_mlir.importer.graphs import captured_values, describe, live_nodes, rename_values, subgraphs, used_values
from dnnf_mlir.importer.read.attribute_values import check_attribute_values
from dnnf_mlir.importer.read.loading import LoadedModel
from dnnf_mlir.importer.read.tensors import TensorReader, constant_value
from dnnf_mlir.importer.shapes.data_dependent import Counting, counted_types, is_up_to, listed_shape
from dnnf_mlir.importer.shapes.description import described
from dnnf_mlir.importer.shapes.dynamic import (
    SHAPED_BY,
    Sizes,
    evaluate_sizes,
    is_known,
    representatives,
    result_types,
    sizes_of,
)
from dnnf_mlir.importer.shapes.folding import fold, is_no_operation, shape_value, type_of
from dnnf_mlir.importer.shapes.inference import Inference
from dnnf_mlir.importer.shapes.value_type import ValueType, declared_shape, type_text

_MOVING = frozenset(["Cast", "Concat", "Gather", "Identity", "Reshape", "Slice", "Split", "Squeeze", "Unsqueeze"])
"""Operators whose results are elements of their first operand, or of all of them."""

_SHAPE_OPERANDS = {"ConstantOfShape": 0, "Expand": 1, "Reshape": 1, "Tile": 1, "Resize": 3}
"""Operator -> the input that lists the sizes of its result."""

LARGEST_RANK = 32
"""What numpy arrays of every version can have, and with them the reference and the runtime."""

LARGEST_TENSOR_BYTES = 1 << 40
"""More than the memory of any machine that is compiled for: beyond it, index arithmetic may leave 64 bits."""


@dataclass
class Counts:
    """What the sweep did, in nodes."""

    folded: int = 0
    no_operations: int = 0
    expanded_functions: int = 0
    inlined_branches: int = 0


class UndeterminedShapesError(UnsupportedModelError):
    """Shapes depend on the values of the model's inputs."""


@dataclass
class Sweep:
    """Nodes, types and constants as they come out.

    ``containers`` are the values that are no tensors, ``sizes`` those that depend on free dimensions, ``requirements``
    what is assumed of these: a description and a size that must not be negative. ``learned`` are the types, without
    element type, of values whose sizes run-time values determine, as declared types of later values ask for;
    ``bodies`` are what ``prepare_body`` made of loops' bodies, by the first result of the loop.
    ``meets_declared_sizes`` says whether a size that run-time values determine is declared somewhere.

    Args:
        name: the model's name in messages.
        opsets: version by domain.
        outputs: names of the graph's outputs, which stay.
        inference: gives the types of results.
        fold_limit_bytes: limit for the result of one folded node.
        prepare_body: brings a loop's body, as a model of its own, into the form that is compiled.
        independent: names of values that something is differentiated by: what is computed from them is not folded.
    """

    name: str
    opsets: Mapping[str, int]
    outputs: frozenset[str]
    inference: Inference
    fold_limit_bytes: int
    prepare_body: Callable[[LoadedModel], Any]
    independent: frozenset[str] = frozenset()
    nodes: list[NodeProto] = field(default_factory=list)
    constants: dict[str, np.ndarray] = field(default_factory=dict)
    types: dict[str, ValueType] = field(default_factory=dict)
    containers: dict[str, Container] = field(default_factory=dict)
    sizes: dict[str, Sizes] = field(default_factory=dict)
    requirements: dict[str, int] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    bodies: dict[str, Any] = field(default_factory=dict)
    learned: dict[str, ValueType] = field(default_factory=dict)
    meets_declared_sizes: bool = False
    _places: dict[int, tuple[str, int]] = field(default_factory=dict)
    _aliases: dict[str, str] = field(default_factory=dict)
    _undetermined: dict[str, str] = field(default_factory=dict)
    _type_protos: dict[str, TypeProto] = field(default_factory=dict)
    _folded: dict[bytes, list[np.ndarray]] = field(default_factory=dict)
    _schemas: dict[tuple[str, str], defs.OpSchema] = field(default_factory=dict)
    _counts: int = 0
    _unrolled_nodes: int = 0
    _determined: dict[int, dict[str, ValueType]] = field(default_factory=dict)
    _read: dict[str, Sizes] = field(default_factory=dict)
    _producers: dict[str, NodeProto] = field(default_factory=dict)
    _carried: set[str] = field(default_factory=set)

    def add_input(self, value: str, value_type: ValueType) -> None:
        """Declares an input of the graph."""
        if len(value_type.shape) > LARGEST_RANK:
            raise UnsupportedModelError(
                f"{self.name}: '{value}' has {len(value_type.shape)} dimensions; tensors of up to {LARGEST_RANK} "
                "can be compiled"
            )
        if value_type.nbytes > LARGEST_TENSOR_BYTES:
            raise UnsupportedModelError(
                f"{self.name}: '{value}' is {value_type} and needs {value_type.nbytes} bytes; tensors of up to "
                f"{LARGEST_TENSOR_BYTES} bytes can be compiled"
            )
        self.types[value] = value_type
        for axis, size in enumerate(value_type.shape):
            if is_free(size):
                self._places.setdefault(size, (value, axis))
        shape = value_type.representative.shape
        self._type_protos[value] = helper.make_tensor_type_proto(value_type.elem_type, shape)

    def add_constant(self, value: str, array: np.ndarray) -> None:
        """Declares a constant."""
        self.constants[value] = array
        self.add_input(value, type_of(array))

    def add_sizes(self, value: str, array: Sizes, value_type: ValueType) -> None:
        """Declares a value computed from shapes: a constant, or one that depends on free dimensions."""
        if is_known(array):
            self.add_constant(value, array.astype(helper.tensor_dtype_to_np_dtype(value_type.elem_type)))
        else:
            self.sizes[value] = array
            self.add_input(value, value_type)

    def run(self, nodes: Iterable[NodeProto]) -> None:
        """Takes in `nodes`, topologically sorted.

        Raises:
            InvalidModelError: shapes or types that do not fit.
            UndeterminedShapesError: shapes that depend on the values of inputs (all of them).
            UnsupportedModelError: strings.
        """
        nodes = list(nodes)
        live = {output for node in live_nodes(nodes, self.outputs) for output in node.output}
        for node in nodes:
            before = frozenset(self.inference.assumed)
            self._add_all([node])
            if live.isdisjoint(node.output):
                self.inference.assumed.intersection_update(before)
        for output in self.outputs & self.sizes.keys():
            data = self._as_data(output)
            self.nodes.append(helper.make_node("Identity", [data], [output], output))
        if self._undetermined:
            lines = "\n".join(f"  {node}: {reason}" for node, reason in self._undetermined.items())
            raise UndeterminedShapesError(f"{self.name}: shapes that are not known before the model runs:\n{lines}")

    def _add_all(self, nodes: Iterable[NodeProto]) -> None:
        for original in nodes:
            node = NodeProto()
            node.CopyFrom(original)
            rename_values(node, self._aliases)
            self._add(node)

    def _add(self, node: NodeProto) -> None:
        if node.op_type == "Constant":
            self.add_constant(node.output[0], constant_value(node, TensorReader(self.name)))
            return
        if any(name not in self.types and name not in self.containers for name in used_values(node)):
            return  # after a node that is reported already
        if node.op_type == "If" and node.input[0] in self.constants:
            self._inline_branch(node)
            return
        if node.op_type == "If" and not node.domain:
            self._choose(node)
            return
        if (unrolled := self._unrolled(node)) is not None:
            self._replace_by(unrolled)
            return
        if node.op_type == "Scan" and not node.domain:
            self._scan(node)
            return
        if node.op_type == "Loop" and not node.domain:
            self._repeat(node)
            return
        if node.op_type == "Gradient" and node.domain == TRAINING_DOMAIN:
            self._differentiate(node)
            return
        if node.op_type == "Concat" and not node.domain:
            self._match(node)
        schema = self._schema(node)
        _write_defaults(node, schema)
        check_attribute_values(node, self.name)
        if (held := held_by(node, self.containers)) is not None:
            self.containers.update(held)
            return
        if any(name in self.containers for name in node.input) or _gives_no_tensors(schema):
            self._resolve(node)
            return
        inputs = [_open_type(self.types[name]) if name else TypeProto() for name in node.input]
        if (body := expand(node, schema, self.opsets[""], inputs)) is not None and self._expanded(body):
            return
        if (composite := self._composed(node)) is not None:
            self._replace_by_composite(composite)
            return
        known: Mapping[str, np.ndarray] = self.constants
        if sizes := {name: representatives(self.sizes[name]) for name in node.input if name in self.sizes}:
            if node.op_type == "ConstantOfShape":
                self._fill(node)
                return
            known = self.constants | sizes
        free = any(not self.types[name].is_static or name in self.sizes for name in node.input if name)
        try:
            results = self._inferred(node, schema, known)
        except InvalidModelError as error:
            if not free:
                raise
            self._undetermined[describe(node)] = f"cannot be compiled for sizes like {REPRESENTATIVE}: {error}"
            return
        is_constant = all(name in self.constants for name in node.input if name)
        if None in results.values() and not is_constant and self._count(node):
            return
        if free:
            with assumptions() as assumed:
                try:
                    if self._calculate(node, results):
                        return
                    results = self._free_results(node, results)
                except (Mismatch, NotStatic, FreeSizeError, TypeError) as problem:
                    if self._count(node):
                        return
                    self._undetermined[describe(node)] = f"cannot be compiled for all sizes: {problem}"
                    return
            self.requirements.update({f"{describe(node)}: {size} >= 0": cast("int", size) for size in assumed})
            self._compare_with_declared(node, results)
        if self._remove(node, results) or self._fold(node, schema, results):
            return
        if missing := [output for output, result in results.items() if result is None]:
            self._undetermined[describe(node)] = self._reason(node, missing)
            return
        for output, result in results.items():
            if result is not None:
                self.add_input(output, result)
        self._keep(node)

    def _inferred(
        self, node: NodeProto, schema: defs.OpSchema, known: Mapping[str, np.ndarray]
    ) -> dict[str, ValueType | None]:
        """The types of the results; sizes that run-time values determine are compared with declared ones later."""
        try:
            return self.inference.results(node, schema, self.types, self._type_protos, known)
        except InvalidModelError:
            if not any(has_counts(size) for name in node.input if name for size in self.types[name].shape):
                raise
            return self.inference.results(node, schema, self.types, self._type_protos, known, as_declared=False)

    def _compare_with_declared(self, node: NodeProto, results: Mapping[str, ValueType | None]) -> None:
        """Sizes that run-time values determine, but that the model declares: the next sweep can begin with them.

        Where it cannot, the module checks them. Raises InvalidModelError for another result than the declared one.
        """
        for output, result in results.items():
            proto = self.inference.declared.get(output, TypeProto())
            declared = declared_shape(proto)
            if result is None or declared is None or not any(map(has_counts, result.shape)):
                continue
            pairs = [(a, b) for a, b in zip(result.shape, declared, strict=False) if b is not None and a != b]
            is_ranked = len(declared) == len(result.shape) and proto.tensor_type.elem_type in (0, result.elem_type)
            if not is_ranked or not all(has_counts(size) for size, _ in pairs):
                raise InvalidModelError(
                    f"{self.name}: {describe(node)}: its result '{output}' is declared as "
                    f"{type_text(proto.tensor_type.elem_type, declared)} but is {result}"
                )
            self.meets_declared_sizes |= bool(pairs)
            for size, expected in pairs:
                first = self._determined.get(size, {})
                if first and all(map(self._is_open, first)):
                    self.learned |= {
                        name: ValueType(0, tuple(expected if is_free(part) else part for part in type_.shape))
                        for name, type_ in first.items()
                    }
                else:
                    self._require_equal(node, size, expected)

    def _is_open(self, name: str) -> bool:
        """Whether the model does not declare all sizes of a value."""
        declared = declared_shape(self.inference.declared.get(name, TypeProto()))
        return declared is None or None in declared

    def _count(self, node: NodeProto) -> bool:
        """Whether the shapes of the results are known with new symbols for sizes that run-time values determine."""
        before = set(self._places)
        shape_operand = -1 if node.domain else _SHAPE_OPERANDS.get(node.op_type, -1)
        name = node.input[shape_operand] if -1 < shape_operand < len(node.input) else ""
        if name and (self.types[name].elem_type != TensorProto.INT64 or not self.types[name].is_static):
            return False
        if name and node.op_type in ("ConstantOfShape", "Expand"):
            self.add_sizes(f"{name}/sizes", self._as_sizes(name), self.types[name])
            node.input[shape_operand] = f"{name}/sizes"
            self._add(node)
            return True
        try:
            found = self._counted_types(node, name)
        except (IndexError, ValueError) as error:
            raise InvalidModelError(f"{self.name}: {describe(node)}: its inputs do not fit: {error}") from error
        if found is None:
            return False
        for position, name in enumerate(node.input):
            if name in self.sizes:
                node.input[position] = self._as_data(name)
        results = {output: result for output, result in zip(node.output, found, strict=False) if output}
        for output, result in results.items():
            self.add_input(output, result)
        free = {size for result in results.values() for size in result.shape if is_free(size)}
        if len(free) == 1 and free.isdisjoint(before):
            self._determined[free.pop()] = results
        self._compare_with_declared(node, results)
        self._keep(node)
        return True

    def _counted_types(self, node: NodeProto, listed: str) -> list[ValueType] | None:
        """The types of the results; ``listed`` is the input that lists a result's sizes, if there is one."""

        def equal(size: int, other: int) -> None:
            self._require_equal(node, size, other)

        counting = Counting(node, self.types, self.constants, self._new_count, equal)
        if listed:
            shape = listed_shape(counting, self._as_sizes(listed).tolist())
            return None if shape is None else [ValueType(counting.type(0).elem_type, shape)]
        if is_up_to(counting):
            return [ValueType(TensorProto.INT64, (self._as_sizes(node.input[1]).item(),))]
        return counted_types(counting)

    def _repeat(self, node: NodeProto) -> None:
        """Carries a Loop whose number of iterations only the running model knows."""
        names = [*node.input, *captured_values(next(a.g for a in node.attribute if a.name == "body"))]
        if any(name in self.containers for name in names):
            self._undetermined[describe(node)] = (
                "it passes a sequence or an optional on, as often as the running model says; make that constant"
            )
            return
        turns = self._turns(node)
        rename_values(node, {name: self._as_data(name) for name in names if name in self.sizes})
        stacking = stack_what_grows(node, self.types)
        if stacking is not None and self._carry(stacking[0], turns) is None:
            self._replace_by(stacking[1])
        elif (problem := self._carry(node, turns)) is not None:
            self._undetermined[describe(node)] = problem

    def _scan(self, node: NodeProto) -> None:
        """Replaces a Scan by a Loop."""
        form, composite = ScanForm(node, self.types), Composite(node, self.types)
        first, *others = form.lengths
        for other in others:
            if first != other and not (is_free(first) or is_free(other)):
                raise InvalidModelError(f"{self.name}: {describe(node)}: its sequences have {first} and {other} steps")
            if first != other:
                self._require_equal(node, first, other)
        stacked = scan_as_loop(composite, form)
        self._replace_by_composite(composite)
        if all(value in self.types for value, _ in stacked):
            results = composite.inside(f"{node.name}/results")
            placed(results, stacked)
            self._replace_by_composite(results)

    def _turns(self, node: NodeProto) -> int | None:
        """How many turns a Loop has, where sizes alone determine that."""
        limit, start = (self.sizes.get(name, self.constants.get(name)) for name in node.input[:2])
        body = next(attribute.g for attribute in node.attribute if attribute.name == "body")
        if limit is None or (node.input[1] and (start is None or not start.all())) or not passes_on(body):
            return None
        turns: int = limit.item()
        lowest = least(turns)
        return turns if lowest is not None and lowest >= 0 else None

    def _carry(self, node: NodeProto, turns: int | None) -> str | None:
        """Adds a Loop with the types of its results, or says why they are not determined."""
        loop = ClosedLoop(node, self.types, self.constants)
        states, stacked = loop.outputs
        found: list[ValueType] = []
        try:
            while not found or loop.widened([found[i] for i in states]):
                prepared = self.prepare_body(loop.model(self.opsets, f"{self.name}: body of {describe(node)}"))
                found = [prepared.types[name] for name in prepared.outputs]
        except UndeterminedShapesError as error:
            return str(error)
        parts = [part for i in stacked if (part := loop.part(found[i])) is not None]
        if len(parts) < len(stacked):
            return "it stacks results whose sizes may differ from turn to turn; make these constant"
        results = []
        for state, name in enumerate(loop.states):
            elem_type, shape = self.types[name]
            sizes = (self._new_count() if (state, i) in loop.changing else size for i, size in enumerate(shape))
            results.append((elem_type, tuple(sizes)))
        if turns is None:
            turns = self._new_count() if parts else 0
        results += [(part.elem_type, (turns, *part.shape)) for part in parts]
        closed = loop.closed()
        for output, result in zip(closed.output, results, strict=True):
            self.add_input(output, ValueType(*result))
        self.bodies[closed.output[0]] = prepared
        self._keep(closed)
        return None

    def _differentiate(self, node: NodeProto) -> None:
        """Replaces a Gradient by derivatives: of a copy of the graph where its inputs are not those of the graph."""
        xs, zs, y = names_of(node)
        known = {name: self._aliases.get(name, name) for name in (*xs, *zs, y)}
        if unknown := [name for name in known if known[name] not in self.types]:
            raise InvalidModelError(
                f"{self.name}: {describe(node)}: '{unknown[0]}' is no value that is computed before"
            )
        if len(node.input) != len(xs) + len(zs):
            raise InvalidModelError(f"{self.name}: {describe(node)}: it has not an input for each of xs and zs")
        names = {known[name]: given for name, given in zip((*xs, *zs), node.input, strict=True)}
        nodes, y = depending(self.nodes, names, known[y]), known[y]
        if any(name != given for name, given in names.items()):
            given = list(names.values())
            self._add_all(renamed_copies(nodes, node.name, names))
            y = self._aliases.get(names.get(y, y), names.get(y, y))
            nodes = depending(self.nodes, given, y)
        composite = Composite(node, self.types, self.constants)
        try:
            differentiate(composite, nodes, y, node.input[: len(xs)])
        except NotImplementedError as error:
            raise UnsupportedModelError(
                f"{self.name}: {describe(node)}: there is no derivative here of node {error}; "
                "export the gradient as nodes of the graph"
            ) from error
        self._replace_by_composite(composite)

    def _match(self, node: NodeProto) -> None:
        """Pads operands of a Concat that are equal in size when the model runs: the module checks that they are."""
        shapes = [self.types[name].shape for name in node.input]
        axis = next(attribute.i for attribute in node.attribute if attribute.name == "axis") % max(len(shapes[0]), 1)
        for dimension in range(len(shapes[0])):
            sizes = list(dict.fromkeys(shape[dimension] for shape in shapes if len(shape) == len(shapes[0])))
            if dimension == axis or len(sizes) < 2 or not any(map(has_counts, sizes)):
                continue
            whole = min(sizes, key=lambda size: (is_free(size), -representative(size)))
            for position, name in enumerate(node.input):
                if (size := self.types[name].shape[dimension]) != whole:
                    node.input[position] = self._padded(node, name, dimension, whole - size)

    def _padded(self, node: NodeProto, name: str, dimension: int, missing: int) -> str:
        kind = self.types[name]
        shape = (*kind.shape[:dimension], missing, *kind.shape[dimension + 1 :])
        label = f"{node.name}/{name}/{dimension}"
        dtype = helper.tensor_dtype_to_np_dtype(kind.elem_type)
        self.add_constant(f"{label}/zero", np.zeros((), dtype))
        sizes = np.empty(len(shape), object)
        sizes[:] = shape
        self.add_sizes(f"{label}/shape", sizes, ValueType(TensorProto.INT64, (len(shape),)))
        rest = helper.make_node("Expand", [f"{label}/zero", f"{label}/shape"], [f"{label}/rest"], f"{label}/rest")
        joined = helper.make_node("Concat", [name, rest.output[0]], [label], label, axis=dimension)
        self._add_all([rest, joined])
        self._require_equal(node, missing, 0)
        return label

    def _require_equal(self, node: NodeProto, size: int, other: int) -> None:
        for difference in (size - other, other - size):
            self.requirements[f"{describe(node)}: {difference} >= 0"] = difference

    def _as_sizes(self, name: str) -> Sizes:
        """The elements of a list of sizes computed at run time: each is a number, a size, or a count of its own."""
        if name in self.sizes or name in self.constants:
            return np.asarray(self.sizes.get(name, self.constants.get(name)), object)
        if name in self._read:
            return self._read[name]
        node = self._producers.get(name)
        if node is not None and (moved := self._moved(node)) is not None:
            self._read |= {output: array for output, array in zip(node.output, moved, strict=False) if output}
            return self._read[name]
        found = np.empty(self.types[name].shape, object)
        for position in np.ndindex(found.shape):
            found[position] = self._counted_element(name, position)
        self._read[name] = found
        return found

    def _moved(self, node: NodeProto) -> list[Sizes] | None:
        """The results of a node that only moves elements of sizes, the positions known; None for another one."""
        data = len(node.input) if node.op_type == "Concat" else 1
        if node.domain or node.op_type not in _MOVING:
            return None
        integers = all(
            self.types[name].elem_type in (TensorProto.INT32, TensorProto.INT64) for name in node.input[:data]
        )
        if not integers or any(name and name not in self.constants for name in node.input[data:]):
            return None
        operands = [self._as_sizes(name) for name in node.input[:data]]
        try:
            results = evaluate_sizes(node, [*operands, *(self.constants.get(name) for name in node.input[data:])])
        except TypeError:
            return None
        return results if isinstance(results, list) or results is None else [results]

    def _counted_element(self, name: str, position: tuple[int, ...]) -> int:
        """A count that an element determines: the length of a Range up to it."""
        label = "/".join([name, *map(str, position)])
        size = self._new_count()
        for text, number in (("at", np.array(position, np.int64)), ("zero", np.array(0)), ("one", np.array(1))):
            self.add_constant(f"{label}/{text}", number)
        element = name
        if position:
            element = f"{label}/element"
            read = helper.make_node("GatherND", [name, f"{label}/at"], [element], element, batch_dims=0)
            self._append(read, (), self.types[name].elem_type)
        last = helper.make_node("Cast", [element], [f"{label}/last"], f"{label}/last", to=7, saturate=1)
        self._append(last, ())
        inputs = [f"{label}/zero", f"{label}/last", f"{label}/one"]
        self._append(helper.make_node("Range", inputs, [f"{label}/range"], f"{label}/range"), (size,))
        return size

    def _keep(self, node: NodeProto) -> None:
        """Adds a node that is not folded."""
        self.nodes.append(node)
        self._producers.update((output, node) for output in node.output if output)

    def _new_count(self) -> int:
        self._counts += 1
        return Size.free(f"{COUNT}{self._counts - 1}")

    def returned(self, output: str) -> tuple[str, ...]:
        """The values that an output of the graph becomes: itself, or one for each tensor of a sequence."""
        if output not in self.containers:
            return (output,)
        elements = self.containers[output]
        if elements is None:
            raise UnsupportedModelError(f"{self.name}: output '{output}' is an optional that never has a value")
        names = element_names(output, len(elements))
        for name, element in zip(names, elements, strict=True):
            if element in self.constants:
                self.add_constant(name, self.constants[element])
            else:
                self.nodes.append(helper.make_node("Identity", [element], [name], name))
                self.add_input(name, self.types[element])
        return names

    def _resolve(self, node: NodeProto) -> None:
        """Replaces a node that takes sequences or optionals."""
        composite = self._composed(node)
        if composite is None:
            self._undetermined[describe(node)] = (
                "it takes or gives a sequence or an optional, and a position, a number or the sizes of its tensors are "
                "known only when the model runs"
            )
        else:
            self._replace_by_composite(composite)

    def _replace_by_composite(self, composite: Composite) -> None:
        self.counts.expanded_functions += 1
        self._carried |= composite.carried
        for name, array in composite.constants.items():
            self.add_constant(name, array)
        self._add_all(composite.nodes)

    def _fill(self, node: NodeProto) -> None:
        """Replaces a ConstantOfShape whose shape depends on free dimensions by an Expand of its value."""
        value = next((numpy_helper.to_array(a.t) for a in node.attribute if a.name == "value"), np.zeros(1, np.float32))
        self.add_constant(f"{node.name}/value", value.reshape(()))
        inputs = [f"{node.name}/value", node.input[0]]
        self._add_all([helper.make_node("Expand", inputs, list(node.output), node.name)])

    def _calculate(self, node: NodeProto, results: Mapping[str, ValueType | None]) -> bool:
        """Whether the results are known as expressions of the free dimensions, because all operands are."""
        if node.op_type in ("Shape", "Size") and node.domain == "":
            values: Sizes | list[Sizes] | None = sizes_of(node, self.types[node.input[0]].shape)
        elif all(not name or name in self.sizes or name in self.constants for name in node.input):
            if any(name in self.sizes for name in node.input[SHAPED_BY.get(node.op_type, len(node.input)) :]):
                return False
            operands = [self.sizes.get(name, self.constants.get(name)) for name in node.input]
            try:
                values = evaluate_sizes(node, operands)
            except RunTimeSizeError:
                return False  # the module computes it
        else:
            return False
        if values is None:
            return False
        for output, array in zip(node.output, values if isinstance(values, list) else [values], strict=True):
            result = results[output]
            if result is None or result.shape != array.shape:
                raise TypeError(f"its result is {result}, not of shape {array.shape}")
            self.add_sizes(output, array, result)
        self.counts.folded += 1
        return True

    def _free_results(self, node: NodeProto, results: Mapping[str, ValueType | None]) -> dict[str, ValueType | None]:
        """The types of the results for all sizes, from those for representative sizes."""
        op = operators_by_onnx_name().get(node.op_type) if node.domain in ("", "ai.onnx") else None
        if None in results.values():
            raise TypeError("the shapes of its results are not known")
        types = {name: self.types[name] for name in node.input if name}
        types |= {name: result for name, result in results.items() if result is not None}
        described_node = described(node, types, self.constants, self.name)
        values = {i: self.sizes[name] for i, name in enumerate(node.input) if name in self.sizes}
        found = result_types(op, described_node, values)
        for position in values:
            if position < SHAPED_BY.get(node.op_type, len(node.input)):
                node.input[position] = self._as_data(node.input[position])
        return {name: self._shaped(results[name], type_.shape) for name, type_ in zip(results, found, strict=True)}

    def _as_data(self, name: str) -> str:
        """A value computed from sizes at run time: each is read from a tensor that has it as a dimension."""
        data = f"{name}/data"
        if data in self.types:
            return data
        array, parts = self.sizes[name], []
        self._read[data] = array
        for i, size in enumerate(array.flat):
            part = f"{data}/{i}"
            if is_free(size):
                part = self._number(size, part)
            else:
                self.add_constant(part, np.array([size], np.int64))
            parts.append(part)
        whole = parts[0]
        if len(parts) > 1:
            whole = f"{data}/all"
            self._append(helper.make_node("Concat", parts, [whole], whole, axis=0), (len(parts),))
        self.add_constant(f"{data}/shape", np.array(array.shape, np.int64))
        flat = f"{data}/flat"
        self._append(helper.make_node("Reshape", [whole, f"{data}/shape"], [flat], flat, allowzero=0), array.shape)
        elem_type = self.types[name].elem_type
        self._append(helper.make_node("Cast", [flat], [data], data, to=elem_type, saturate=1), array.shape, elem_type)
        return data

    def _number(self, size: int, name: str) -> str:
        """A size as a tensor of one element: a dimension of a tensor before it, or calculated from several."""
        if (place := self._places.get(size)) is not None:
            value, axis = place
            self._append(helper.make_node("Shape", [value], [name], name, start=axis, end=axis + 1), (1,))
            return name
        products = [
            self._joined(
                "Mul", [self._atom(atom, f"{name}/{i}/{j}") for j, atom in enumerate(monomial)], factor, f"{name}/{i}"
            )
            for i, (monomial, factor) in enumerate(terms_of(size).items())
        ]
        return self._joined("Add", products, 0, f"{name}/sum")

    def _atom(self, atom: str | Quotient | Minimum, name: str) -> str:
        match atom:
            case Quotient(numerator, denominator) if numerator.least is not None and numerator.least >= 0:
                return self._joined("Div", [self._number(cast("int", numerator), f"{name}/of")], denominator, name)
            case Minimum(first, second):
                parts = [part for part in (first, second) if is_free(part)]
                numbers = [self._number(cast("int", part), f"{name}/{i}") for i, part in enumerate(parts)]
                fixed = [part for part in (first, second) if not is_free(part)]
                return self._joined("Min", numbers, cast("int", fixed[0]) if fixed else None, name)
        size = Size({(atom,): 1})
        if cast("int", size) not in self._places:
            raise TypeError(f"{size} is needed as a number, which is the size of no tensor before it")
        return self._number(cast("int", size), name)

    def _joined(self, op_type: str, parts: list[str], last: int | None, name: str) -> str:
        """Numbers joined by an operator of integers, with a constant as the last unless that changes nothing."""
        parts = list(parts)
        if not parts or (last is not None and last != {"Mul": 1, "Add": 0, "Div": 1}.get(op_type)):
            self.add_constant(f"{name}/constant", np.array([last], np.int64))
            parts.append(f"{name}/constant")
        joined = parts[0]
        for i, part in enumerate(parts[1:]):
            node = helper.make_node(op_type, [joined, part], [f"{name}/{op_type}_{i}"], f"{name}/{op_type}_{i}")
            self._append(node, (1,))
            joined = node.output[0]
        return joined

    def _append(self, node: NodeProto, shape: tuple[int, ...], elem_type: int = TensorProto.INT64) -> None:
        """A node that is not folded."""
        self._keep(node)
        self.add_input(node.output[0], ValueType(elem_type, shape))

    def _shaped(self, result: ValueType | None, shape: tuple[int, ...]) -> ValueType:
        """The type with a shape that must agree with it for representative sizes."""
        if result is None or result.shape != tuple(map(representative, shape)):
            raise TypeError(f"the shape {shape} does not agree with {result}")
        return ValueType(result.elem_type, shape)

    def _expanded(self, body: list[NodeProto]) -> bool:
        """Puts a function's body in the node's place.

        Not where a shape inside is not known before the model runs, or only the model's declarations tell it.
        """
        before = replace(self, nodes=list(self.nodes), constants=dict(self.constants), types=dict(self.types))
        aliases, type_protos = dict(self._aliases), dict(self._type_protos)
        undetermined, counts = dict(self._undetermined), replace(self.counts)
        sizes, requirements, places = dict(self.sizes), dict(self.requirements), dict(self._places)
        containers, read, determined = dict(self.containers), dict(self._read), dict(self._determined)
        learned, met = dict(self.learned), self.meets_declared_sizes
        self.meets_declared_sizes = False
        problem: InvalidModelError | None = None
        try:
            self._add_all(body)
        except InvalidModelError as error:
            problem = error
        missing = (
            {output for inner in body for output in inner.output if output} - self.types.keys() - self._aliases.keys()
        )
        is_complete = self._undetermined == undetermined and not missing and not self.meets_declared_sizes
        self.meets_declared_sizes = met
        if problem is None and is_complete:
            self.counts.expanded_functions += 1
            return True
        self._read, self._determined, self.learned = read, determined, learned
        self._undetermined, self.counts, self.containers = undetermined, counts, containers
        self.sizes, self.requirements, self._places = sizes, requirements, places
        self.nodes, self.constants, self.types = before.nodes, before.constants, before.types
        self._aliases, self._type_protos = aliases, type_protos
        return False

    def _schema(self, node: NodeProto) -> defs.OpSchema:
        key = (node.domain, node.op_type)
        if key not in self._schemas:
            self._schemas[key] = defs.get_schema(node.op_type, self.opsets[node.domain], node.domain)
        return self._schemas[key]

    def _fold(self, node: NodeProto, schema: defs.OpSchema, results: Mapping[str, ValueType | None]) -> bool:
        if node.op_type in ("Shape", "Size") and node.domain == "":
            values: list[np.ndarray] | None = [shape_value(node, self.types[node.input[0]])]
        elif (
            not node.input
            or node.domain
            or schema.non_deterministic  # type: ignore[attr-defined]
            or any(subgraphs(node))
            or any(name and name not in self.constants for name in node.input)
            or not self.independent.isdisjoint(node.input)
        ):
            return False
        else:
            # A weight that is shared and, say, transposed by every layer stays shared.
            key = _without_names(node)
            values = self._folded.get(key)
            if values is None:
                arrays = [self.constants.get(name) for name in node.input]
                values = fold(node, arrays, [results.get(output) for output in node.output], self.fold_limit_bytes)
            if values is not None:
                self._folded[key] = values
        if values is None:
            return False
        for output, array in zip(node.output, values, strict=False):
            if output:
                self.add_constant(output, array)
        self.counts.folded += 1
        return True

    def _remove(self, node: NodeProto, results: Mapping[str, ValueType | None]) -> bool:
        stays = node.output[0] in self.outputs or node.output[0] in self.independent
        if not node.input or not node.input[0] or node.domain or stays:
            return False
        if node.output[0] in self.inference.assumed:
            return False  # the module checks that it has no effect
        result = results.get(node.output[0])
        training = np.array(False)
        if node.op_type == "Dropout" and len(node.input) > 2 and node.input[2]:
            training = self.constants.get(node.input[2])  # type: ignore[assignment]
        if result is None or not is_no_operation(node, self.types[node.input[0]], result, training):
            return False
        self._aliases[node.output[0]] = node.input[0]
        self.counts.no_operations += 1
        return True

    def _inline_branch(self, node: NodeProto) -> None:
        """Replaces an If whose condition is known by the nodes of the branch taken."""
        taken = "then_branch" if self.constants[node.input[0]].any() else "else_branch"
        branch = next(attribute.g for attribute in node.attribute if attribute.name == taken)
        if len(branch.output) != len(node.output):
            raise InvalidModelError(
                f"{self.name}: {describe(node)}: {len(node.output)} outputs, but its {taken} gives {len(branch.output)}"
            )
        self.counts.inlined_branches += 1
        nodes, weights = instantiate_branch(branch, node)
        for name, tensor in weights.items():
            self.add_constant(name, numpy_helper.to_array(tensor))
        self._add_all(nodes)

    def _composed(self, node: NodeProto) -> Composite | None:
        try:
            return compose(node, self.types, self.constants, self.containers)
        except IndexError as error:
            raise InvalidModelError(f"{self.name}: {describe(node)}: {error}") from error

    def _unrolled(self, node: NodeProto) -> Unrolled | None:
        if node.domain or node.op_type not in ("Scan", "Loop", "SequenceMap") or node.name in self._carried:
            return None
        try:
            if node.op_type == "SequenceMap":
                return unroll_map(node, self.containers)
            if node.op_type == "Scan":
                return unroll_scan(node, self.types)
            return unroll_loop(node, self.constants.get, self._declared_length)
        except EndlessError as error:
            raise UnsupportedModelError(f"{self.name}: {describe(node)}: {error}") from error
        except (IndexError, KeyError, ValueError, StopIteration) as error:
            reason = "its inputs, results and body do not fit"
            raise InvalidModelError(f"{self.name}: {describe(node)}: {reason}") from error

    def _declared_length(self, output: str) -> int | None:
        shape = declared_shape(self.inference.declared.get(output, TypeProto()))
        return shape[0] if shape else None

    def _choose(self, node: NodeProto) -> None:
        """Both branches of an If are computed, and their results chosen from by a condition known at run time."""
        both, condition, results = both_branches(node)
        self._replace_by(both)
        for output, (then, otherwise) in zip(node.output, results, strict=True):
            self._choose_value(
                node, condition, output, self._aliases.get(then, then), self._aliases.get(otherwise, otherwise)
            )

    def _choose_value(self, node: NodeProto, condition: str, output: str, then: str, otherwise: str) -> None:
        """One of two values, or of the tensors of two sequences."""
        pair = (then, otherwise)
        name = f"{node.name}/{output}"
        if any(name not in self.types and name not in self.containers for name in pair):
            return  # after a node that is reported already
        held = [self.containers.get(name) for name in pair]
        if held[0] is not None and held[1] is not None and len(held[0]) == len(held[1]):
            chosen = [f"{name}/{i}" for i in range(len(held[0]))]
            for element, *both in zip(chosen, held[0], held[1], strict=True):
                self._choose_value(node, condition, element, *both)
            self.containers[output] = tuple(chosen)
        elif then in self.containers or otherwise in self.containers:
            self._undetermined[describe(node)] = (
                f"how many tensors '{output}' holds depends on the condition; give both branches equally many"
            )
        elif self.types[then] == self.types[otherwise]:
            self._add_all([helper.make_node("Where", [condition, *pair], [output], name)])
        elif (part := self._chosen_part(condition, pair, output, name)) is not None:
            self._replace_by_composite(part)
        else:
            self._undetermined[describe(node)] = (
                f"the type of '{output}' depends on the condition: {self.types[then]} or {self.types[otherwise]}; "
                "give both branches results of the same type, or of the same but for one dimension"
            )

    def _chosen_part(self, condition: str, pair: tuple[str, str], output: str, name: str) -> Composite | None:
        c = Composite(NodeProto(name=name), self.types)
        is_then = c.op("Reshape", c.op("Cast", condition, to=TensorProto.INT64), c.ints(1), allowzero=0)
        choices = zip(pair, (is_then, c.op("Sub", c.ints(1), is_then)), strict=True)
        return None if choose_part(c, list(choices), output) is None else c

    def _replace_by(self, unrolled: Unrolled) -> None:
        self._unrolled_nodes += len(unrolled.nodes)
        if self._unrolled_nodes > UNROLLED_LIMIT:
            raise UnsupportedModelError(
                f"{self.name}: its loops are more than {UNROLLED_LIMIT} nodes when they are unrolled; "
                "more cannot be compiled"
            )
        self.inference.declared.update(unrolled.declared)
        for name, array in unrolled.constants.items():
            self.add_constant(name, array)
        for name, tensor in unrolled.weights.items():
            self.add_constant(name, numpy_helper.to_array(tensor))
        self._add_all(unrolled.nodes)

    def _reason(self, node: NodeProto, missing: list[str]) -> str:
        runtime = [name for name in node.input if name and name not in self.constants]
        return (
            f"the shape of '{', '.join(missing)}' depends on the values of {', '.join(runtime) or 'its inputs'}; "
            "make these constant, or give the result a static shape"
        )


def _open_type(value_type: ValueType) -> TypeProto:
    """The type for ONNX, without sizes where they are free."""
    shape = [None if is_free(size) else size for size in value_type.shape]
    return helper.make_tensor_type_proto(value_type.elem_type, shape)


def _gives_no_tensors(schema: defs.OpSchema) -> bool:
    return not any(name.startswith("tensor") for output in schema.outputs for name in output.types)


def _without_names(node: NodeProto) -> bytes:
    """What `node` computes from its inputs, whatever the node and its results are called."""
    key = NodeProto(op_type=node.op_type, domain=node.domain, input=node.input, attribute=node.attribute)
    key.output.extend("1" if output else "" for output in node.output)
    return bytes(key.SerializeToString(deterministic=True))


_DEFAULTS: dict[tuple[str, str, int], list[AttributeProto]] = {}


def _write_defaults(node: NodeProto, schema: defs.OpSchema) -> None:
    """Adds the attributes that `node` leaves out and that have a default, so that nobody needs to know it."""
    key = (schema.domain, schema.name, schema.since_version)
    if key not in _DEFAULTS:
        _DEFAULTS[key] = [
            attribute.default_value for attribute in schema.attributes.values() if attribute.default_value.name
        ]
    present = {attribute.name for attribute in node.attribute}
    node.attribute.extend(attribute for attribute in _DEFAULTS[key] if attribute.name not in present)
