"""Which operations the arithmetic vocabulary emits."""

from collections.abc import Callable

import pytest

from dnnf_mlir.bindings.iree import func, ir
from dnnf_mlir.emit.scalar import Scalar, number, select
from dnnf_mlir.emit.types import element_type


def emitted(body: Callable[..., Scalar], *dtypes: str, lanes: int | None = None) -> list[str]:
    """The operations but constants that a function of numbers of these types emits."""
    with ir.Context(), ir.Location.unknown():
        elements = [ir.IndexType.get() if dtype == "index" else element_type(dtype) for dtype in dtypes]
        types = [element if lanes is None else ir.VectorType.get([lanes], element) for element in elements]
        module = ir.Module.create()
        with ir.InsertionPoint(module.body):
            block = func.FuncOp("f", ir.FunctionType.get(types, [])).add_entry_block()
        with ir.InsertionPoint(block):
            body(*(Scalar(argument, dtype) for argument, dtype in zip(block.arguments, dtypes, strict=True)))
            func.ReturnOp([])
        module.operation.verify()
        names = [op.operation.name.removeprefix("arith.") for op in block.operations]
        return [name for name in names[:-1] if name != "constant"]


@pytest.mark.parametrize(
    ("dtype", "operations"),
    [
        ("f32", ["mulf", "addf", "divf", "remf", "maximumf", "minimumf"]),
        ("i32", ["muli", "addi", "divsi", "remsi", "maxsi", "minsi"]),
        ("ui32", ["muli", "addi", "divui", "remui", "maxui", "minui"]),
        ("index", ["muli", "addi", "divsi", "remsi", "maxsi", "minsi"]),
    ],
)
def test_the_element_type_chooses_the_operation(dtype: str, operations: list[str]) -> None:
    assert emitted(lambda x: ((x * 3 + 2) / 2 % 5).max(0).min(3), dtype) == operations


def test_quotients_and_comparisons_of_bytes_are_those_of_words() -> None:
    assert emitted(lambda x: x / 3, "ui8") == ["extui", "divui", "trunci"]
    assert emitted(lambda x: x % x, "i8") == ["extsi", "extsi", "remsi", "trunci"]
    assert emitted(lambda x: x < 3, "ui16") == ["extui", "cmpi"]


def test_vectors_are_computed_like_scalars() -> None:
    def body(x: Scalar) -> Scalar:
        return select(x > 0, x, 2 - x)

    assert emitted(body, "f32") == emitted(body, "f32", lanes=8) == ["cmpf", "subf", "select"]


def test_an_index_plus_0_and_times_1_is_itself() -> None:
    assert emitted(lambda i: (0 + i + 0 - 0) * 1 // 1, "index") == []
    assert emitted(lambda i: i + 0, "i64") == ["addi"]


def test_the_negative_of_zero_is_minus_zero() -> None:
    assert emitted(lambda x: -x, "f32") == ["negf"]
    assert emitted(lambda x: -x, "i32") == ["subi"]


def test_the_maximum_of_half_precision_vectors_is_a_minimum() -> None:
    assert emitted(lambda x: x.max(0), "f16", lanes=8) == ["negf", "negf", "minimumf", "negf"]
    assert emitted(lambda x: x.max(0), "f16") == ["maximumf"]


def test_quotients_are_rounded_down_or_towards_zero() -> None:
    assert emitted(lambda x: x // 4 + x / 4, "i32") == ["floordivsi", "divsi", "addi"]
    assert emitted(lambda x: x // 4, "ui32") == ["divui"]


def test_two_element_types_are_refused() -> None:
    with pytest.raises(TypeError, match="i32 and ui32 in one operation"):
        emitted(lambda a, b: a + b, "i32", "ui32")
    with pytest.raises(TypeError, match="no element type"):
        emitted(lambda x: select(x > 0, 1, 2), "f32")


def test_conversions_go_through_i64_to_an_index() -> None:
    assert emitted(lambda x: x.to("index"), "ui8") == ["extui", "index_cast"]
    assert emitted(lambda i: i.to("f32"), "index") == ["index_cast", "sitofp"]
    assert emitted(lambda x: number(3, "i8") + x.to("i8"), "f32") == ["fptosi", "trunci", "addi"]
