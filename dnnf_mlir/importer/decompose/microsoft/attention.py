"""Attention with as many heads of keys as of queries: from hidden states, from projections, from 8-bit integers."""

from .heads import causal, columns, key_mask, scale, scores, split_heads, static_size, weighted_sum
from .operator import Call, ints, operator


def _attention(call: Call) -> str:
    product = f"""
        product = MatMul(x, weights)
        qkv = {"Add(product, bias)" if call.has("bias") else "Identity(product)"}"""
    hidden = call.attribute("qkv_hidden_sizes", []) or [static_size(call, "weights", 1) // 3] * 3
    return f"{product}  {_self_attention(call, hidden)}"


def _quantized_attention(call: Call) -> str:
    product = "qkv = com.microsoft.MatMulIntegerToFloat(x, weights, x_scale, weights_scale, x_zero, weights_zero, bias)"
    return f"{product}  {_self_attention(call, [static_size(call, 'weights', 1) // 3] * 3)}"


def _self_attention(call: Call, hidden: list[int]) -> str:
    """``y`` and ``present`` from ``qkv``, which has queries, keys and values of these sizes."""
    if call.attribute("do_rotary"):
        call.refuse("its attribute do_rotary is set")
    if call.attribute("past_present_share_buffer"):
        call.refuse("past and present states share a buffer; export the model without that")
    heads = call.attribute("num_heads")
    batch, keys = call.shape("x")[:2]
    if call.has("past"):
        keys = keys + call.shape("past")[3]
    mask, masks = key_mask(call, "mask_index", batch, keys)
    biases = ("attention_bias",) if "attention_bias" in call.operator.inputs and call.has("attention_bias") else ()
    past = """
        past_both_key, past_both_value = Split <axis = 0, num_outputs = 2> (past)
        past_key = Squeeze(past_both_key, first)
        past_value = Squeeze(past_both_value, first)
        K = Concat <axis = 2> (past_key, new_K)
        V = Concat <axis = 2> (past_value, new_V)"""
    present = """
        present_key = Unsqueeze(K, first)
        present_value = Unsqueeze(V, first)
        present = Concat <axis = 0> (present_key, present_value)"""
    return f"""
        {columns(("q", "k", "v"), "qkv", hidden)}
        {split_heads("Q", "q", heads)}
        {split_heads("new_K", "k", heads)}
        {split_heads("new_V", "v", heads)}
        {ints("first", 0)}
        {past if call.has("past") else "K = Identity(new_K)  V = Identity(new_V)"}
        {present if call.wants("present") else ""}
        {mask}
        {scores(scale(call, hidden[0] // heads), *biases, *masks)}
        {causal(call.attribute("unidirectional"))}
        {weighted_sum("y")}"""


def _multi_head_attention(call: Call) -> str:
    """The scores that are wanted are those before the softmax."""
    for name in ("past_sequence_length", "cache_indirection"):
        if call.has(name):
            call.refuse(f"its input {name} is for one buffer of past and present states; export the model without that")
    keys = call.shape("k")[2 if call.rank("k") == 4 else 1] if call.has("k") else call.shape("q")[1]
    if call.has("past_key"):
        keys = keys + call.shape("past_key")[2]
    mask, masks = key_mask(call, "key_padding_mask", call.shape("q")[0], keys)
    biases = ("attention_bias",) if call.has("attention_bias") else ()
    depth = static_size(call, "q", -1) // (1 if call.rank("q") == 5 else call.attribute("num_heads"))
    past = "K = Concat <axis = 2> (past_key, new_K)  V = Concat <axis = 2> (past_value, new_V)"
    return f"""
        {_operands(call)}
        {past if call.has("past_key") else "K = Identity(new_K)  V = Identity(new_V)"}
        present_key = Identity(K)
        present_value = Identity(V)
        {mask}
        {scores(scale(call, depth), *biases, *masks)}
        {causal(call.attribute("unidirectional"))}
        qk = Identity(masked_scores)
        {weighted_sum("y")}"""


def _operands(call: Call) -> str:
    """``Q``, ``new_K`` and ``new_V`` from whatever holds them; the bias is added to those that have no heads yet."""
    heads = call.attribute("num_heads")
    if call.rank("q") == 5:
        return _packed(call, ("Q", "new_K", "new_V"), "q")
    if not call.has("k"):
        call.refuse("it has no keys")
    parts = ["q"]
    if call.rank("k") == 3:
        parts += ["k", "v"]
    split = {"q": split_heads("Q", "q_biased", heads)}
    if call.rank("k") == 3:
        split |= {"k": split_heads("new_K", "k_biased", heads), "v": split_heads("new_V", "v_biased", heads)}
        others = ""
    elif call.rank("k") == 5:
        others = _packed(call, ("new_K", "new_V"), "k")
    else:
        others = "new_K = Identity(k)  new_V = Identity(v)"
    hidden = static_size(call, "q", 2)
    sizes = [hidden, hidden, static_size(call, "bias", 0) - 2 * hidden] if call.has("bias") else []
    biases = columns(("q_bias", "k_bias", "v_bias"), "bias", sizes) if sizes else ""
    biased = "  ".join(
        f"{part}_biased = {f'Add({part}, {part}_bias)' if sizes else f'Identity({part})'}  {split[part]}"
        for part in parts
    )
    return f"{biases}  {biased}  {others}"


def _packed(call: Call, names: tuple[str, ...], x: str) -> str:
    """Operands beside each other in dimension 3 of ``x`` [batch, rows, heads, operands, depth]."""
    if call.has("bias"):
        call.refuse("packed operands and a bias")
    parts = ", ".join(f"{name}_part" for name in names)
    each = "  ".join(
        f"{name}_rows = Squeeze({name}_part, packed)  {name} = Transpose <perm = [0, 2, 1, 3]> ({name}_rows)"
        for name in names
    )
    return f"{ints('packed', 3)}  {parts} = Split <axis = 3, num_outputs = {len(names)}> ({x})  {each}"


_COMMON = "num_heads, unidirectional: int = 0, mask_filter_value: float = -10000.0, scale"
_STATES = "do_rotary, past_present_share_buffer"

OPERATORS = (
    operator(
        f"Attention <{_COMMON}, {_STATES}, rotary_embedding_dim, qkv_hidden_sizes> "
        "(x, weights, bias?, mask_index?, past?, attention_bias?, past_sequence_length?) => (y, present)",
        _attention,
    ),
    operator(
        f"QAttention <{_COMMON}, {_STATES}> "
        "(x, weights, bias, x_scale, weights_scale, mask_index?, x_zero?, weights_zero?, past?) => (y, present)",
        _quantized_attention,
    ),
    operator(
        f"MultiHeadAttention <{_COMMON}> "
        "(q, k?, v?, bias?, key_padding_mask?, attention_bias?, past_key?, past_value?, past_sequence_length?, "
        "cache_indirection?) => (y, present_key, present_value, qk)",
        _multi_head_attention,
    ),
)
