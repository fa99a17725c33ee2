"""Operators that ONNX defined later, and those on images and small matrices."""

from .heads import static_size
from .operator import Call, ints, number, operator

_LARGEST_INVERSE = 32
"""Rows of a matrix whose inverse is written out, in a dozen nodes for each."""


def _grid_sample(call: Call) -> str:
    modes = {"bilinear": "linear", "bicubic": "cubic", "nearest": "nearest"}
    mode = call.attribute("mode")
    if mode not in modes:
        call.refuse(f"its mode {mode} is not known")
    return f"""
        y = GridSample <align_corners: int = @align_corners, mode = "{modes[mode]}",
            padding_mode: string = @padding_mode> (x, grid)"""


def _pad(call: Call) -> str:
    value = "scalar = Constant <value = int64[0] {}> ()  fill = Reshape(value, scalar)"
    return f"""
        {ints("list", -1)}
        amounts = Reshape(pads, list)
        {value if call.has("value") else ""}
        y = Pad <mode: string = @mode> (x, amounts{", fill" if call.has("value") else ""})"""


def _expand_dims(call: Call) -> str:
    return f"{ints('list', -1)}  wide = Cast <to = 7> (axis)  axes = Reshape(wide, list)  y = Unsqueeze(x, axes)"


def _range(call: Call) -> str:
    scalars = "  ".join(f"{name}_scalar = Reshape({name}, scalar)" for name in ("start", "limit"))
    step = "step = Reshape(delta, scalar)" if call.has("delta") else number("step", 1.0, "start")
    shape = "scalar = Constant <value = int64[0] {}> ()"
    return f"{shape}  {scalars}  {step}  y = Range(start_scalar, limit_scalar, step)"


def _crop_and_resize(call: Call) -> str:
    """The corners of the crop are those of the box; positions outside the image get a fixed value.

    Nearest positions are rounded before the sampling, half away from zero.
    """
    size = call.value("crop_size")
    if size is None:
        call.refuse("its crop_size is computed at run time; make it constant")
    nearest = call.attribute("mode") == "nearest"
    if not nearest and call.attribute("mode") != "bilinear":
        call.refuse(f"its mode {call.attribute('mode')} is not known")
    rows, columns = (_positions(call, *each) for each in (("row", 2, 0, int(size[0])), ("column", 3, 1, int(size[1]))))
    return f"""
        {rows}
        {columns}
        {ints("behind", 2)}
        {ints("between", 1)}
        row_grid = Unsqueeze(row_place, behind)
        column_grid = Unsqueeze(column_place, between)
        both = Add(row_grid, column_grid)
        both_shape = Shape(both)
        all_rows = Expand(row_grid, both_shape)
        all_columns = Expand(column_grid, both_shape)
        {ints("last", -1)}
        row_coordinates = Unsqueeze(all_rows, last)
        column_coordinates = Unsqueeze(all_columns, last)
        grid = Concat <axis = -1> (column_coordinates, row_coordinates)
        images = Gather(x, batch_indices)
        sampled = GridSample <align_corners = 1, mode = "{"nearest" if nearest else "linear"}",
            padding_mode = "border"> (images, grid)
        row_outside = Unsqueeze(row_is_outside, behind)
        column_outside = Unsqueeze(column_is_outside, between)
        outside = Or(row_outside, column_outside)
        of_channels = Unsqueeze(outside, between)
        {number("extrapolated", call.attribute("extrapolation_value"), "x")}
        y = Where(of_channels, extrapolated, sampled)"""


def _positions(call: Call, name: str, axis: int, low: int, count: int) -> str:
    """``name_place`` [boxes, count] from -1 to 1 over the image, and whether the position is outside of it."""
    rounding = f"""
        {number(f"{name}_half", 0.5, "x")}
        {name}_raised = Add({name}_at, {name}_half)
        {name}_near = Floor({name}_raised)"""
    steps = [i / (count - 1) for i in range(count)] if count > 1 else [0.5]
    values = ", ".join(map(repr, steps))
    return f"""
        {ints(f"{name}_low", low)}
        {ints(f"{name}_high", low + 2)}
        {name}_begin = Gather <axis = 1> (rois, {name}_low)
        {name}_end = Gather <axis = 1> (rois, {name}_high)
        {name}_extent = Sub({name}_end, {name}_begin)
        {name}_wide_steps = Constant <value = double[{count}] {{{values}}}> ()
        {name}_steps = CastLike({name}_wide_steps, x)
        {name}_moved = Mul({name}_extent, {name}_steps)
        {name}_part = Add({name}_begin, {name}_moved)
        {name}_size = Shape <start = {axis}, end = {axis + 1}> (x)
        {name}_one = Constant <value_int = 1> ()
        {name}_intervals = Sub({name}_size, {name}_one)
        {name}_last = CastLike({name}_intervals, x)
        {name}_at = Mul({name}_part, {name}_last)
        {name}_zero = Sub({name}_last, {name}_last)
        {name}_is_before = Less({name}_at, {name}_zero)
        {name}_is_behind = Greater({name}_at, {name}_last)
        {name}_is_outside = Or({name}_is_before, {name}_is_behind)
        {rounding if call.attribute("mode") == "nearest" else f"{name}_near = Identity({name}_at)"}
        {name}_some = Max({name}_intervals, {name}_one)
        {name}_divisor = CastLike({name}_some, x)
        {name}_of_one = Div({name}_near, {name}_divisor)
        {number(f"{name}_two", 2.0, "x")}
        {number(f"{name}_unit", 1.0, "x")}
        {name}_of_two = Mul({name}_of_one, {name}_two)
        {name}_place = Sub({name}_of_two, {name}_unit)"""


def _inverse(call: Call) -> str:
    """Gauss and Jordan's: in each step the largest pivot's row changes places with the step's."""
    size = static_size(call, "x", -1)
    if size > _LARGEST_INVERSE:
        call.refuse(f"matrices of {size} rows; up to {_LARGEST_INVERSE} can be compiled")
    rank = call.rank("x")
    unit = ", ".join(str(float(i == j)) for i in range(size) for j in range(size))
    steps = "\n".join(_elimination(k, size) for k in range(size))
    return f"""
        unit_wide = Constant <value = double[{size}, {size}] {{{unit}}}> ()
        unit = CastLike(unit_wide, x)
        shape = Shape(x)
        units = Expand(unit, shape)
        state_0 = Concat <axis = {rank - 1}> (x, units)
        numbers = Constant <value = int64[{size}, 1] {{{", ".join(map(str, range(size)))}}}> ()
        {number("chosen_never", -1.0, "x")}
        {ints("columns_axis", -1)}
        {ints("rows_axis", -2)}
        {steps}
        {ints("inverse_start", size)}
        {ints("inverse_end", 2 * size)}
        y = Slice(state_{size}, inverse_start, inverse_end, columns_axis)"""


def _elimination(k: int, size: int) -> str:
    """``state_{k + 1}`` from ``state_k``: column ``k`` becomes the unit matrix' one."""
    s = f"s{k}"
    return f"""
        {ints(f"{s}_start", k)}
        {ints(f"{s}_end", k + 1)}
        {s}_column = Slice(state_{k}, {s}_start, {s}_end, columns_axis)
        {s}_sizes = Abs({s}_column)
        {s}_is_done = Less(numbers, {s}_start)
        {s}_candidates = Where({s}_is_done, chosen_never, {s}_sizes)
        {s}_largest = ArgMax <axis = -2, keepdims = 1> ({s}_candidates)
        {s}_is_chosen = Equal(numbers, {s}_largest)
        {s}_chosen = CastLike({s}_is_chosen, x)
        {s}_parts = Mul(state_{k}, {s}_chosen)
        {s}_pivots = ReduceSum <keepdims = 1> ({s}_parts, rows_axis)
        {s}_row = Slice(state_{k}, {s}_start, {s}_end, rows_axis)
        {s}_change = Sub({s}_row, {s}_pivots)
        {s}_moved = Mul({s}_chosen, {s}_change)
        {s}_swapped = Add(state_{k}, {s}_moved)
        {s}_pivot = Slice({s}_pivots, {s}_start, {s}_end, columns_axis)
        {s}_normal = Div({s}_pivots, {s}_pivot)
        {s}_factors = Slice({s}_swapped, {s}_start, {s}_end, columns_axis)
        {s}_products = Mul({s}_factors, {s}_normal)
        {s}_others = Sub({s}_swapped, {s}_products)
        {s}_is_row = Equal(numbers, {s}_start)
        state_{k + 1} = Where({s}_is_row, {s}_normal, {s}_others)"""


def _distances(call: Call) -> str:
    """Between all rows of a and of b; what rounding makes negative is zero."""
    metric = call.attribute("metric")
    if metric not in ("sqeuclidean", "euclidean"):
        call.refuse(f"its metric {metric}")
    return f"""
        {ints("columns", 1)}
        a_squares = ReduceSumSquare <keepdims = 1> (a, columns)
        b_squares = ReduceSumSquare <keepdims = 0> (b, columns)
        b_columns = Transpose(b)
        products = MatMul(a, b_columns)
        {number("two", 2.0, "a")}
        double_products = Mul(products, two)
        all_squares = Add(a_squares, b_squares)
        differences = Sub(all_squares, double_products)
        squares = Relu(differences)
        y = {"Sqrt(squares)" if metric == "euclidean" else "Identity(squares)"}"""


def _rfft(call: Call) -> str:
    if call.attribute("signal_ndim") != 1 or not call.attribute("onesided") or call.attribute("normalized"):
        call.refuse("a transform that is not one-dimensional, onesided and unscaled")
    rank = call.rank("x")
    return f"""
        {ints("behind", -1)}
        signal = Unsqueeze(x, behind)
        axis = Constant <value_int = {rank - 1}> ()
        y = DFT <onesided = 1> (signal, , axis)"""


def _crop(call: Call) -> str:
    """Of images: the border is left, top, right, bottom; with a scale, that many rows and columns."""
    left, top, right, bottom = call.attribute("border")
    ends = [-bottom or 1 << 62, -right or 1 << 62]
    if scale := call.attribute("scale"):
        ends = [top + scale[0], left + scale[1]]
    return f"""
        {ints("starts", top, left)}
        {ints("ends", *ends)}
        {ints("axes", 2, 3)}
        y = Slice(x, starts, ends, axes)"""


OPERATORS = (
    operator("Trilu <upper: int = 1> (x, k?) => (y)", "y = Trilu <upper: int = @upper> (x, k)"),
    operator("Unique (x) => (y, idx, counts)", "y, first, idx, counts = Unique <sorted = 0> (x)"),
    operator("Inverse (x) => (y)", _inverse),
    operator(
        'GridSample <align_corners: int = 0, mode: string = "bilinear", padding_mode: string = "zeros"> '
        "(x, grid) => (y)",
        _grid_sample,
    ),
    operator(
        'CropAndResize <extrapolation_value: float = 0.0, mode: string = "bilinear"> '
        "(x, rois, batch_indices, crop_size) => (y)",
        _crop_and_resize,
    ),
    operator('Pad <mode: string = "constant"> (x, pads, value?) => (y)', _pad),
    operator("ExpandDims (x, axis) => (y)", _expand_dims),
    operator("GatherND (x, indices) => (y)", "wide = Cast <to = 7> (indices)  y = GatherND(x, wide)"),
    operator("Range (start, limit, delta?) => (y)", _range),
    operator('CDist <metric: string = "sqeuclidean"> (a, b) => (y)', _distances),
    operator("Rfft <onesided: int = 1, normalized: int = 0, signal_ndim: int = 1> (x) => (y)", _rfft),
    operator(
        "TorchEmbedding (weight, indices, padding_idx?, scale_grad_by_freq?) => (y)", "y = Gather(weight, indices)"
    ),
)

EXPERIMENTAL = (
    operator("Crop <border, scale> (x) => (y)", _crop),
    operator("DynamicSlice (x, starts, ends, axes?) => (y)", "y = Slice(x, starts, ends, axes)"),
)
"""Operators that ONNX's own domain had for a trial."""
