"""The table of results."""

from benchmarks.run import STATIC_MODELS, report, table


def _record(model: str, ratio: float, iree: dict[str, object]) -> dict[str, object]:
    ours = {"min_ms": 12.3456, "median_ms": 13.0, "compile_s": 4.2, "peak_transient_bytes": 1}
    ratios = {"onnxruntime": ratio} | ({} if "error" in iree else {"iree": 0.5})
    return {
        "model": f"/somewhere/{model}.onnx", "target": "host", "threads": 1, "runs": 40, "max_relative_error": 2e-6,
        "kernels": 77, "engines": {"dnnf": ours, "iree": iree}, "ratio": ratios,
    }  # fmt: skip


def test_table() -> None:
    records = [_record("a", 4.0, {"kernels": 90}), _record("b", 0.25, {"error": "does not compile"})]
    lines = table(records).splitlines()
    assert len({line.count("|") for line in lines}) == 1
    assert lines[2] == "| a | 77 | 90 | 12.35 | 4.00 | 0.50 | 2.0e-06 | 4 |"
    assert lines[3] == "| b | 77 | does not compile | 12.35 | 0.25 | - | 2.0e-06 | 4 |"
    assert "| 1.00 | 0.50 |" in lines[4]
    assert "onnxruntime " in report(records, "python -m benchmarks.run")


def test_static_models() -> None:
    assert len(STATIC_MODELS) == 15
