"""Convolutions."""

import dataclasses
import math
from collections.abc import Sequence

from dnnf_mlir.bindings.mlir import ext
from dnnf_mlir.dialect_defs.dialect import Imported, Mismatch, OnnxNode, ShapeOperands, Tensor
from dnnf_mlir.dialect_defs.shapes import (
    ints,
    require_bytes,
    require_length,
    require_positive,
    resolved_pads,
    split_padding,
    window_extent,
    window_positions,
)
from dnnf_mlir.dialect_defs.spatial import CHANNELS_FIRST, WINDOW_DOMAINS, SpatialOperator
from dnnf_mlir.graph.attributes import Int, Ints
from dnnf_mlir.graph.extents import Shape, greatest, least
from dnnf_mlir.graph.operator import MappingType, Property, Signature
from dnnf_mlir.graph.size_relations import require_at_least, require_equal, require_same_shape
from dnnf_mlir.graph.tensor_type import TensorType


class Convolution(SpatialOperator):
    """Base: windows of ``x`` and weights ``w``; ``pads`` is begin... end... of the spatial dimensions."""

    x: ext.Operand[Tensor]
    w: ext.Operand[Tensor]
    y: ext.Result[Tensor]
    strides: Ints
    pads: Ints
    dilations: Ints
    group: Int

    default_mapping = MappingType.MANY_TO_MANY
    domains = WINDOW_DOMAINS
    gains_from_channels_last = True

    @classmethod
    def flops(cls, signature: Signature) -> int:
        return 2 * signature.output.elements * math.prod(signature.input(1).shape[1:])

    @classmethod
    def from_onnx(cls, node: OnnxNode) -> Imported:
        spatial, kernel = node.input_type(0).shape[2:], node.input_type(1).shape[2:]
        window = {name: ints(node, name, len(spatial), 1) for name in ("strides", "dilations")}
        pads = resolved_pads(node.attribute("auto_pad"), node.attribute("pads"), spatial, kernel, *window.values())
        imported = super().from_onnx(node)
        return Imported(imported.operands, {**imported.attributes, **window, "pads": pads})


class Conv(Convolution, name="conv"):
    """ONNX Conv of any number of spatial dimensions; weights are [F, C/group, k...] in both layouts."""

    b: ext.Operand[Tensor] | None

    properties = frozenset({Property.DISTRIBUTIVE})

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        _check_element_type(signature)
        result = _convolved(cls, signature)
        _check_bias(signature, signature.input(1).shape[0])
        return result


class ConvInteger(Convolution, name="conv_integer"):
    """ONNX ConvInteger: ``conv(x - x_zero_point, w - w_zero_point)`` of 8-bit integers, summed in 32 bits.

    Padding is ``x_zero_point``. ``w_zero_point`` is one number, or one for each filter; absent zero points are 0.
    """

    x_zero_point: ext.Operand[Tensor] | None
    w_zero_point: ext.Operand[Tensor] | None

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        require_bytes(signature, ("x", "w"))
        return dataclasses.replace(_convolved(cls, signature), dtype="i32")


class ConvTranspose(Convolution, name="conv_transpose"):
    """ONNX ConvTranspose; weights are [C, F/group, k...] in both layouts.

    Result size: ``strides * (size - 1) + output_padding + extent of the kernel - pads``.
    """

    b: ext.Operand[Tensor] | None
    output_padding: Ints

    properties = frozenset({Property.DISTRIBUTIVE})

    @classmethod
    def flops(cls, signature: Signature) -> int:
        return 2 * signature.input(0).elements * math.prod(signature.input(1).shape[1:])

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        attributes = signature.attributes
        batch, channels, spatial = cls.split_shape(signature)
        weights, group = signature.input(1), attributes["group"]
        _check_element_type(signature)
        _check_weights(signature, len(spatial))
        if not require_equal(channels, weights.shape[0]) or weights.shape[0] % group:
            raise Mismatch(f"weights {weights} do not fit {channels} channels in {group} groups")
        _check_bias(signature, weights.shape[1] * group)
        rank = len(spatial)
        for name, length in (("strides", rank), ("pads", 2 * rank), ("dilations", rank), ("output_padding", rank)):
            require_length(name, attributes[name], length)
        require_positive("strides", attributes["strides"])
        require_positive("dilations", attributes["dilations"])
        full = full_sizes(
            spatial, weights.shape[2:], attributes["strides"], attributes["dilations"], attributes["output_padding"]
        )
        pads = attributes["pads"]
        sizes = tuple(full[i] - pads[i] - pads[rank + i] for i in range(rank))
        if not all(require_at_least(size, 0) for size in sizes):
            raise Mismatch(f"pads {pads} are larger than the result")
        return cls.joined_type(signature, batch, weights.shape[1] * group, sizes)

    @classmethod
    def shape(cls, operands: ShapeOperands) -> list[Shape]:
        """ONNX ConvTranspose: sizes that are asked for, ``size * stride`` with SAME, else by the class's formula."""
        (batch, channels, *spatial), weights = operands.shape(), operands.shape(1)
        group, rank, words = operands.attribute("group"), len(spatial), "its operands have other numbers of channels"
        operands.require_equal(channels, weights[0], words)
        if operands.has(2):
            operands.require_equal(operands.shape(2)[0], weights[1] * group, words)
        strides, dilations = (operands.attribute(name) or [1] * rank for name in ("strides", "dilations"))
        extra, auto_pad = operands.attribute("output_padding") or [0] * rank, operands.attribute("auto_pad")
        if asked := operands.attribute("output_shape"):
            return [(batch, weights[1] * group, *asked[-rank:])]
        if auto_pad.startswith("SAME"):
            return [(batch, weights[1] * group, *(size * by for size, by in zip(spatial, strides, strict=True)))]
        pads = (operands.attribute("pads") if auto_pad == "NOTSET" else None) or [0] * (2 * rank)
        sizes = full_sizes(spatial, weights[2:], strides, dilations, extra)
        cut = [sizes[i] - pads[i] - pads[rank + i] for i in range(rank)]
        for size in cut:
            operands.require_at_least(size, 0, f"pads {pads} are larger than the result")
        return [(batch, weights[1] * group, *cut)]

    @classmethod
    def from_onnx(cls, node: OnnxNode) -> Imported:
        node.constant(1, "weights")
        spatial, kernel = node.input_type(0).shape[2:], node.input_type(1).shape[2:]
        rank = len(spatial)
        strides = ints(node, "strides", rank, 1)
        dilations = ints(node, "dilations", rank, 1)
        extra = ints(node, "output_padding", rank, 0)
        auto_pad = node.attribute("auto_pad")
        if node.attribute("output_shape") is None and auto_pad in ("NOTSET", "VALID"):
            pads = ints(node, "pads", 2 * rank, 0) if auto_pad == "NOTSET" else (0,) * (2 * rank)
        else:
            full = full_sizes(spatial, kernel, strides, dilations, extra)
            pads, extra = transposed_pads(auto_pad, full, node.output_types[0].shape[2:], extra)
        attributes = {
            "strides": strides,
            "pads": pads,
            "dilations": dilations,
            "output_padding": extra,
            "group": node.attribute("group"),
            "layout": CHANNELS_FIRST,
        }
        return Imported((0, 1, 2 if node.has_input(2) else None), attributes)


def full_sizes(
    spatial: Sequence[int],
    kernel: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
    output_padding: Sequence[int],
) -> list[int]:
    """Sizes of a transposed convolution before ``pads``: ``stride * (size - 1) + output_padding + window's extent``."""
    return [
        strides[i] * (spatial[i] - 1) + output_padding[i] + window_extent(kernel[i], dilations[i])
        for i in range(len(spatial))
    ]


def transposed_pads(
    auto_pad: str, full: Sequence[int], wanted: Sequence[int], output_padding: Sequence[int]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Paddings begin... end..., and output padding, of a transposed convolution whose result's sizes are given.

    ``full - wanted`` in all; a result larger than everything the windows reach grows at its end.
    """
    surplus = [size - target for size, target in zip(full, wanted, strict=True)]
    extra = tuple(amount - least(total, 0) for amount, total in zip(output_padding, surplus, strict=True))
    return split_padding([greatest(total, 0) for total in surplus], auto_pad), extra


def _convolved(cls: type[SpatialOperator], signature: Signature) -> TensorType:
    """Type of a convolution's result, with the operand's element type."""
    attributes = signature.attributes
    batch, channels, spatial = cls.split_shape(signature)
    weights, group = signature.input(1), attributes["group"]
    _check_weights(signature, len(spatial))
    if not require_equal(channels, weights.shape[1] * group) or weights.shape[0] % group:
        raise Mismatch(f"weights {weights} do not fit {channels} channels in {group} groups")
    positions = window_positions(
        spatial, weights.shape[2:], attributes["strides"], attributes["pads"], attributes["dilations"]
    )
    return cls.joined_type(signature, batch, weights.shape[0], positions)


def _check_element_type(signature: Signature) -> None:
    operand, weights = signature.input(0), signature.input(1)
    if weights.dtype != operand.dtype:
        raise Mismatch(f"weights {weights} do not fit the operand {operand}")


def _check_weights(signature: Signature, spatial_rank: int) -> None:
    weights = signature.input(1)
    if weights.rank != spatial_rank + 2:
        raise Mismatch(f"weights {weights} do not fit the operand {signature.input(0)}")
    if signature.attributes["group"] < 1:
        raise Mismatch("group must be at least 1")


def _check_bias(signature: Signature, channels: int) -> None:
    bias = signature.inputs[2]
    if bias is not None and not require_same_shape(bias.shape, (channels,)):
        raise Mismatch(f"bias needs one entry for each of {channels} output channels, got {bias}")
