"""Writes a model in the textual form of ONNX, given as a file, to stdout as a protobuf: lit tests keep theirs readable.

Comments start with ``#``. Inputs whose name starts with ``w`` become weights: 0, 1/8, 2/8, ... up to 1, and again.
"""

import sys
from pathlib import Path

import numpy as np
from onnx import numpy_helper, parser


def main(path: str) -> None:
    model = parser.parse_model(Path(path).read_text())
    for value in [value for value in model.graph.input if value.name.startswith("w")]:
        shape = [size.dim_value for size in value.type.tensor_type.shape.dim]
        array = (np.arange(np.prod(shape, dtype=int)) % 9).reshape(shape).astype(np.float32) / 8
        model.graph.initializer.append(numpy_helper.from_array(array, value.name))
        model.graph.input.remove(value)
    sys.stdout.buffer.write(model.SerializeToString())


if __name__ == "__main__":
    main(sys.argv[1])
