"""Faster R-CNN and Mask R-CNN next to ONNX Runtime: the same detections, as sets, since rows at near ties may swap.

    python -m benchmarks.detections faster_rcnn_320 mask_rcnn_320 --seeds 3

Prints, for each image of random pixels, how many detections ONNX Runtime finds, how many of these are missing here (no
box of the same label within 1e-2 pixels with a score within 1e-4), and the largest errors of the others. Ends with 1
where one is missing.
"""

import argparse
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime

import dnnf_mlir
from benchmarks import models

DETECTORS = ("faster_rcnn_320", "mask_rcnn_320")
BOX_TOLERANCE = 1e-2
"""Pixels."""
SCORE_TOLERANCE = 1e-4

Detections = Mapping[str, npt.NDArray[np.generic]]
"""``boxes`` float32[n, 4], ``labels`` int64[n], ``scores`` float32[n], perhaps ``masks`` float32[n, 1, h, w]."""


@dataclass
class Agreement:
    """How detections agree with those expected; the errors are of those that are found."""

    expected: int
    found: int
    missing: int = 0
    box: float = 0.0
    score: float = 0.0
    mask: float = 0.0

    def __str__(self) -> str:
        return (
            f"{self.found} detections, {self.missing} of {self.expected} missing; largest errors: "
            f"box {self.box:.1e} pixels, score {self.score:.1e}, mask {self.mask:.1e}"
        )


def compared(expected: Detections, found: Detections) -> Agreement:
    """Finds a detection for each that is expected, none twice."""
    result = Agreement(len(expected["scores"]), len(found["scores"]))
    free = np.ones(result.found, np.bool_)
    for i in range(result.expected):
        boxes = np.abs(found["boxes"] - expected["boxes"][i]).max(axis=1)
        scores = np.abs(found["scores"] - expected["scores"][i])
        fits = free & (found["labels"] == expected["labels"][i])
        fits &= (boxes <= BOX_TOLERANCE) & (scores <= SCORE_TOLERANCE)
        if not fits.any():
            result.missing += 1
            continue
        best = int(np.argmin(np.where(fits, boxes, np.inf)))
        free[best] = False
        result.box, result.score = max(result.box, float(boxes[best])), max(result.score, float(scores[best]))
        if "masks" in expected:
            error = np.abs(found["masks"][best] - expected["masks"][i]).max()
            result.mask = max(result.mask, float(error))
    return result


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detections", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("models", nargs="*", default=DETECTORS, help=f"of {', '.join(DETECTORS)} (default: both)")
    parser.add_argument("--seeds", type=int, default=3, help="how many images (default: %(default)s)")
    parser.add_argument("--verify", action="store_true", help="check the module against the reference first")
    options = parser.parse_args(arguments)
    missing = 0
    for name in options.models:
        model = models.load(name)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{name}.onnx"
            onnx.save(model, path)
            compiled = dnnf_mlir.compile(path, verify=options.verify)
        session_options = onnxruntime.SessionOptions()
        session_options.log_severity_level = 3  # the model declares a loop's result with the size of its first turn
        session = onnxruntime.InferenceSession(
            model.SerializeToString(), session_options, providers=["CPUExecutionProvider"]
        )
        module, names = compiled.load(), [value.name for value in session.get_outputs()]
        sys.stdout.write(f"{name}: {compiled.kernels} kernels\n")
        for seed in range(options.seeds):
            feeds = models.inputs(model, seed=seed)
            expected = dict(zip(names, session.run(None, feeds), strict=True))
            found = dict(zip(names, module.run(list(feeds.values())), strict=True))
            agreement = compared(expected, found)
            missing += agreement.missing
            sys.stdout.write(f"  image {seed}: {agreement}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
