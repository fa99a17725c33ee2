"""The signatures of operators of com.microsoft are those of ONNX Runtime; a page of the documentation lists them."""

from pathlib import Path
from typing import Any

import pytest
from onnx import AttributeProto, helper
from onnxruntime.capi import onnxruntime_pybind11_state as runtime

from dnnf_mlir.importer.decompose.microsoft.listing import page
from dnnf_mlir.importer.decompose.microsoft.registry import OPERATORS

SCHEMAS: dict[str, Any] = {
    schema.name: schema for schema in runtime.get_all_operator_schema() if schema.domain in ("", "com.microsoft")
}
SCHEMAS |= {schema.name: schema for schema in runtime.get_all_operator_schema() if schema.domain == "com.microsoft"}
RENAMED = {"TransposedMatMul"}
"""Names of older versions, which ONNX Runtime knows no more."""


@pytest.mark.parametrize("name", [name for name in OPERATORS if name not in RENAMED])
def test_signature(name: str) -> None:
    operator, schema = OPERATORS[name], SCHEMAS[name]
    kinds = [str(parameter.option).rsplit(".", 1)[-1] for parameter in schema.inputs]
    assert len(operator.inputs) == len(kinds)
    assert all(kind == "Single" for each, kind in zip(operator.inputs, kinds, strict=True) if each in operator.required)
    assert operator.several == (kinds[-1] == "Variadic")
    assert len(operator.outputs) == len(schema.outputs)
    assert operator.attributes <= set(schema.attributes)
    defaults = {each.name: helper.get_attribute_value(each) for each in operator.defaults}
    for key, attribute in schema.attributes.items():
        value = AttributeProto.FromString(attribute._default_value) if attribute._default_value else None
        if value is not None and value.name and key in operator.attributes:
            assert defaults.get(key, helper.get_attribute_value(value)) == helper.get_attribute_value(value), key


def test_listing() -> None:
    assert (Path(__file__).parents[3] / "docs" / "onnxruntime_operators.md").read_text() == page()
