"""Inputs for a trained model: two sizes of its dynamic dimensions, and values that make sense to it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnx

Array = npt.NDArray[np.generic]

SIZES: Sequence[tuple[str, tuple[int, int]]] = (
    (r"silero.*/(input\.0|state\.\d|batch)$", (1, 2)),
    (r"silero.*/input\.1", (512, 512)),
    (r"silero.*/sequence$", (512, 512)),
    (r"silero.*/sequence_length", (12, 31)),
    (r"PP-OCRv4_det.*DynamicDimension\.[12]|320n.*/(height|width)", (192, 320)),
    (r"PP-OCRv4_rec.*/x\.2", (48, 48)),
    (r"PP-OCRv4_rec.*DynamicDimension\.1", (192, 320)),
    (r"cls_infer.*/x\.2", (48, 48)),
    (r"cls_infer.*/x\.3", (192, 192)),
    (r"pnet.*/M[12]", (60, 97)),
    (r"ddddocr.*/image_width", (160, 233)),
    (r"time$|feats_length", (64, 150)),
    (r"minimol.*/num_nodes", (20, 41)),
    (r"minimol.*/num_graphs", (1, 1)),
    (r"lac.*/DynamicDimension.1", (12, 30)),
    (r"num_atoms", (40, 90)),
    (r"num_edges", (120, 333)),
    (r"num_residues", (6, 11)),
    (r"seq|len$|length", (24, 61)),
    (r"", (1, 3)),
)
"""Pattern of MODEL/DIMENSION -> the two sizes; the first that fits. Unnamed dimensions are INPUT.AXIS."""

INTEGERS: Sequence[tuple[str, tuple[int, int]]] = (
    (r"/sr$", (16000, 16001)),
    (r"magika.*/bytes", (0, 257)),
    (r"caustic.*/(target_indices|edge_index)", (0, 40)),
    (r"caustic.*/(amino_acid|atom_role|element|residue_types)", (0, 4)),
    (r"rxnmap.*/roles", (0, 3)),
    (r"minimol.*/edge_index", (0, 20)),
    (r"minimol.*/batch", (0, 1)),
    (r"lac.*/length", (8, 12)),
    (r"", (1, 10)),
)
"""Pattern of MODEL/INPUT -> the range of its integers."""

LETTERS = frozenset({"deepcut", "oskut", "attacut"})
"""Models whose inputs are numbers of letters, also where these are floats."""


@dataclass(frozen=True)
class Input:
    """An input of a model: name, dtype, and its shape with a name for each dynamic dimension."""

    name: str
    dtype: np.dtype[np.generic]
    shape: tuple[int | str, ...]


def inputs_of(model: onnx.ModelProto) -> list[Input]:
    """The inputs without the weights. A placeholder such as ``?`` names no dimension: it becomes INPUT.AXIS."""
    weights = {tensor.name for tensor in model.graph.initializer}
    return [_input(value) for value in model.graph.input if value.name not in weights]


def _input(value: onnx.ValueInfoProto) -> Input:
    tensor = value.type.tensor_type
    shape: list[int | str] = []
    for axis, dim in enumerate(tensor.shape.dim):
        unnamed = not dim.dim_param or not re.search(r"\w", dim.dim_param)
        shape.append(dim.dim_value if dim.dim_value > 0 else f"{value.name}.{axis}" if unnamed else dim.dim_param)
    return Input(value.name, onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type), tuple(shape))


def sizes(name: str, inputs: Sequence[Input]) -> list[dict[str, int]]:
    """Two assignments of sizes to the dynamic dimensions of the model ``name``."""
    names = sorted({size for each in inputs for size in each.shape if isinstance(size, str)})
    return [{dim: _first(SIZES, f"{name}/{dim}")[turn] for dim in names} for turn in range(2)]


def feeds(name: str, inputs: Sequence[Input], dims: Mapping[str, int], seed: int = 0) -> dict[str, Array]:
    """Inputs of the sizes ``dims``: normal floats, integers of the model's range, true booleans."""
    generator = np.random.default_rng(seed)
    values: dict[str, Array] = {}
    for each in inputs:
        shape = [dims[size] if isinstance(size, str) else size for size in each.shape]
        low, high = _first(INTEGERS, f"{name}/{each.name}")
        if each.dtype.kind == "b":
            values[each.name] = np.ones(shape, np.bool_)
        elif each.dtype.kind in "iu" or any(word in name for word in LETTERS):
            values[each.name] = np.asarray(generator.integers(low, high, shape)).astype(each.dtype)
        else:
            values[each.name] = np.asarray(generator.standard_normal(shape)).astype(each.dtype)
    return values


def _first(table: Sequence[tuple[str, tuple[int, int]]], name: str) -> tuple[int, int]:
    return next(value for pattern, value in table if re.search(pattern, name))
