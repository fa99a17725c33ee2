"""What convolutions and pools share: the window's geometry, in either layout."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dnnf_mlir.bindings.iree import ir, linalg
from dnnf_mlir.emit.scalar import Scalar
from dnnf_mlir.emit.shapes import pad
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.lowering.api import Region


@dataclass(frozen=True)
class Window:
    """Kernel extents, strides and dilations of a window over the spatial dimensions, and where those stand."""

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    pads: tuple[int, ...]
    channels_last: bool

    @property
    def rank(self) -> int:
        """The number of spatial dimensions."""
        return len(self.kernel)

    @property
    def first_axis(self) -> int:
        """The first spatial dimension of the tensors."""
        return 1 if self.channels_last else 2

    def borders(self, input_sizes: Sequence[int], output_sizes: Sequence[int]) -> tuple[list[int], list[int]]:
        """Padding of every dimension of the input, begin and end.

        Enough for the last window and no more; all of the operator's where the sizes are free.
        """
        low, high = [0] * (self.rank + 2), [0] * (self.rank + 2)
        for i in range(self.rank):
            last = (output_sizes[i] - 1) * self.strides[i] + (self.kernel[i] - 1) * self.dilations[i] + 1
            low[self.first_axis + i] = self.pads[i]
            if is_dynamic(input_sizes[i]):
                high[self.first_axis + i] = self.pads[self.rank + i]
                continue
            high[self.first_axis + i] = max(0, last - input_sizes[i] - self.pads[i])
        return low, high

    @property
    def attributes(self) -> dict[str, ir.Attribute]:
        """``strides`` and ``dilations`` as linalg's named operations take them."""
        return {"strides": _vector(self.strides), "dilations": _vector(self.dilations)}


def window_of(node: Node, kernel: Sequence[int]) -> Window:
    """The window of a convolution or pool with this kernel."""
    rank = len(kernel)
    attributes = node.attributes
    return Window(
        tuple(kernel),
        tuple(attributes.get("strides") or (1,) * rank),
        tuple(attributes.get("dilations") or (1,) * rank),
        tuple(attributes.get("pads") or (0,) * (2 * rank)),
        attributes.get("layout") == "channels_last",
    )


def spatial(shape: Sequence[int], window: Window) -> tuple[int, ...]:
    """The sizes of the spatial dimensions."""
    return tuple(shape[window.first_axis : window.first_axis + window.rank])


def window_generic(
    window: Window,
    image: ir.Value,
    weights: ir.Value,
    accumulator: ir.Value,
    image_dims: Sequence[str],
    weight_dims: Sequence[str],
    result_dims: Sequence[str],
    dtype: str,
    body: Callable[[Scalar, Scalar, Scalar], Scalar],
) -> ir.Value:
    """A window operator without a named operation, with the dimensions named by letters: ``s0`` is a spatial position,
    ``k0`` a position in the kernel, any other name a loop of its own. Loops are the result's, then the remaining.
    """
    names = list(dict.fromkeys([*result_dims, *weight_dims, *(d for d in image_dims if d not in result_dims)]))
    number = {name: ir.AffineDimExpr.get(i) for i, name in enumerate(names)}

    def position(name: str) -> ir.AffineExpr:
        if not name.startswith("s"):
            return number[name]
        i = int(name[1:])
        return number[name] * window.strides[i] + number[f"k{i}"] * window.dilations[i]

    maps = [
        [position(name) for name in image_dims],
        [number[name] for name in weight_dims],
        [number[name] for name in result_dims],
    ]
    kinds = ["parallel" if name in result_dims else "reduction" for name in names]
    generic = linalg.GenericOp(
        [accumulator.type],
        [image, weights],
        [accumulator],
        ir.ArrayAttr.get([ir.AffineMapAttr.get(ir.AffineMap.get(len(names), 0, map_)) for map_ in maps]),
        ir.ArrayAttr.get([ir.Attribute.parse(f"#linalg.iterator_type<{kind}>") for kind in kinds]),
    )
    types = [ir.RankedTensorType(value.type).element_type for value in (image, weights, accumulator)]
    block = generic.regions[0].blocks.append(*types, arg_locs=[generic.location] * 3)
    with ir.InsertionPoint(block):
        linalg.YieldOp([body(*(Scalar(argument, dtype) for argument in block.arguments)).value])
    return generic.results[0]


def _vector(values: Sequence[int]) -> ir.Attribute:
    type_ = ir.RankedTensorType.get([len(values)], ir.IntegerType.get_signless(64))
    return ir.Attribute.parse(f"dense<{list(values)}> : {type_}")


def padded(region: Region, value: Value, low: Sequence[int], high: Sequence[int], number: float | int) -> ir.Value:
    """The tensor of the value with a border of ``number``; without a border, of the value itself in its shape.

    Made before the dispatch, never in one with what computes the input: see quirks.PAD_AFTER_ELEMENT_WISE.
    """
    if not any((*low, *high)):
        return region.shaped(value)
    source = region.materialize_before(value)
    key = (source, tuple(low), tuple(high), number)
    return region.lowering.cached(key, region.outside(), lambda: pad(source, low, high, number))
