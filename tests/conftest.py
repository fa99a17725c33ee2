"""Tests keep compiled modules and measured blocks in a folder of their own, not in the user's."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def user_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--random-graphs", type=int, default=100, help="random graphs that are compiled and compared")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Covered lines by room, where ``--cov-report=json:FILE`` wrote them."""
    path = (config.getoption("cov_report", None) or {}).get("json")
    if path is None:
        return
    covered: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    for file, figures in json.loads(Path(path).read_text())["files"].items():
        room = "/".join(Path(file).parts[:2]) if len(Path(file).parts) > 2 else Path(file).parts[0]
        for name in (room, "all"):
            covered[name] += figures["summary"]["covered_lines"]
            lines[name] += figures["summary"]["num_statements"]
    terminalreporter.section("covered lines")
    for name, count in sorted(lines.items(), key=lambda item: (item[0] == "all", item[0])):
        terminalreporter.write_line(f"{name:30} {covered[name] / max(count, 1):6.1%} of {count}")
