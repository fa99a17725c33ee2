"""Measures recurrent layers next to ONNX Runtime, on one core.

    python -m benchmarks.recurrent [KIND...] [--hidden N...] [--steps N...] [-o benchmarks/RECURRENT.md]

A model is one layer: x [steps, batch, hidden], random weights, biases, no initial state; of LSTM, GRU (after the reset
as PyTorch exports it), and LSTM8, the com.microsoft DynamicQuantizeLSTM: weights of 8 bits and a rounded state. Both
engines run in turns in one process. Times are those of calls whose inputs are on the device; ONNX Runtime's is that of
its Python function.
"""

import argparse
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from math import exp, log
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from onnx import ModelProto, TensorProto, helper, numpy_helper

import dnnf_mlir
from benchmarks.run import heading, write
from dnnf_mlir.bench.engines.session import time_interleaved
from dnnf_mlir.verify.difference import difference

_GATES = {"LSTM": 4, "GRU": 3, "LSTM8": 4}
_TOLERANCES = {"LSTM": 1e-4, "GRU": 1e-4, "LSTM8": 5e-2}
"""Of a rounded state one byte that falls the other way is passed on to all later steps."""

_SECONDS = 1.0


def layer(kind: str, hidden: int, batch: int, steps: int) -> ModelProto:
    """The model; weights are small enough for states that neither vanish nor saturate."""
    random, rows = np.random.default_rng(0), _GATES[kind] * hidden
    shapes = {"w": (1, rows, hidden), "r": (1, rows, hidden), "b": (1, 2 * rows)}
    arrays = {name: (random.standard_normal(of) / hidden**0.5).astype(np.float32) for name, of in shapes.items()}
    attributes: dict[str, Any] = {"linear_before_reset": 1} if kind == "GRU" else {}
    if kind == "LSTM8":
        for name in "wr":
            scale = np.abs(arrays[name]).max(keepdims=True).reshape(1) / np.float32(127)
            arrays[name] = np.rint(arrays[name] / scale).astype(np.int8).transpose(0, 2, 1)
            arrays |= {f"{name}_scale": scale, f"{name}_zero": np.zeros(1, np.int8)}
        operands = ["x", "w", "r", "b", "", "", "", "", "w_scale", "w_zero", "r_scale", "r_zero"]
        node = helper.make_node("DynamicQuantizeLSTM", operands, ["y"], domain="com.microsoft", hidden_size=hidden)
    else:
        node = helper.make_node(kind, ["x", "w", "r", "b"], ["y"], hidden_size=hidden, **attributes)
    weights = [numpy_helper.from_array(np.ascontiguousarray(array), name) for name, array in arrays.items()]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [steps, batch, hidden])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [steps, 1, batch, hidden])
    graph = helper.make_graph([node], "layer", [x], [y], weights)
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10)


def measure(kind: str, hidden: int, batch: int, steps: int) -> tuple[str, float, float]:
    """A row of the table, the ratio of the minima, and the difference of the results."""
    model = layer(kind, hidden, batch, steps)
    x = np.random.default_rng(1).standard_normal((steps, batch, hidden)).astype(np.float32)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    ours = dnnf_mlir.compile(model, verify=False).load().prepare([x])
    calls: dict[str, Callable[[], object]] = {"dnnf": ours, "onnxruntime": lambda: session.run(None, {"x": x})}
    once = sum(timing.min_ms for timing in time_interleaved(calls, 2).values())
    timings = time_interleaved(calls, runs=max(10, int(_SECONDS * 1e3 / once)))
    mine, theirs = timings["dnnf"], timings["onnxruntime"]
    [found], [expected] = ours.results(), session.run(None, {"x": x})
    ratio = mine.min_ms / theirs.min_ms
    flops = 2 * steps * batch * _GATES[kind] * hidden * 2 * hidden
    cells = (
        f"{kind} | {hidden} | {batch} | {steps} | {mine.min_ms * 1e3:.1f} | {flops / mine.min_ms / 1e6:.0f} | "
        f"{ratio:.2f} | {mine.median_ms / theirs.median_ms:.2f}"
    )
    return f"| {cells} |", ratio, difference(expected, found)


def report(rows: Sequence[str], ratios: Sequence[float], command: str) -> str:
    """The text of RECURRENT.md."""
    mean = exp(sum(map(log, ratios)) / len(ratios))
    return f"""# Recurrent layers

`{command}`

{heading(1)}

A ratio below 1 means that the layer, with the product of its input, is faster than ONNX Runtime's operator. Times are
minima of runs in turns; the last column is the ratio of the medians. Operations on integers count as GFLOP/s too.

| layer | hidden units | batch | steps | us | GFLOP/s | / ONNX Runtime | median |
|---|---|---|---|---|---|---|---|
{chr(10).join(rows)}
| geometric mean | | | | | | {mean:.2f} | |
"""


def main(arguments: list[str] | None = None) -> int:
    """The command; exit code 1 if results differ."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.recurrent", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"layers (default: all): {', '.join(_GATES)}")
    parser.add_argument("--hidden", type=int, nargs="+", default=[24, 64, 128, 256, 512], metavar="N")
    parser.add_argument("--batch", type=int, nargs="+", default=[1, 8], metavar="N")
    parser.add_argument("--steps", type=int, nargs="+", default=[30, 500], metavar="N")
    parser.add_argument("-o", "--output", type=Path, help="the Markdown file to write (default: stdout)")
    parser.add_argument("--cpu", type=int, default=os.cpu_count() or 1, help="the core to stay on, from 1")
    given = sys.argv[1:] if arguments is None else arguments
    options = parser.parse_args(given)
    if unknown := sorted(set(options.kinds) - set(_GATES)):
        parser.error(f"no layer {', '.join(unknown)}; there are: {', '.join(_GATES)}")
    os.sched_setaffinity(0, {options.cpu - 1})
    rows, ratios, wrong = [], [], 0
    for kind in options.kinds or _GATES:
        for hidden in options.hidden:
            for batch in options.batch:
                for steps in options.steps:
                    row, ratio, error = measure(kind, hidden, batch, steps)
                    sys.stderr.write(f"{row}\n")
                    if not error <= _TOLERANCES[kind]:
                        sys.stderr.write(f"results differ by {error:.1e}\n")
                        wrong = 1
                    rows.append(row)
                    ratios.append(ratio)
    write(report(rows, ratios, shlex.join(["python", "-m", "benchmarks.recurrent", *given])), options.output)
    return wrong


if __name__ == "__main__":
    sys.exit(main())
