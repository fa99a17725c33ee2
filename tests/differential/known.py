"""Where onnx.reference and ONNX Runtime differ: what the specification's text says."""

import numpy as np

from tests.differential.case import Case
from tests.differential.oracles import REFERENCE, RUNTIME, Known

_RECURRENT = ("RNN", "GRU", "LSTM")


def _beyond_defaults(case: Case) -> bool:
    """sequence_lens, or attributes that change what a step computes."""
    has_lengths = len(case.operands) > 4 and case.operands[4] is not None
    changed = any(name in case.attributes for name in ("activations", "clip", "direction"))
    return has_lengths or changed


def _has_infinity(case: Case) -> bool:
    return any(each is not None and bool(np.isinf(each.astype(np.float64)).any()) for each in case.operands)


def _has_nan(case: Case) -> bool:
    return any(each is not None and bool(np.isnan(each.astype(np.float64)).any()) for each in case.operands)


KNOWN: tuple[Known, ...] = (
    Known(
        ("Softmax", "LogSoftmax", "Hardmax"),
        REFERENCE,
        "before version 13 all dimensions from axis on are normalised together; the reference takes axis alone",
        lambda case: case.opset < 13,
    ),
    Known(
        _RECURRENT,
        REFERENCE,
        "the reference reads neither sequence_lens, nor activations, clip and reverse directions of all operators",
        _beyond_defaults,
    ),
    Known(
        ("GlobalMaxPool",),
        REFERENCE,
        "all dimensions behind the second become 1; the reference assumes images",
        lambda case: case.operands[0] is not None and case.operands[0].ndim != 4,
    ),
    Known(
        ("LpNormalization",),
        REFERENCE,
        "the norm is of absolute values; the reference sums x itself",
        lambda case: case.attributes.get("p") == 1,
    ),
    Known(
        ("Loop",),
        REFERENCE,
        "scan outputs are stacked along a new dimension; the reference concatenates them",
    ),
    Known(
        ("BatchNormalization",),
        REFERENCE,
        "before version 14 a node with one output is in test mode; the reference trains, as it has a momentum",
        lambda case: case.opset < 14,
    ),
    Known(
        ("RoiAlign",),
        REFERENCE,
        "before version 16 there is no half a pixel to take off; the reference takes it off",
        lambda case: case.opset < 16,
    ),
    Known(
        ("LayerNormalization",),
        REFERENCE,
        "mean and deviation are f32, of f16 too; the reference's are f16",
        lambda case: len(case.outputs) > 1 and case.operands[0] is not None and case.operands[0].dtype.itemsize == 2,
    ),
    Known(
        ("LRN",),
        REFERENCE,
        "size channels are summed; the reference goes over as many as the batch has items",
    ),
    Known(
        ("MaxPool",),
        REFERENCE,
        "pads add to the windows, and indices count elements only; the reference is wrong with pads of one side",
        lambda case: (
            any(name in case.attributes for name in ("pads", "auto_pad", "ceil_mode")) or len(case.outputs) > 1
        ),
    ),
    Known(
        ("GridSample",),
        REFERENCE,
        "cubic taps beyond the border are the border's elements, as in PyTorch; the reference moves the position",
        lambda case: case.attributes.get("padding_mode") == "border",
    ),
    Known(
        ("Det",),
        REFERENCE,
        "the result has the operand's type; the reference's of narrow floats is f64",
        lambda case: case.operands[0] is not None and case.operands[0].dtype.itemsize == 2,
    ),
    Known(
        ("LpPool",),
        REFERENCE,
        "all elements of a window are summed; the reference scales windows that reach beyond the padding",
        lambda case: any(name in case.attributes for name in ("pads", "auto_pad", "ceil_mode")),
    ),
    Known(
        ("Slice",),
        REFERENCE,
        "a negative end that is still negative when the size is added is clamped; the reference counts it again",
        lambda case: case.opset >= 10,
    ),
    Known(
        ("Unique",),
        REFERENCE,
        "unsorted values stand in the order of their first appearance; the reference sorts them if they alone are read",
        lambda case: case.attributes.get("sorted") == 0,
    ),
    Known(
        ("Unsqueeze",),
        REFERENCE,
        "axes are those of the result, in any order; the reference inserts one after the other",
        lambda case: case.opset < 13,
    ),
    Known(
        tuple(f"Reduce{kind}" for kind in ("L1", "L2", "LogSum", "LogSumExp", "Mean", "Prod", "Sum", "SumSquare")),
        REFERENCE,
        "the result has the operand's type; the reference returns numpy's wider one",
        lambda case: case.operands[0] is not None and case.operands[0].dtype.kind in "iu",
    ),
    Known(
        ("AffineGrid",),
        REFERENCE,
        "the grid has theta's type; the reference's is f32",
        lambda case: case.operands[0] is not None and case.operands[0].dtype == np.float64,
    ),
    Known(
        ("QuantizeLinear",),
        REFERENCE,
        "what is beyond the range becomes its end, infinities too; the reference casts the infinite quotient",
        lambda case: case.operands[0] is not None and case.operands[0].dtype.kind == "f",
    ),
    Known(
        ("Shape",),
        REFERENCE,
        "a start or end that is still negative when the rank is added is 0; the reference counts it again",
    ),
    Known(
        ("ReduceMax", "ReduceMin"),
        RUNTIME,
        "a comparison with NaN is no order, and the reference's result is NaN; ONNX Runtime's depends on the axes",
        _has_nan,
    ),
    Known(
        ("Resize",),
        RUNTIME,
        "align_corners divides by the fractional length that a scale gives, as in ONNX's own tests",
        lambda case: case.attributes.get("coordinate_transformation_mode") == "align_corners",
    ),
    *(
        Known(("Gelu",), oracle, "of minus infinity it is 0, the limit; both multiply infinity with 0", _has_infinity)
        for oracle in (REFERENCE, RUNTIME)
    ),
    *(
        Known(
            ("Shrink",),
            oracle,
            "the function body that defines it casts bias and lambd to the operand's type; both compute in floats",
            lambda case: case.operands[0] is not None and case.operands[0].dtype.kind in "iu",
        )
        for oracle in (REFERENCE, RUNTIME)
    ),
    Known(
        ("Dropout",),
        RUNTIME,
        "in inference the mask says that all elements are kept, as version 12 says; ONNX Runtime says none",
        lambda case: case.opset < 12,
    ),
    Known(
        ("Clip",),
        RUNTIME,
        "an omitted bound leaves infinities as they are (the default is the type's largest number, which bounds none)",
        _has_infinity,
    ),
    Known(
        ("DynamicQuantizeLinear",),
        RUNTIME,
        "of zeros alone the scale is (max - min) / 255 = 0 by the text; both engines put another number in its place",
        lambda case: case.operands[0] is not None and not np.any(case.operands[0]),
    ),
    Known(
        ("DynamicQuantizeLinear",),
        REFERENCE,
        "of zeros alone the scale is (max - min) / 255 = 0 by the text; both engines put another number in its place",
        lambda case: case.operands[0] is not None and not np.any(case.operands[0]),
    ),
)
