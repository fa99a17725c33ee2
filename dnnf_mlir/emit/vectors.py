"""Inside a kernel: whole tensors read and written by index, and vectors."""

from collections.abc import Sequence
from math import inf

from dnnf_mlir.bindings.iree import arith, ir, iree_tensor_ext, llvm, tensor, vector
from dnnf_mlir.emit.index import Index, value
from dnnf_mlir.emit.sizes import Shaped, dynamic, static
from dnnf_mlir.targets import VectorUnit

_DYNAMIC = ir.ShapedType.get_dynamic_size()


def dispatch_tensor(access: str, type_: ir.Type) -> ir.Type:
    """The type of a tensor as a dispatch's body sees it."""
    return ir.Type.parse(f"!iree_tensor_ext.dispatch.tensor<{access}:{type_}>")


def store_tile(tile: ir.Value, target: ir.Value, offsets: Sequence[Index]) -> None:
    """Writes a tensor into the result at ``offsets``."""
    shape = list(ir.RankedTensorType(tile.type).shape)
    ones = [1] * len(shape)
    free, numbers = _apart(offsets)
    iree_tensor_ext.DispatchTensorStoreOp(tile, target, _sizes_of(target), free, [], [], numbers, shape, ones)


def load_tile(source: ir.Value, offsets: Sequence[Index], shape: Sequence[int]) -> ir.Value:
    """What was written to ``source`` at ``offsets``."""
    type_ = Shaped(tuple(shape), element_of(source)).type
    ones = [1] * len(shape)
    free, numbers = _apart(offsets)
    return iree_tensor_ext.DispatchTensorLoadOp(
        type_, source, _sizes_of(source), free, dynamic(shape), [], numbers, static(shape), ones
    ).result


def _apart(offsets: Sequence[Index]) -> tuple[list[ir.Value], list[int]]:
    """Offsets as operations take them: values, and numbers with a mark where a value stands."""
    values = [value(offset) for offset in offsets if not isinstance(offset, int)]
    return values, [offset if isinstance(offset, int) else _DYNAMIC for offset in offsets]


def _sizes_of(target: ir.Value) -> list[ir.Value]:
    """The free sizes of a tensor as a dispatch's body sees it."""
    owner = target.owner
    tied = not isinstance(owner, ir.Block) and owner.name == "flow.dispatch.tie_shape"
    return list(owner.opview.dynamic_dims) if tied else []


def element_of(source: ir.Value) -> ir.Type:
    """Element type of a dispatch tensor; the bindings do not take its type apart."""
    text = str(source.type)
    return ir.RankedTensorType(ir.Type.parse(text[text.index("tensor<", text.index(":")) : -1])).element_type


def zero(type_: ir.Type) -> ir.Value:
    """The zero of a float or integer type, or a vector of zeros."""
    return filled(type_, 0.0)


def filled(type_: ir.Type, number: float) -> ir.Value:
    """A scalar or vector constant whose elements all are ``number``."""
    element = element_type(type_)
    is_float = isinstance(element, ir.FloatType)
    scalar = ir.FloatAttr.get(element, number) if is_float else ir.IntegerAttr.get(element, int(number))
    attribute = ir.DenseElementsAttr.get_splat(type_, scalar) if element != type_ else scalar
    return arith.ConstantOp(type_, attribute).result


def reciprocal(count: Index, element: ir.Type) -> ir.Value:
    """1 / count as a scalar; infinite for no elements."""
    if isinstance(count, int):
        return filled(element, 1 / count if count else inf)
    number = arith.SIToFPOp(element, arith.IndexCastOp(ir.IntegerType.get_signless(32), value(count)).result).result
    return arith.DivFOp(filled(element, 1.0), number).result


def converted(data: ir.Value, element: ir.Type) -> ir.Value:
    """A scalar or vector of floats as ``element``, f16 or f32; what is of another kind stays as it is."""
    own = element_type(data.type)
    if own == element or not isinstance(own, ir.FloatType):
        return data
    type_ = ir.VectorType.get(list(data.type.shape), element) if isinstance(data.type, ir.VectorType) else element
    return (arith.ExtFOp if own.width < ir.FloatType(element).width else arith.TruncFOp)(type_, data).result


def computing_type(element: ir.Type, unit: VectorUnit) -> ir.Type:
    """What the products and sums of a kernel on tensors of ``element`` are computed in."""
    if isinstance(element, ir.F16Type) and not unit.half_arithmetic:
        return ir.F32Type.get()
    return element


def read_vector(
    source: ir.Value, indices: Sequence[Index], lanes: int, dim: int | None = None, element: ir.Type | None = None
) -> ir.Value:
    """``lanes`` elements of a tensor from ``indices`` along ``dim`` (the last one when None), all in bounds.

    They are converted to ``element`` where it is given.
    """
    type_ = ir.RankedTensorType(source.type)
    axis = type_.rank - 1 if dim is None else dim
    permutation = ir.AffineMap.get(type_.rank, 0, [ir.AffineExpr.get_dim(axis)])
    data = vector.TransferReadOp(
        ir.VectorType.get([lanes], type_.element_type),
        source,
        [value(index) for index in indices],
        permutation,
        zero(type_.element_type),
        [True],
    ).result
    return data if element is None else converted(data, element)


def read_scalar(source: ir.Value, indices: Sequence[Index], element: ir.Type | None = None) -> ir.Value:
    """One element, converted to ``element`` where it is given."""
    data = tensor.ExtractOp(source, [value(index) for index in indices]).result
    return data if element is None else converted(data, element)


def write_vector(data: ir.Value, target: ir.Value, indices: Sequence[Index], dim: int) -> ir.Value:
    """The tensor ``target`` with ``data``, converted to its type, along dimension ``dim`` from ``indices``."""
    data = converted(data, ir.RankedTensorType(target.type).element_type)
    permutation = ir.AffineMap.get(ir.RankedTensorType(target.type).rank, 0, [ir.AffineExpr.get_dim(dim)])
    op = vector.TransferWriteOp(target.type, data, target, [value(index) for index in indices], permutation, [True])
    return op.result


def broadcast(scalar: ir.Value, lanes: int) -> ir.Value:
    """A vector whose lanes all are ``scalar``."""
    return vector.BroadcastOp(ir.VectorType.get([lanes], scalar.type), scalar).result


def transposed(rows: Sequence[ir.Value]) -> list[ir.Value]:
    """The columns of a matrix from its rows, vectors of equal lengths whose number is a power of two.

    Even and odd rows are transposed first, and their elements interleaved.
    """
    count, lanes = len(rows), ir.VectorType(rows[0].type).shape[0]
    together = _interleaved(rows)
    result = ir.VectorType.get([count], ir.VectorType(rows[0].type).element_type)
    return [
        vector.ExtractStridedSliceOp(result, together, [lane * count], [count], [1]).result for lane in range(lanes)
    ]


def _interleaved(rows: Sequence[ir.Value]) -> ir.Value:
    """First elements of all rows, then the second ones ... as one vector."""
    if len(rows) == 1:
        return rows[0]
    even, odd = _interleaved(rows[::2]), _interleaved(rows[1::2])
    lanes = ir.VectorType(even.type).shape[0]
    order = [position for lane in range(lanes) for position in (lane, lanes + lane)]
    return vector.ShuffleOp(even, odd, order).result


def element_type(type_: ir.Type) -> ir.Type:
    """The type of a vector's elements; that of a scalar is its own."""
    return type_.element_type if isinstance(type_, ir.VectorType) else type_


def element_bytes(element: ir.Type) -> int:
    """Size of one tensor element in bytes; raises ValueError for a type that is no number."""
    if isinstance(element, ir.FloatType | ir.IntegerType):
        return max(1, int(element.width) // 8)
    raise ValueError(f"element type {element} has no kernel")


def call_intrinsic(name: str, result: ir.Type, operands: Sequence[ir.Value]) -> ir.Value:
    """A call of an LLVM intrinsic, for instructions that no operation stands for or that IREE would expand."""
    return llvm.CallIntrinsicOp(
        result, ir.StringAttr.get(name), list(operands), [], op_bundle_sizes=[]
    ).operation.results[0]
