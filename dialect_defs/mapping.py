"""Mapping types and properties under the dialect's name; they are plain Python and live in the graph."""

from dnnf_mlir.graph.mapping import MappingType, Property

__all__ = ["MappingType", "Property"]
