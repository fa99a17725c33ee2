"""Inputs and results on GPUs in whole words of memory.

GPUs without narrow storage (the Android baseline) read words: see quirks.PART_OF_WORD_READS.
"""

from math import prod

from dnnf_mlir.bindings.iree import flow, ir
from dnnf_mlir.emit.shapes import extract_slice, reshape
from dnnf_mlir.emit.sizes import dynamic, static
from dnnf_mlir.emit.types import constant, element_of, index
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.graph.tensor_type import TensorType

_WORD = 4
"""Bytes."""


def whole_words(tensor: ir.Value, type_: TensorType) -> ir.Value:
    """The tensor as the beginning of a copy that ends with a word; itself where it does. Outside all dispatches."""
    elements = prod(type_.shape)
    per_word = _WORD // type_.numpy_dtype.itemsize
    if per_word < 2 or not (is_dynamic(elements) or elements % per_word):
        return tensor
    padded = (elements + per_word - 1) // per_word * per_word
    element = element_of(tensor.type)
    copy_type = ir.RankedTensorType.get(static([padded]), element)
    sizes, copy_sizes = dynamic([elements]), dynamic([padded])
    flat = reshape(tensor, (elements,), outside=True)
    zeros = flow.TensorSplatOp(copy_type, constant(element, 0), copy_sizes).result
    copy = flow.TensorUpdateOp(zeros, copy_sizes, [index(0)], flat, sizes, results=[copy_type]).result
    if copy_sizes:
        copy = flow.TensorTieShapeOp(copy, copy_sizes).result
    return reshape(extract_slice(copy, [0], [elements]), type_.shape, outside=True)
