"""Attention with fewer heads of keys than of queries, whose states grow from call to call.

Rows of the queries that read the same keys are one matrix: [batch, heads of keys, queries for each * rows, depth].
"""

from .heads import LOWEST, columns, merge_heads, numbers_to, scale, scores, split_heads, static_size
from .operator import Call, ints, number, operator

_QUANTIZED = ("k_scale", "v_scale")


def _grouped_attention(call: Call) -> str:
    """Positions are absolute: ``begun`` [batch] is how many keys came before, ``totals`` [batch] how many there are."""
    _refuse_others(call)
    heads, key_heads = call.attribute("num_heads"), call.attribute("kv_num_heads")
    packed = not call.has("k")
    depth = static_size(call, "q", 2) // (heads + 2 * key_heads if packed else heads)
    parts = [heads * depth, key_heads * depth, key_heads * depth]
    given = (
        columns(("queries", "keys", "values"), "q", parts)
        if packed
        else ("queries = Identity(q)  keys = Identity(k)  values = Identity(v)")
    )
    return f"""
        {given}
        {split_heads("query_heads", "queries", heads)}
        {split_heads("key_heads", "keys", key_heads)}
        {split_heads("new_V", "values", key_heads)}
        {_normalized(call)}
        {_counts(call)}
        {_rotated(call)}
        {_states(call)}
        {ints("grouped", 0, key_heads, -1, depth)}
        Q = Reshape(rotated_queries, grouped)
        {_allowed(call, heads // key_heads)}
        {_scores(call, depth, heads, key_heads)}
        {_shares(call, heads, key_heads)}
        sums = MatMul(shares, V)
        {ints("ungrouped", 0, heads, -1, depth)}
        of_heads = Reshape(sums, ungrouped)
        {merge_heads("y", "of_heads")}"""


def _refuse_others(call: Call) -> None:
    for name in ("sliding_window_cache", "qk_output", "kv_cache_bit_width"):
        if call.attribute(name, 0):
            call.refuse(f"its attribute {name} is set")
    if any(call.has(name) for name in _QUANTIZED):
        call.refuse("its states are quantised")
    if call.has("query_seqlens"):
        call.refuse("its input query_seqlens")


def _normalized(call: Call) -> str:
    """``normal_queries`` and ``normal_keys``: each head by its root mean square, where there are weights for it."""
    if not call.has("q_norm"):
        return "normal_queries = Identity(query_heads)  normal_keys = Identity(key_heads)"
    both = call.attribute("qk_norm_epsilon")
    epsilons = [call.attribute(f"{name}_norm_epsilon", both) for name in ("q", "k")]
    return f"""
        normal_queries = RMSNormalization <axis = -1, epsilon = {epsilons[0]!r}> (query_heads, q_norm)
        normal_keys = RMSNormalization <axis = -1, epsilon = {epsilons[1]!r}> (key_heads, k_norm)"""


def _counts(call: Call) -> str:
    """``totals`` and ``begun``, and ``row_position`` [batch, rows].

    A prompt with padding on the right is shorter than its rows; then nothing came before.
    """
    before = """
        past_count = Shape <start = 2, end = 3> (past_key)
        positive = Max(without_rows, zero)
        begun = Min(positive, past_count)"""
    return f"""
        {ints("one_list", -1)}
        lasts = Reshape(seqlens_k, one_list)
        wide_lasts = Cast <to = 7> (lasts)
        zero = Constant <value_int = 0> ()
        one = Constant <value_int = 1> ()
        totals = Add(wide_lasts, one)
        {numbers_to("row", "normal_queries", 2)}
        without_rows = Sub(totals, row_count)
        {before if call.has("past_key") else "begun = Mul(totals, zero)"}
        {ints("column", 1)}
        begun_column = Unsqueeze(begun, column)
        row_position = Add(begun_column, row)"""


def _rotated(call: Call) -> str:
    """``rotated_queries`` and ``new_K``."""
    if not call.attribute("do_rotary"):
        return "rotated_queries = Identity(normal_queries)  new_K = Identity(normal_keys)"
    depth = 2 * static_size(call, "cos_cache", 1)
    rotation = f"""RotaryEmbedding <interleaved: int = @rotary_interleaved, rotary_embedding_dim = {depth}>
        (%s, cos_cache, sin_cache, rotary_position)"""
    return f"""
        rotary_position = Identity({"position_ids" if call.has("position_ids") else "row_position"})
        rotated_queries = {rotation % "normal_queries"}
        new_K = {rotation % "normal_keys"}"""


def _states(call: Call) -> str:
    """``K`` and ``V``, which are the present states, and ``key`` [keys], their positions.

    New keys follow those that came before, which may be fewer than the past state has room for.
    """
    if not call.has("past_key"):
        return f"""
            K = Identity(new_K)
            V = Identity(new_V)
            present_key = Identity(K)
            present_value = Identity(V)
            {numbers_to("key", "K", 2)}"""
    moved = "\n".join(
        f"""
        {name}_shape = Shape(both_{name})
        {name}_index = Expand(index, {name}_shape)
        {name}_moved = GatherElements <axis = 2> (both_{name}, {name}_index)
        {name}_none = CastLike(zero, both_{name})
        {name} = Where(is_filled_by_heads, {name}_moved, {name}_none)"""
        for name in ("K", "V")
    )
    return f"""
        both_K = Concat <axis = 2> (past_key, new_K)
        both_V = Concat <axis = 2> (past_value, new_V)
        {numbers_to("key", "both_K", 2)}
        is_old = Less(key, begun_column)
        free = Sub(past_count, begun_column)
        behind_free = Add(key, free)
        last = Sub(key_count, one)
        within = Min(behind_free, last)
        source = Where(is_old, key, within)
        {ints("heads_and_depth", 1, 3)}
        index = Unsqueeze(source, heads_and_depth)
        end_column = Add(begun_column, row_count)
        is_filled = Less(key, end_column)
        is_filled_by_heads = Unsqueeze(is_filled, heads_and_depth)
        {moved}
        present_key = Identity(K)
        present_value = Identity(V)"""


def _allowed(call: Call, queries_of_key: int) -> str:
    """``is_allowed`` [batch, 1, queries for each key * rows, keys]."""
    window = call.attribute("local_window_size")
    if not call.attribute("causal"):
        seen = """
            total_column = Unsqueeze(totals, each_row)
            is_seen = Less(key, total_column)"""
    else:
        within = f"""
            window = Constant <value_int = {window}> ()
            distance = Sub(row_column, key)
            is_near = Less(distance, window)
            is_seen = And(is_before, is_near)"""
        seen = f"""
            {ints("behind", 2)}
            row_column = Unsqueeze(row_position, behind)
            is_before = LessOrEqual(key, row_column)
            {within if window > 0 else "is_seen = Identity(is_before)"}"""
    return f"""
        {ints("each_row", 1, 2)}
        {seen}
        {ints("each_head", 1)}
        is_seen_by_heads = Unsqueeze(is_seen, each_head)
        {ints("repeats", 1, 1, queries_of_key if call.attribute("causal") else 1, 1)}
        is_allowed = Tile(is_seen_by_heads, repeats)"""


def _scores(call: Call, depth: int, heads: int, key_heads: int) -> str:
    """``masked_scores``."""
    softcap = call.attribute("softcap", 0.0)
    capped = f"""
        {number("cap", softcap, "scores")}
        of_cap = Div(scores, cap)
        bent = Tanh(of_cap)
        capped = Mul(bent, cap)"""
    bias = "capped_biased = Identity(capped)"
    if call.has("attention_bias"):
        bias = f"{_grouped_bias(call, heads, key_heads)}  capped_biased = Add(capped, grouped_bias)"
    return f"""
        {scores(scale(call, depth))}
        {capped if softcap else "capped = Identity(scores)"}
        {bias}
        {number("lowest", LOWEST, "scores")}
        masked_scores = Where(is_allowed, capped_biased, lowest)"""


def _grouped_bias(call: Call, heads: int, key_heads: int) -> str:
    """The bias of rows that read the same keys; its sizes are checked when the module runs."""
    queries_of_key = heads // key_heads
    if call.shape("attention_bias")[1] == 1 and heads > 1:
        return f"""
            {ints("bias_repeats", 1, 1, queries_of_key, 1)}
            tiled_bias = Tile(attention_bias, bias_repeats)
            {ints("first_three", 0, 0, 0)}
            bias_shape = Concat <axis = 0> (first_three, key_count)
            grouped_bias = Reshape(tiled_bias, bias_shape)"""
    return f"""
        {ints("batch_and_heads", 0, key_heads)}
        {ints("queries_of_key", queries_of_key)}
        grouped_rows = Mul(row_count, queries_of_key)
        bias_shape = Concat <axis = 0> (batch_and_heads, grouped_rows, key_count)
        grouped_bias = Reshape(attention_bias, bias_shape)"""


def _shares(call: Call, heads: int, key_heads: int) -> str:
    """``shares``, the softmax; of a further score that no key has where there is a sink."""
    if call.attribute("smooth_softmax") != 1 and not call.has("head_sink"):
        return "shares = Softmax <axis = -1> (masked_scores)"
    sink = f"""
        {ints("sink_shape", 1, key_heads, heads // key_heads, 1)}
        sink_of_heads = Reshape(head_sink, sink_shape)
        {ints("three_ones", 1, 1, 1)}
        sink_rows_shape = Concat <axis = 0> (three_ones, row_count)
        sink_rows = Expand(sink_of_heads, sink_rows_shape)
        {ints("sink_column_shape", 1, key_heads, -1, 1)}
        sink = Reshape(sink_rows, sink_column_shape)"""
    return f"""
        {sink if call.has("head_sink") else number("sink", 0.0, "scores")}
        {ints("first", 0)}
        {ints("second", 1)}
        {ints("last_dimension", 3)}
        column_of_scores = Slice(scores, first, second, last_dimension)
        {number("nothing", 0.0, "scores")}
        empty = Mul(column_of_scores, nothing)
        further = Add(empty, sink)
        all_scores = Concat <axis = 3> (masked_scores, further)
        all_shares = Softmax <axis = -1> (all_scores)
        shares = Slice(all_shares, first, key_count, last_dimension)"""


OPERATORS = (
    operator(
        "GroupQueryAttention <num_heads, kv_num_heads, scale, softcap, do_rotary: int = 0, "
        "rotary_interleaved: int = 0, local_window_size: int = -1, smooth_softmax: int = -1, causal: int = 1, "
        "qk_norm_epsilon: float = 1e-6, q_norm_epsilon, k_norm_epsilon, qk_output, kv_cache_bit_width, k_quant_type, "
        "v_quant_type, sliding_window_cache: int = 0> "
        "(q, k?, v?, past_key?, past_value?, seqlens_k, total_sequence_length, cos_cache?, sin_cache?, position_ids?, "
        "attention_bias?, head_sink?, k_scale?, v_scale?, q_norm?, k_norm?, query_seqlens?) "
        "=> (y, present_key, present_value, output_qk)",
        _grouped_attention,
    ),
)
