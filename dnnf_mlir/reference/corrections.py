"""Operators that onnx.reference computes otherwise than ONNX says: ``new_ops`` of a ``ReferenceEvaluator``."""

import numpy as np
from onnx.reference.op_run import OpRun


class LpNormalization(OpRun):
    """``x / (sum |x|^p)^(1/p)`` along an axis; onnx.reference leaves out the absolute value, which shows for p = 1."""

    op_domain = ""

    def _run(self, x: np.ndarray, axis: int | None = None, p: int | None = None) -> tuple[np.ndarray]:
        order = 2 if p is None else p
        along = -1 if axis is None else axis
        norm = np.power(np.power(np.abs(x), order).sum(axis=along, keepdims=True), 1.0 / order)
        return (np.where(norm == 0, 0, x / np.where(norm == 0, 1, norm)).astype(x.dtype),)


CORRECTIONS = [LpNormalization]
