"""Operators of ai.onnx.ml against ONNX's reference implementation."""

from typing import Any

import numpy as np
import pytest
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from dnnf_mlir.onnx_backend import backend

DOMAIN = "ai.onnx.ml"


def compare(op_type: str, version: int, inputs: list[np.ndarray], **attributes: Any) -> None:
    names = [f"x{i}" for i in range(len(inputs))]
    infos = [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
        for name, array in zip(names, inputs, strict=True)
    ]
    expected_type = helper.np_dtype_to_tensor_dtype(inputs[0].dtype)
    graph = helper.make_graph(
        [helper.make_node(op_type, names, ["y"], domain=DOMAIN, **attributes)],
        "one",
        infos,
        [helper.make_tensor_value_info("y", expected_type, None)],
    )
    graph.output[0].type.tensor_type.ClearField("shape")
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid(DOMAIN, version)])
    [expected] = ReferenceEvaluator(model).run(None, dict(zip(names, inputs, strict=True)))
    graph.output[0].CopyFrom(helper.make_tensor_value_info("y", expected_type, expected.shape))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid(DOMAIN, version)])
    [found] = backend.run_model(model, inputs, verify=False)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_binarizer() -> None:
    compare("Binarizer", 1, [np.array([[-1, 0.5, 2], [0.25, 3, np.nan]], np.float32)], threshold=0.5)


@pytest.mark.parametrize("shape", [(5,), (3, 5)])
def test_array_feature_extractor(shape: tuple[int, ...]) -> None:
    x = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    compare("ArrayFeatureExtractor", 1, [x, np.array([[4, 0, 1]], np.int64)])


def chains(depth: int, trees: int, features: int) -> dict[str, Any]:
    """Trees that are chains: each node's false branch is a leaf, the true branch of the last too."""
    rng = np.random.default_rng(7)
    nodes = depth * trees
    in_tree = np.arange(nodes) % depth
    is_last = in_tree == depth - 1
    leaf = np.arange(nodes)
    return {
        "nodes_featureids": rng.integers(0, features, nodes).tolist(),
        "nodes_splits": numpy_helper.from_array(rng.normal(size=nodes).astype(np.float32)),
        "nodes_modes": numpy_helper.from_array(rng.integers(0, 4, nodes).astype(np.uint8)),
        "nodes_truenodeids": np.where(is_last, nodes + np.arange(nodes) // depth, np.arange(nodes) + 1).tolist(),
        "nodes_trueleafs": is_last.astype(int).tolist(),
        "nodes_falsenodeids": leaf.tolist(),
        "nodes_falseleafs": [1] * nodes,
        "leaf_weights": numpy_helper.from_array(rng.normal(size=nodes + trees).astype(np.float32)),
        "leaf_targetids": rng.integers(0, 3, nodes + trees).tolist(),
        "tree_roots": [depth * tree for tree in range(trees)],
        "nodes_missing_value_tracks_true": rng.integers(0, 2, nodes).tolist(),
        "n_targets": 3,
    }


@pytest.mark.parametrize("aggregate", [0, 1])
def test_tree_ensemble(aggregate: int) -> None:
    x = np.random.default_rng(1).normal(size=(20, 4)).astype(np.float32)
    x[::7, 1] = np.nan
    compare("TreeEnsemble", 5, [x], aggregate_function=aggregate, **chains(depth=4, trees=6, features=4))
