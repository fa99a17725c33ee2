"""Facts about constant arrays."""

import numpy as np


def splat_value(array: np.ndarray) -> float | int | bool | None:
    """The one value that all elements of the array have, bit for bit; None for arrays with several or no values."""
    if array.size == 0:
        return None
    flat = np.ascontiguousarray(array).reshape(-1)
    first = flat[:1].tobytes()
    if flat.size > 1 and (flat[-1:].tobytes() != first or flat.tobytes() != first * flat.size):
        return None
    item = flat[0].item() if flat.dtype.kind != "V" else float(flat[0])
    return item if isinstance(item, bool | int | float) else float(item)
