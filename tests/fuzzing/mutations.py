"""Ways of spoiling an ONNX model: in its bytes, types, attributes, operators, edges and weights; and of dressing it up.

A model with free dimensions, of another opset or with ONNX Runtime's operators is as valid as before.

Each function changes a model a little, as a broken exporter or a hostile author would; most results are invalid, some
are valid models that nobody has written by hand.
"""

import random
from collections.abc import Callable, Sequence

from onnx import AttributeProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, defs, helper, version_converter

Mutation = Callable[[ModelProto, random.Random], None]

_INTEGERS = (0, 1, -1, 2, 3, 7, -7, 255, 2**31 - 1, -(2**31), 2**40, 2**62, -(2**63))
_FLOATS = (0.0, -0.0, 1.0, -1.0, 1e-38, 1e38, float("inf"), float("-inf"), float("nan"))
_STRINGS = (b"", b"NOTSET", b"SAME_UPPER", b"VALID", b"linear", b"\xff\xfe", b"x" * 3000)
_EXTENTS = (0, 1, 2, 3, 5, 17, 2**20, 2**40, -1)
_OPERATORS = sorted({schema.name for schema in defs.get_all_schemas() if not schema.domain})


def mutate(model: ModelProto, generator: random.Random) -> bytes:
    """The serialized model after one to three mutations, sometimes with damaged bytes."""
    spoiled = ModelProto()
    spoiled.CopyFrom(model)
    if generator.random() < 0.12:
        return damaged(spoiled.SerializeToString(), generator)
    for _ in range(generator.choice((1, 1, 1, 2, 3))):
        generator.choice(MUTATIONS)(spoiled, generator)
    return spoiled.SerializeToString()


def damaged(data: bytes, generator: random.Random) -> bytes:
    """The bytes cut short, or with some of them changed."""
    if generator.random() < 0.5:
        return data[: generator.randrange(len(data))]
    changed = bytearray(data)
    for _ in range(generator.choice((1, 2, 8))):
        changed[generator.randrange(len(changed))] = generator.randrange(256)
    return bytes(changed)


def change_attribute(model: ModelProto, generator: random.Random) -> None:
    """Another value for an attribute, of its type."""
    nodes = [node for node in model.graph.node if node.attribute]
    if not nodes:
        return add_attribute(model, generator)
    attribute = generator.choice(generator.choice(nodes).attribute)
    match attribute.type:
        case AttributeProto.INT:
            attribute.i = _integer(attribute.i, generator)
        case AttributeProto.FLOAT:
            attribute.f = generator.choice(_FLOATS)
        case AttributeProto.STRING:
            attribute.s = generator.choice(_STRINGS)
        case AttributeProto.INTS:
            _change_list(attribute.ints, lambda old: _integer(old, generator), generator)
        case AttributeProto.FLOATS:
            _change_list(attribute.floats, lambda old: generator.choice(_FLOATS), generator)
        case AttributeProto.TENSOR:
            _change_tensor(attribute.t, generator)
        case _:
            attribute.Clear()
    return None


def retype_attribute(model: ModelProto, generator: random.Random) -> None:
    """A value of another type under an attribute's name."""
    for node in _nodes_with_attributes(model, generator):
        attribute = generator.choice(node.attribute)
        value = generator.choice((1, 0.5, "text", [1, 2], [0.5], []))
        if value != []:
            attribute.CopyFrom(helper.make_attribute(attribute.name, value))


def remove_attribute(model: ModelProto, generator: random.Random) -> None:
    """One attribute less."""
    for node in _nodes_with_attributes(model, generator):
        del node.attribute[generator.randrange(len(node.attribute))]


def add_attribute(model: ModelProto, generator: random.Random) -> None:
    """An attribute that a node did not have: one of its operator's, or an unknown one."""
    node = _node(model, generator)
    if node is None:
        return
    known = sorted(defs.get_schema(node.op_type).attributes) if defs.has(node.op_type) else []
    name = generator.choice([*known, "unheard_of"])
    node.attribute.append(helper.make_attribute(name, generator.choice((0, 1, -1, 3, 0.5, "text", [0, 1], [1.0]))))


def change_operator(model: ModelProto, generator: random.Random) -> None:
    """Another operator with the same operands."""
    node = _node(model, generator)
    if node is not None:
        node.op_type = generator.choice([*generator.choices(_OPERATORS, k=9), "NoSuchOperator"])


def change_domain(model: ModelProto, generator: random.Random) -> None:
    """An operator of another domain."""
    node = _node(model, generator)
    if node is not None:
        node.domain = generator.choice(("com.microsoft", "ai.onnx.ml", "no.such.domain"))


def change_operand(model: ModelProto, generator: random.Random) -> None:
    """An operand removed, left out, doubled, exchanged or replaced."""
    node = _node(model, generator)
    if node is None or not node.input:
        return
    position = generator.randrange(len(node.input))
    match generator.randrange(5):
        case 0:
            del node.input[position]
        case 1:
            node.input[position] = ""
        case 2:
            node.input.append(node.input[position])
        case 3:
            names = [value.name for value in model.graph.input] + [n for m in model.graph.node for n in m.output]
            node.input[position] = generator.choice([*names, "undefined"])
        case _:
            other = generator.randrange(len(node.input))
            node.input[position], node.input[other] = node.input[other], node.input[position]


def change_result(model: ModelProto, generator: random.Random) -> None:
    """A result renamed, doubled or left out."""
    node = _node(model, generator)
    if node is None or not node.output:
        return
    position = generator.randrange(len(node.output))
    match generator.randrange(3):
        case 0:
            node.output[position] = generator.choice(["", "elsewhere", *node.input])
        case 1:
            node.output.append(node.output[position])
        case _:
            del node.output[position]


def change_shape(model: ModelProto, generator: random.Random) -> None:
    """Another extent or rank of an input or output, or a free one."""
    value = _value(model, generator)
    if value is None:
        return
    shape = value.type.tensor_type.shape
    if not shape.dim or generator.random() < 0.2:
        shape.dim.add().dim_value = generator.choice(_EXTENTS)
    elif generator.random() < 0.15:
        del shape.dim[generator.randrange(len(shape.dim))]
    elif generator.random() < 0.15:
        generator.choice(shape.dim).dim_param = generator.choice(("n", "", "1"))
    else:
        generator.choice(shape.dim).dim_value = generator.choice(_EXTENTS)


def change_type(model: ModelProto, generator: random.Random) -> None:
    """Another element type of an input or output."""
    value = _value(model, generator)
    if value is not None:
        value.type.tensor_type.elem_type = generator.choice([*range(0, 24), 99])


def change_weights(model: ModelProto, generator: random.Random) -> None:
    """An initializer with other dimensions, type or data."""
    if model.graph.initializer:
        _change_tensor(generator.choice(model.graph.initializer), generator)


def change_opset(model: ModelProto, generator: random.Random) -> None:
    """Another opset or IR version."""
    if generator.random() < 0.2:
        model.ir_version = generator.choice((0, 1, 3, 10, 9999))
    elif model.opset_import:
        generator.choice(model.opset_import).version = generator.choice((-1, 0, 1, 5, 7, 9, 11, 13, 16, 18, 22, 9999))


def free_dimensions(model: ModelProto, generator: random.Random) -> None:
    """Sizes of inputs without numbers: by one name for each size, by a name each, or without one."""
    kind = generator.choice(("by size", "by size", "each", "one", "?", "", "-1"))
    for value in model.graph.input:
        if not value.type.HasField("tensor_type"):
            continue
        for axis, dim in enumerate(value.type.tensor_type.shape.dim):
            if not dim.dim_value or generator.random() < 0.3:
                continue
            match kind:
                case "by size":
                    dim.dim_param = f"n{dim.dim_value}"
                case "each":
                    dim.dim_param = f"{value.name}_{axis}"
                case "one":
                    dim.dim_param = "n"
                case "-1":
                    dim.dim_value = -1
                case _:
                    dim.dim_param = kind
    if generator.random() < 0.7:
        for value in model.graph.output:
            value.type.tensor_type.ClearField("shape")


def convert_opset(model: ModelProto, generator: random.Random) -> None:
    """The same model in the words of another opset, where ONNX can translate it."""
    version = generator.randrange(7, defs.onnx_opset_version() + 1)
    try:
        converted = version_converter.convert_version(model, version)
    except Exception:  # the converter ends in many ways, none of which is ours
        return
    model.CopyFrom(converted)


def use_contributed(model: ModelProto, generator: random.Random) -> None:
    """ONNX Runtime's operator in the place of ONNX's, with the same operands."""
    nodes = [node for node in model.graph.node if not node.domain and node.op_type in _CONTRIBUTED]
    if not nodes:
        return change_domain(model, generator)
    node = generator.choice(nodes)
    node.op_type, node.domain = generator.choice(_CONTRIBUTED[node.op_type]), "com.microsoft"
    if not any(opset.domain == node.domain for opset in model.opset_import):
        model.opset_import.append(helper.make_opsetid(node.domain, 1))
    return None


_CONTRIBUTED = {
    "Add": ("BiasGelu", "FastGelu", "BiasSplitGelu", "QLinearAdd"),
    "Conv": ("FusedConv", "NhwcConv"),
    "DequantizeLinear": ("DequantizeLinear",),
    "Gelu": ("Gelu", "FastGelu", "QuickGelu"),
    "Gemm": ("FusedGemm",),
    "GridSample": ("GridSample",),
    "GroupNormalization": ("GroupNorm",),
    "LayerNormalization": ("SkipLayerNormalization", "SimplifiedLayerNormalization"),
    "MatMul": ("FusedMatMul", "TransposeMatMul", "DynamicQuantizeMatMul"),
    "MatMulInteger": ("MatMulInteger16", "MatMulIntegerToFloat"),
    "MaxPool": ("NhwcMaxPool",),
    "Mul": ("QLinearMul", "QuickGelu"),
    "QuantizeLinear": ("QuantizeLinear",),
    "Sigmoid": ("QuickGelu", "QLinearSigmoid"),
    "Softmax": ("BiasSoftmax", "QLinearSoftmax"),
    "Trilu": ("Trilu",),
    "Unique": ("Unique",),
}
"""Operator -> those of ONNX Runtime that take its place, not all with operands that suit them."""


def remove_node(model: ModelProto, generator: random.Random) -> None:
    """One node less."""
    if model.graph.node:
        del model.graph.node[generator.randrange(len(model.graph.node))]


def repeat_node(model: ModelProto, generator: random.Random) -> None:
    """A node twice, or somewhere else in the order."""
    node = _node(model, generator)
    if node is None:
        return
    copy = NodeProto()
    copy.CopyFrom(node)
    if generator.random() < 0.5:
        copy.output[:] = [f"{name}_again" for name in copy.output]
        model.graph.output.append(helper.make_empty_tensor_value_info(f"{node.output[0]}_again" if node.output else ""))
    model.graph.node.insert(generator.randrange(len(model.graph.node) + 1), copy)


def chain_operator(model: ModelProto, generator: random.Random) -> None:
    """An element-wise operator behind the first result."""
    if not model.graph.output:
        return
    output = model.graph.output[0]
    name = f"{output.name}_chained"
    operator = generator.choice(("Relu", "Neg", "Exp", "Sqrt", "Sigmoid", "Abs", "Identity", "Not", "Erf", "Transpose"))
    model.graph.node.append(helper.make_node(operator, [output.name], [name]))
    output.name = name
    if operator == "Transpose":
        output.type.tensor_type.ClearField("shape")


def _change_tensor(tensor: TensorProto, generator: random.Random) -> None:
    match generator.randrange(5):
        case 0:
            tensor.dims.append(generator.choice(_EXTENTS))
        case 1 if tensor.dims:
            tensor.dims[generator.randrange(len(tensor.dims))] = generator.choice(_EXTENTS)
        case 2:
            tensor.data_type = generator.choice([*range(0, 24), 99])
        case 3 if tensor.raw_data:
            tensor.raw_data = tensor.raw_data[: generator.randrange(len(tensor.raw_data))]
        case 4 if tensor.raw_data:
            tensor.raw_data = generator.randbytes(len(tensor.raw_data))
        case _:
            tensor.ClearField(generator.choice(("dims", "raw_data", "float_data", "int64_data", "data_type", "name")))


def _change_list(values: "Sequence[float]", change: Callable[[float], float], generator: random.Random) -> None:
    # Repeated fields of protobuf have a list's methods, but no common static type.
    items = list(values)
    match generator.randrange(3):
        case 0 if items:
            items.pop(generator.randrange(len(items)))
        case 1:
            items.append(change(items[-1] if items else 0))
        case _ if items:
            position = generator.randrange(len(items))
            items[position] = change(items[position])
    values[:] = items  # type: ignore[index]


def _integer(old: float, generator: random.Random) -> int:
    return generator.choice((int(old) + 1, int(old) - 1, *_INTEGERS)) if abs(old) < 2**60 else 0


def _node(model: ModelProto, generator: random.Random) -> NodeProto | None:
    return generator.choice(model.graph.node) if model.graph.node else None


def _nodes_with_attributes(model: ModelProto, generator: random.Random) -> list[NodeProto]:
    nodes = [node for node in model.graph.node if node.attribute]
    return [generator.choice(nodes)] if nodes else []


def _value(model: ModelProto, generator: random.Random) -> ValueInfoProto | None:
    values = [value for value in (*model.graph.input, *model.graph.output) if value.type.HasField("tensor_type")]
    return generator.choice(values) if values else None


MUTATIONS: tuple[Mutation, ...] = (
    change_attribute,
    change_attribute,
    change_attribute,
    retype_attribute,
    remove_attribute,
    add_attribute,
    change_operator,
    change_domain,
    change_operand,
    change_operand,
    change_result,
    change_shape,
    change_shape,
    change_shape,
    change_type,
    change_weights,
    change_opset,
    free_dimensions,
    free_dimensions,
    free_dimensions,
    convert_opset,
    convert_opset,
    use_contributed,
    remove_node,
    repeat_node,
    chain_operator,
    chain_operator,
)
