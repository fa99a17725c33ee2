"""Pools over windows and over all spatial dimensions."""

import math

from dnnf_mlir.bindings.mlir import ext
from dnnf_mlir.dialect_defs.dialect import Imported, NotStatic, OnnxNode, Tensor
from dnnf_mlir.dialect_defs.shapes import ints, require_single_output, resolved_pads, window_extent, window_positions
from dnnf_mlir.dialect_defs.spatial import WINDOW_DOMAINS, SpatialOperator
from dnnf_mlir.graph.attributes import Int, Ints
from dnnf_mlir.graph.operator import Interval, MappingType, OperandIntervals, Signature
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.graph.tensor_type import TensorType


class Pool(SpatialOperator):
    """Base: a window of ``kernel_shape`` per channel. ``pads`` is begin... end... of the spatial dimensions.

    Padded elements do not take part. ONNX's ceil_mode is expressed as more padding at the end.
    """

    x: ext.Operand[Tensor]
    y: ext.Result[Tensor]
    kernel_shape: Ints
    strides: Ints
    pads: Ints
    dilations: Ints

    default_mapping = MappingType.MANY_TO_MANY
    domains = WINDOW_DOMAINS
    gains_from_channels_last = True
    interval = staticmethod(lambda x: x)

    @classmethod
    def flops(cls, signature: Signature) -> int:
        window: tuple[int, ...] = signature.attributes["kernel_shape"]
        return signature.output.elements * math.prod(window)

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        attributes = signature.attributes
        batch, channels, spatial = cls.split_shape(signature)
        names = ("kernel_shape", "strides", "pads", "dilations")
        return cls.joined_type(
            signature, batch, channels, window_positions(spatial, *(attributes[name] for name in names))
        )

    @classmethod
    def from_onnx(cls, node: OnnxNode) -> Imported:
        require_single_output(node, "indices")
        spatial, kernel = node.input_type(0).shape[2:], tuple(node.attribute("kernel_shape"))
        strides = ints(node, "strides", len(spatial), 1)
        dilations = ints(node, "dilations", len(spatial), 1)
        padding = node.attribute("auto_pad"), node.attribute("pads")
        pads = list(resolved_pads(*padding, spatial, kernel, strides, dilations))
        if node.attribute("ceil_mode") and any(map(is_dynamic, spatial)):
            raise NotStatic("with ceil_mode its windows depend on sizes that are left free")
        for i, positions in enumerate(node.output_types[0].shape[2:] if node.attribute("ceil_mode") else ()):
            reached = (positions - 1) * strides[i] + window_extent(kernel[i], dilations[i])
            missing = reached - (spatial[i] + pads[i] + pads[len(spatial) + i])
            if missing > 0:
                cls.require_exact_ceil_mode(node)
                pads[len(spatial) + i] += missing
        imported = super().from_onnx(node)
        window = {"kernel_shape": kernel, "strides": strides, "pads": tuple(pads), "dilations": dilations}
        return Imported(imported.operands, {**imported.attributes, **window})

    @classmethod
    def require_exact_ceil_mode(cls, node: OnnxNode) -> None:
        """NotStatic where padding at the end does not mean the same as ceil_mode."""


class MaxPool(Pool, name="max_pool"):
    """The largest element of each window."""


class AveragePool(Pool, name="average_pool"):
    """``count_include_pad`` 1: the sum of the window is divided by its size, padding included."""

    count_include_pad: Int

    @classmethod
    def result_interval(cls, signature: Signature, operand: OperandIntervals) -> Interval:
        x = operand(0)
        return x.union(Interval(0, 0)) if signature.attributes["count_include_pad"] else x

    @classmethod
    def require_exact_ceil_mode(cls, node: OnnxNode) -> None:
        if node.attribute("count_include_pad"):
            raise NotStatic("its ceil_mode windows leave the padded operand, whose padding counts")


class GlobalPool(SpatialOperator):
    """Base: one value per channel, of all spatial positions."""

    x: ext.Operand[Tensor]
    y: ext.Result[Tensor]

    default_mapping = MappingType.MANY_TO_MANY
    operations_per_element = 1
    reduces = True
    interval = staticmethod(lambda x: x)

    @classmethod
    def infer_type(cls, signature: Signature) -> TensorType | None:
        batch, channels, spatial = cls.split_shape(signature)
        return cls.joined_type(signature, batch, channels, (1,) * len(spatial))


class GlobalAveragePool(GlobalPool, name="global_average_pool"):
    """Mean of each channel."""


class GlobalMaxPool(GlobalPool, name="global_max_pool"):
    """The largest element of each channel."""
