"""What the attention operators have in common: heads, scores, masks, the weighted sum.

Text in this file reads ``Q`` [batch, heads, rows, depth], ``K`` [batch, heads, keys, depth] and ``V`` [batch, heads,
keys, columns].
"""

import math
from collections.abc import Sequence

from dnnf_mlir.graph.size import is_dynamic

from .operator import Call, ints, number


def static_size(call: Call, name: str, axis: int) -> int:
    """The size of an input's dimension, which must be known."""
    size = call.shape(name)[axis]
    if is_dynamic(size):
        call.refuse(f"the size of dimension {axis} of its input {name} is dynamic; give it")
    return int(size)


def split_heads(name: str, x: str, heads: int) -> str:
    """``name`` [batch, heads, rows, depth] from ``x`` [batch, rows, heads * depth]."""
    return f"""
        {ints(f"{name}_shape", 0, 0, heads, -1)}
        {name}_rows = Reshape({x}, {name}_shape)
        {name} = Transpose <perm = [0, 2, 1, 3]> ({name}_rows)"""


def columns(parts: Sequence[str], x: str, sizes: Sequence[int]) -> str:
    """Parts of these sizes of the last dimension of ``x``."""
    return f"{ints('part_sizes', *sizes)}  {', '.join(parts)} = Split <axis = -1> ({x}, part_sizes)"


def scale(call: Call, depth: int) -> float:
    """The factor of the scores: 1 / sqrt(depth) unless an attribute says another."""
    return float(call.attribute("scale") or 1 / math.sqrt(depth))


def scores(factor: float, *addends: str) -> str:
    """``scores``: the products of queries and keys by a factor, and what is added to them."""
    names = ["scaled", *(f"with_{addend}" for addend in addends)]
    sums = "  ".join(
        f"{total} = Add({before}, {addend})"
        for before, total, addend in zip(names[:-1], names[1:], addends, strict=True)
    )
    return f"""
        keys_in_columns = Transpose <perm = [0, 1, 3, 2]> (K)
        products = MatMul(Q, keys_in_columns)
        {number("factor", factor, "products")}
        scaled = Mul(products, factor)
        {sums}
        scores = Identity({names[-1]})"""


def weighted_sum(y: str) -> str:
    """``y`` [batch, rows, heads * columns] from ``masked_scores``."""
    return f"""
        shares = Softmax <axis = -1> (masked_scores)
        sums = MatMul(shares, V)
        {merge_heads(y, "sums")}"""


def merge_heads(y: str, x: str) -> str:
    """``y`` [batch, rows, heads * columns] from ``x`` [batch, heads, rows, columns]."""
    return f"""
        {y}_heads = Transpose <perm = [0, 2, 1, 3]> ({x})
        {ints(f"{y}_shape", 0, 0, -1)}
        {y} = Reshape({y}_heads, {y}_shape)"""


def numbers_to(name: str, x: str, axis: int) -> str:
    """``name`` int64: 0, 1, ... below the size of a dimension of ``x``, which is ``name_count`` int64[1]."""
    return f"""
        {name}_count = Shape <start = {axis}, end = {axis + 1}> ({x})
        {name}_end = Squeeze({name}_count)
        {name}_begin = Constant <value_int = 0> ()
        {name}_step = Constant <value_int = 1> ()
        {name} = Range({name}_begin, {name}_end, {name}_step)"""


LOWEST = -3.4028234663852886e38
"""Stands for -infinity, which a row of nothing else would turn into no number."""


def causal(is_causal: bool) -> str:
    """``masked_scores``: ``scores`` without the keys behind a row's own, the last row's being the last."""
    if not is_causal:
        return "masked_scores = Identity(scores)"
    return f"""
        {numbers_to("row", "Q", 2)}
        {numbers_to("key", "K", 2)}
        before = Sub(key_count, row_count)
        row_position = Add(row, before)
        {ints("behind", 1)}
        row_in_column = Unsqueeze(row_position, behind)
        is_before = LessOrEqual(key, row_in_column)
        {number("lowest", LOWEST, "scores")}
        masked_scores = Where(is_before, scores, lowest)"""


def key_mask(call: Call, name: str, batch: int, keys: int) -> tuple[str, tuple[str, ...]]:
    """Nodes that give ``key_filter`` from the operand ``name``, and what is added to the scores: that, or nothing.

    The operand is 0 for keys that a row does not see, [batch, keys] or [batch, rows, keys], or it has the ends of the
    keys of each element of the batch, [batch], maybe followed by their starts, [2 * batch]. ``keys`` is how many keys
    there are; a mask whose size has another name is checked when the module runs.
    """
    if not call.has(name):
        return "", ()
    shape = call.shape(name)
    if len(shape) == 2 and shape[1] == 1:
        return "", ()  # the runtime's exporters write that where there is no mask
    if len(shape) not in (1, 2, 3):
        call.refuse(f"its mask has {len(shape)} dimensions")
    if len(shape) > 1:
        seen = f"""
            zero = Constant <value = int32 {{0}}> ()
            aligned_mask = {f"Reshape({name}, mask_shape)" if shape[-1] != keys else f"Identity({name})"}
            is_seen = Greater(aligned_mask, zero)"""
        if shape[-1] != keys:
            seen = f"""
                {ints("same", *(0 for _ in shape[1:]))}
                key_number = Shape <start = 2, end = 3> (K)
                mask_shape = Concat <axis = 0> (same, key_number)
                {seen}"""
    else:
        seen = _within_bounds(call, name, batch)
    aligned = (1,) if len(shape) == 3 else (1, 2)
    nodes = f"""
        {seen}
        {ints("heads_and_rows", *aligned)}
        is_seen_by_heads = Unsqueeze(is_seen, heads_and_rows)
        {number("no_filter", 0.0, "Q")}
        {number("filter", call.attribute("mask_filter_value", -10000.0), "Q")}
        key_filter = Where(is_seen_by_heads, no_filter, filter)"""
    return nodes, ("key_filter",)


def _within_bounds(call: Call, name: str, batch: int) -> str:
    (size,) = call.shape(name)
    if size == 3 * batch + 2:
        call.refuse("its mask has offsets of packed sequences")
    both = size == 2 * batch
    bounds = f"ends, starts = Split <axis = 0, num_outputs = 2> ({name})" if both else f"ends = Identity({name})"
    seen = "is_seen = And(is_before_end, is_behind_start)" if both else "is_seen = Identity(is_before_end)"
    behind = """
        wide_starts = Cast <to = 7> (starts)
        start_column = Unsqueeze(wide_starts, column)
        is_behind_start = GreaterOrEqual(position, start_column)"""
    return f"""
        {numbers_to("position", "K", 2)}
        {bounds}
        {ints("column", 1)}
        wide_ends = Cast <to = 7> (ends)
        end_column = Unsqueeze(wide_ends, column)
        is_before_end = Less(position, end_column)
        {behind if both else ""}
        {seen}"""
