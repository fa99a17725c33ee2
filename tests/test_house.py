"""The rules of the house: which room may import which, no circles, file and product sizes, the table in the docs."""

import pytest

from tests import house


def test_every_module_is_in_a_room_and_every_room_has_a_module() -> None:
    rooms = {module.room for module in house.modules().values()}
    assert rooms == set(house.BELOW)


def test_rooms_import_only_what_lies_below_them() -> None:
    assert sorted(house.wrong_imports()) == []


def test_no_modules_import_each_other() -> None:
    assert [sorted(circle) for circle in house.circles()] == []


def test_no_file_is_long() -> None:
    modules = house.modules().values()
    assert {module.name: module.lines for module in modules if module.lines > house.LONGEST_FILE} == {}


def test_the_root_holds_the_public_api_only() -> None:
    assert {path.name for path in (house.ROOT / "dnnf_mlir").glob("*.py")} == house.PUBLIC


def test_the_table_in_the_docs_is_fresh() -> None:
    text = house.DOCUMENT.read_text()
    assert house.written(text) == text, "run python -m tests.house --write"


def test_imports_are_read_wherever_they_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    """A room's import of a higher one is seen inside functions, relative, of a name, or of a module."""
    source = {
        "a.x": "def f():\n    from ..b import y\n",
        "a.z": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from dnnf_mlir.b.y import name\n",
        "b.y": "import dnnf_mlir.a.x\n",
    }

    class Path:
        name = "module.py"

        def __init__(self, text: str) -> None:
            self.text = text

        def read_text(self) -> str:
            return self.text

    found = {name: house.Module(name, Path(text), 1) for name, text in source.items()}  # type: ignore[arg-type]
    monkeypatch.setattr(house, "modules", lambda: found)
    monkeypatch.setattr(house, "imports", lambda: {n: frozenset(house._imported(m)) - {n} for n, m in found.items()})
    monkeypatch.setattr(house, "BELOW", {"a": (), "b": ("a",)})
    house.lies_below.cache_clear()
    try:
        assert house.wrong_imports() == {("a.x", "b.y"), ("a.z", "b.y")}
        assert house.circles() == {frozenset({"a.x", "b.y"})}
    finally:
        house.lies_below.cache_clear()
