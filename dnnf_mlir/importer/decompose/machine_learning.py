"""Operators of the domain ai.onnx.ml that compute with numbers, as nodes of simpler operators."""

from collections.abc import Callable
from typing import Any

import numpy as np
from onnx import TensorProto, numpy_helper

from .builder import Composite

MACHINE_LEARNING_DOMAIN = "ai.onnx.ml"


def binarizer(c: Composite) -> bool:
    """Binarizer: whether a number is above the threshold, as 0 or 1."""
    x = c.input(0)
    above = c.op("Greater", x, c.scalar(c.attributes.get("threshold", 0.0), x))
    c.op("Cast", above, output=c.node.output[0], to=c.types[x].elem_type)
    return True


def array_feature_extractor(c: Composite) -> bool:
    """ArrayFeatureExtractor: positions along the last dimension; a vector is a matrix of one row."""
    x = c.input(0)
    if len(c.shape(0)) == 1:
        x = c.op("Unsqueeze", x, c.ints(0))
    c.op("Gather", x, c.op("Reshape", c.input(1), c.ints(-1)), output=c.node.output[0], axis=-1)
    return True


def tree_ensemble(c: Composite) -> bool:
    """TreeEnsemble: every node is decided for every row, then each tree is walked down from its root.

    Positions below the number of nodes are nodes, those above are leaves, where a walk stays.
    """
    trees = _Trees(c.attributes)
    post = _POST_TRANSFORMS.get(c.attributes.get("post_transform", 0))
    if post is None or trees.count == 0:
        return False
    decided = _decisions(c, trees)
    position = c.op("Expand", c.constant(trees.roots[np.newaxis]), c.ints(c.shape(0)[0], trees.count))
    if_true, if_false = c.constant(trees.if_true), c.constant(trees.if_false)
    for _ in range(trees.depth):
        at_node = c.op("Min", position, c.constant(np.array(trees.nodes - 1)))
        goes_on = c.op("GatherElements", decided, at_node, axis=1)
        both = (c.op("Gather", table, position, axis=0) for table in (if_true, if_false))
        position = c.op("Where", goes_on, *both)
    leaf = c.op("Sub", position, c.constant(np.array(trees.nodes)))
    weight, target = (c.op("Gather", c.constant(table), leaf, axis=0) for table in (trees.weights, trees.targets))
    targets = c.constant(np.arange(c.attributes.get("n_targets", 1), dtype=np.int64))
    is_target = c.op("Equal", c.op("Unsqueeze", target, c.ints(2)), targets)
    reduction, rest = _AGGREGATES[c.attributes.get("aggregate_function", 1)]
    limit = {"lowest": np.finfo(trees.weights.dtype).min, "highest": np.finfo(trees.weights.dtype).max}.get(rest, 0)
    shares = c.op("Where", is_target, c.op("Unsqueeze", weight, c.ints(2)), c.scalar(float(limit), c.input(0)))
    score = c.op(reduction, shares, c.ints(1), keepdims=0)
    post(c, score)
    return True


class _Trees:
    """The attributes of a TreeEnsemble as arrays."""

    def __init__(self, attributes: dict[str, Any]) -> None:
        def array(name: str) -> np.ndarray:
            return numpy_helper.to_array(attributes[name])

        self.modes, self.splits = array("nodes_modes"), array("nodes_splits")
        self.weights, self.targets = array("leaf_weights"), np.array(attributes["leaf_targetids"], np.int64)
        self.features = np.array(attributes["nodes_featureids"], np.int64)
        self.nodes = len(self.modes)
        leaves = self.nodes + np.arange(len(self.weights))

        def next_positions(branch: str) -> np.ndarray:
            ids = np.array(attributes[f"nodes_{branch}nodeids"], np.int64)
            return np.concatenate([ids + self.nodes * np.array(attributes[f"nodes_{branch}leafs"], np.int64), leaves])

        self.if_true, self.if_false = next_positions("true"), next_positions("false")
        roots = np.array(attributes["tree_roots"], np.int64)
        is_leaf = (self.if_true[roots] == self.if_false[roots]) & (self.if_true[roots] >= self.nodes)
        self.roots = np.where(is_leaf, self.if_true[roots], roots)
        self.count = len(roots)
        missing = attributes.get("nodes_missing_value_tracks_true") or [0] * self.nodes
        self.true_if_missing = np.array(missing, bool)
        self.members = self._members(array("membership_values") if "membership_values" in attributes else None)

    @property
    def depth(self) -> int:
        """The most decisions from a root to a leaf. Raises IndexError where a walk does not end."""
        reached, steps = set(self.roots.tolist()), 0
        while any(position < self.nodes for position in reached):
            inner = [position for position in reached if position < self.nodes]
            reached = {int(table[position]) for position in inner for table in (self.if_true, self.if_false)}
            steps += 1
            if steps > self.nodes:
                raise IndexError("its nodes form a cycle")
        return steps

    def _members(self, values: np.ndarray | None) -> np.ndarray:
        """A row of values for each node, filled up with NaN, which equals nothing."""
        sets: list[list[float]] = [[]]
        for value in values if values is not None else ():
            if np.isnan(value):
                sets.append([])
            else:
                sets[-1].append(float(value))
        table = np.full((self.nodes, max(map(len, sets))), np.nan, self.splits.dtype)
        for node, members in zip(np.flatnonzero(self.modes == _MEMBER), sets, strict=False):
            table[node, : len(members)] = members
        return table


def _decisions(c: Composite, trees: _Trees) -> str:
    """Whether the true branch is taken: a row for each row of the input, a column for each node."""
    x = c.op("Gather", c.input(0), c.constant(trees.features), axis=1)
    decided = c.op("And", c.op("IsNaN", x), c.constant(trees.true_if_missing))
    for mode in np.unique(trees.modes).tolist():
        if mode == _MEMBER:
            equal = c.op("Equal", c.op("Unsqueeze", x, c.ints(2)), c.constant(trees.members))
            count = c.op("ReduceMax", c.op("Cast", equal, to=TensorProto.INT32), c.ints(2), keepdims=0)
            holds = c.op("Cast", count, to=TensorProto.BOOL)
        else:
            holds = c.op(_COMPARISONS[mode], x, c.constant(trees.splits))
            if mode == _DIFFERS:
                holds = c.op("Not", holds)
        decided = c.op("Or", decided, c.op("And", holds, c.constant(trees.modes == mode)))
    return decided


_DIFFERS, _MEMBER = 5, 6
_COMPARISONS = {0: "LessOrEqual", 1: "Less", 2: "GreaterOrEqual", 3: "Greater", 4: "Equal", _DIFFERS: "Equal"}
_AGGREGATES = {
    0: ("ReduceMean", "zero"),
    1: ("ReduceSum", "zero"),
    2: ("ReduceMin", "highest"),
    3: ("ReduceMax", "lowest"),
}
"""Aggregate function -> the reduction over the trees, and what other targets than a leaf's own get from it."""

_POST_TRANSFORMS: dict[int, Callable[[Composite, str], str]] = {
    0: lambda c, score: c.op("Identity", score, output=c.node.output[0]),
    1: lambda c, score: c.op("Softmax", score, output=c.node.output[0], axis=-1),
    2: lambda c, score: c.op("Sigmoid", score, output=c.node.output[0]),
}
