"""Embeddings of words and positions."""

from .heads import numbers_to, static_size
from .operator import Call, ints, operator


def _embed(call: Call) -> str:
    """The sum of the embeddings of words, positions and segments, normalized; the mask's ones are counted."""
    positions = "position = Gather(position_embedding, position_ids)"
    if not call.has("position_ids"):
        positions = f"{numbers_to('row', 'input_ids', 1)}  position = Gather(position_embedding, row)"
    segments = "segment = Gather(segment_embedding, segment_ids)  sum = Add(partial, segment)"
    return f"""
        word = Gather(word_embedding, input_ids)
        {positions}
        partial = Add(word, position)
        {segments if call.has("segment_ids") else "sum = Identity(partial)"}
        y = LayerNormalization <axis = -1, epsilon: float = @epsilon> (sum, gamma, beta)
        {_mask_index(call) if call.wants("mask_index") else ""}"""


def _mask_index(call: Call) -> str:
    """How many ones there are in each row; zeros without a mask."""
    counted = "one = Constant <value = int32 {1}> ()  is_one = Equal(mask, one)  counted = Cast <to = 6> (is_one)"
    if not call.has("mask"):
        counted = "zero = Constant <value = int32 {0}> ()  counted = Mul(input_ids, zero)"
    return f"{counted}  {ints('each_row', 1)}  mask_index = ReduceSum <keepdims = 0> (counted, each_row)"


def _rotary(call: Call) -> str:
    """ONNX's own; a single position is that of the first row."""
    if call.attribute("is_packed_batching"):
        call.refuse("its attribute is_packed_batching is set")
    if call.attribute("scale") != 1:
        call.refuse("its attribute scale is not 1")
    heads, depth = call.attribute("num_heads"), call.attribute("rotary_embedding_dim")
    in_heads = call.rank("x") == 4
    if not in_heads and not heads:
        heads = static_size(call, "x", 2) // (2 * static_size(call, "cos_cache", 1))
    rows = 2 if in_heads else 1
    positions = f"""
        {numbers_to("row", "x", rows)}
        from_first = Add(row, position_ids)
        batch = Shape <end = 1> (x)
        shape = Concat <axis = 0> (batch, row_count)
        positions = Expand(from_first, shape)"""
    return f"""
        {positions if call.rank("position_ids") == 1 else "positions = Identity(position_ids)"}
        y = RotaryEmbedding <interleaved: int = @interleaved, num_heads = {0 if in_heads else heads},
            rotary_embedding_dim = {depth}> (x, cos_cache, sin_cache, positions)"""


OPERATORS = (
    operator(
        "EmbedLayerNormalization <epsilon: float = 1e-12, mask_index_type> "
        "(input_ids, segment_ids?, word_embedding, position_embedding, segment_embedding?, gamma, beta, mask?, "
        "position_ids?) => (y, mask_index, sum)",
        _embed,
    ),
    operator(
        "RotaryEmbedding <interleaved: int = 0, num_heads: int = 0, rotary_embedding_dim: int = 0, "
        "is_packed_batching: int = 0, scale: float = 1.0> (x, position_ids, cos_cache, sin_cache) => (y)",
        _rotary,
    ),
)
