"""Dispatches written as scalar programs: one element at a time in parallel, or a sequence of loops over whole tensors.

For operators whose reads or writes depend on run-time values, which no index map can describe.
"""

from collections.abc import Callable, Sequence

from dnnf_mlir.bindings.iree import flow, ir, iree_tensor_ext, linalg
from dnnf_mlir.emit.control import Array
from dnnf_mlir.emit.scalar import Scalar
from dnnf_mlir.emit.shapes import empty
from dnnf_mlir.emit.sizes import RegionSizes, dynamic, static
from dnnf_mlir.emit.types import element_type, index, ranked
from dnnf_mlir.graph.size import Size, symbols_of


def each(
    shape: Sequence[int], dtypes: Sequence[str], body: Callable[[list[Scalar]], Sequence[Scalar]]
) -> list[ir.Value]:
    """Tensors of one shape, computed by a dispatch at the insertion point: ``body`` gives the elements at a position.

    Arrays that ``body`` reads come from outside.
    """
    types = [ranked(shape, dtype) for dtype in dtypes]
    if 0 in shape:
        return [empty(shape, element_type(dtype)) for dtype in dtypes]
    region = flow.DispatchRegionOp(types, dynamic(shape) * len(types), [])
    with ir.InsertionPoint(region.body.blocks.append()):
        identity = ir.AffineMapAttr.get(ir.AffineMap.get_identity(len(shape)))
        generic = linalg.GenericOp(
            types,
            [],
            [empty(shape, type_.element_type) for type_ in types],
            ir.ArrayAttr.get([identity] * len(types)),
            ir.ArrayAttr.get([ir.Attribute.parse("#linalg.iterator_type<parallel>")] * len(shape)),
        )
        elements = [type_.element_type for type_ in types]
        block = generic.regions[0].blocks.append(*elements, arg_locs=[generic.location] * len(elements))
        with ir.InsertionPoint(block):
            positions = [Scalar(linalg.IndexOp(i).result, "index") for i in range(len(shape))]
            linalg.YieldOp([element.value for element in body(positions)])
        flow.ReturnOp(list(generic.results))
    return list(region.results)


def sequence(
    read: Sequence[Array], state: Sequence[Array], program: Callable[[list[Array], list[Array]], Sequence[Array]]
) -> list[ir.Value]:
    """The last state of a program that runs by itself: ``program`` gets what it reads and the state to write.

    Booleans are written as bytes: see quirks.BIT_WRITE.
    """
    given = state
    state = [_as_bytes(array) for array in given]
    arrays = [*read, *state]
    operands = [array.tensor for array in arrays]
    shapes = [array.shape for array in arrays]
    symbols = sorted(frozenset().union(*(symbols_of(size) for shape in shapes for size in shape)))
    types = [operand.type for operand in operands]
    access = [_access("readonly", array) for array in read] + [_access("readwrite", array) for array in state]
    tied = ir.ArrayAttr.get([ir.IntegerAttr.get(ir.IndexType.get(), len(read) + i) for i in range(len(state))])
    op = flow.DispatchWorkgroupsOp(
        types[len(read) :],
        [],
        [*operands, *dynamic(map(Size.free, symbols))],
        [size for shape in shapes for size in dynamic(shape)],
        [size for shape in shapes[len(read) :] for size in dynamic(shape)],
        tied_operands=tied,
    )
    block = op.regions[0].blocks.append(*access, *[ir.IndexType.get()] * len(symbols))
    targets, numbers = list(block.arguments)[: len(arrays)], list(block.arguments)[len(arrays) :]
    with RegionSizes.of(block, symbols, numbers), ir.InsertionPoint(block):
        targets = [_tied(target, shape) for target, shape in zip(targets, shapes, strict=True)]
        loaded = [
            Array(_load(type_, target, shape), array.dtype, shape)
            for type_, target, array, shape in zip(types, targets, arrays, shapes, strict=True)
        ]
        finished = program(loaded[: len(read)], loaded[len(read) :])
        for array, target, shape in zip(finished, targets[len(read) :], shapes[len(read) :], strict=True):
            sizes, zeros, ones = dynamic(shape), [0] * len(shape), [1] * len(shape)
            iree_tensor_ext.DispatchTensorStoreOp(
                array.tensor, target, sizes, [], sizes, [], zeros, static(shape), ones
            )
        flow.ReturnOp([])
    with ir.InsertionPoint(op.regions[1].blocks.append()):
        flow.ReturnOp([index(1)] * 3)
    return [
        _as_booleans(Array(result, "i1", array.shape)) if array.dtype == "i1" else result
        for array, result in zip(given, op.results, strict=True)
    ]


def _as_bytes(array: Array) -> Array:
    if array.dtype != "i1":
        return array
    [stored] = each(array.shape, ["ui8"], lambda positions: [array.read(*positions).to("ui8")])
    return Array(stored, "i1", array.shape)


def _as_booleans(stored: Array) -> ir.Value:
    [result] = each(stored.shape, ["i1"], lambda positions: [stored.read(*positions)])
    return result


def _access(kind: str, array: Array) -> ir.Type:
    return ir.Type.parse(f"!iree_tensor_ext.dispatch.tensor<{kind}:{array.tensor.type}>")


def _tied(target: ir.Value, shape: Sequence[int]) -> ir.Value:
    return flow.DispatchTieShapeOp(target, sizes).result if (sizes := dynamic(shape)) else target


def _load(type_: ir.Type, source: ir.Value, shape: Sequence[int]) -> ir.Value:
    sizes, zeros, ones = dynamic(shape), [0] * len(shape), [1] * len(shape)
    return iree_tensor_ext.DispatchTensorLoadOp(type_, source, sizes, [], sizes, [], zeros, static(shape), ones).result
