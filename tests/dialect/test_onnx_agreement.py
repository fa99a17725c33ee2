"""Every operator of the installed onnx is known, and the classes agree with its schemas."""

from collections.abc import Set
from typing import Any

import pytest
from onnx import defs

from dnnf_mlir.dialect_defs import operators, operators_by_onnx_name
from dnnf_mlir.dialect_defs.dialect import Operator
from dnnf_mlir.dialect_defs.onnx_facts import domains_of
from dnnf_mlir.dialect_defs.onnx_schema import attribute_defaults
from dnnf_mlir.dialect_defs.spatial import SpatialOperator
from dnnf_mlir.dialect_defs.without_class import DOMAINS, KEPT_WHOLE, MAPPING, SHAPE_OF_FIRST_OPERAND
from dnnf_mlir.graph.operator import MappingType

SCHEMAS = {schema.name: schema for schema in defs.get_all_schemas() if not schema.domain}
CLASSES = operators_by_onnx_name()

OUR_SPELLING = {"Pad": {"value": "constant_value"}}
"""Attributes that ONNX calls otherwise."""


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_operator_has_a_mapping_type(name: str) -> None:
    mapping = CLASSES[name].default_mapping if name in CLASSES else MAPPING.get(name)
    assert isinstance(mapping, MappingType) or has_function(name)


def has_function(name: str) -> bool:
    """Whether ONNX defines the operator by simpler ones."""
    schema: Any = SCHEMAS[name]
    return bool(schema.has_function or schema.has_context_dependent_function)


@pytest.mark.parametrize("table", [MAPPING.keys(), DOMAINS.keys(), SHAPE_OF_FIRST_OPERAND, KEPT_WHOLE])
def test_tables_are_of_onnx_operators_without_a_class(table: Set[str]) -> None:
    assert table <= SCHEMAS.keys() - CLASSES.keys()


def test_operators_kept_whole_have_functions() -> None:
    assert all(map(has_function, KEPT_WHOLE))


@pytest.mark.parametrize("name", sorted(CLASSES.keys() | DOMAINS.keys()))
def test_domains_are_of_attributes_and_hold_the_defaults(name: str) -> None:
    for attribute, values in domains_of(name).items():
        assert attribute in SCHEMAS[name].attributes
        default = attribute_defaults(name).get(attribute)
        assert default is None or str(default) in values


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_class_agrees_with_the_schema(name: str) -> None:
    op, schema = CLASSES[name], SCHEMAS[name]
    known = set(schema.attributes) | {value.name for value in schema.inputs} | ({"layout"} if spatial(op) else set())
    ours = {OUR_SPELLING.get(name, {}).get(attribute, attribute) for attribute in op.attribute_names()}
    assert ours <= known
    assert_operands_agree(op, schema)
    assert op.several_results == (schema.outputs[0].option == defs.OpSchema.FormalParameterOption.Variadic)


def assert_operands_agree(op: type[Operator], schema: defs.OpSchema) -> None:
    """The operands are the schema's inputs, less those that became attributes or the result's type."""
    option = defs.OpSchema.FormalParameterOption
    assert op.several_operands == (schema.inputs[0].option == option.Variadic)
    if op.several_operands:
        return
    fields = op.operand_fields()
    required = [value for value in schema.inputs if value.option == option.Single]
    assert len(fields) <= len(schema.inputs)
    for field, formal in zip(fields, schema.inputs, strict=False):
        assert (field.variadicity.name == "optional") == (formal.option == option.Optional)
    dropped = {value.name for value in required[len(fields) :]}
    assert dropped <= set(op.attribute_names()) | {"shape", "axes", "starts", "ends", "axis", "repeats", "pads"}


def spatial(op: type[Operator]) -> bool:
    return issubclass(op, SpatialOperator)


def test_names_are_snake_case_of_onnx() -> None:
    special = {
        "prelu",
        "matmul",
        "matmul_integer",
        "is_nan",
        "is_inf",
        "reduce_l1",
        "reduce_l2",
        "rms_normalization",
        "swiglu",
    }
    for op in operators():
        if op.onnx_name is None:
            continue
        name = op.OPERATION_NAME.removeprefix("dnnf.")
        assert name.replace("_", "") == op.onnx_name.lower()
        words = "".join("_" + letter.lower() if letter.isupper() else letter for letter in op.onnx_name).lstrip("_")
        assert name in special or name == words
