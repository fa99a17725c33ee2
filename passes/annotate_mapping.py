"""annotate-mapping: writes every operator's mapping type as ``dnnf.mapping`` (paper, section 3.1).

::

    %1 = "dnnf.relu"(%0) : (tensor<4xf32>) -> tensor<4xf32>
    -->
    %1 = "dnnf.relu"(%0) {dnnf.mapping = #dnnf.mapping<"one_to_one">} : (tensor<4xf32>) -> tensor<4xf32>
"""

from dataclasses import dataclass

from dnnf_mlir.bindings.mlir import ir
from dnnf_mlir.dialect_defs import MappingType, Operator
from dnnf_mlir.dialect_defs.dialect import MappingAttribute
from dnnf_mlir.graph.from_mlir import signature_of

from .base import Pass


@dataclass(frozen=True)
class AnnotateMapping(Pass):
    """Mapping types depend on shapes: an element-wise operator that broadcasts an activation is One-to-Many."""

    name = "dnnf-annotate-mapping"

    def run(self, module: ir.Operation) -> None:
        with module.context:
            attributes = {kind: MappingAttribute.get(ir.StringAttr.get(kind.value)) for kind in MappingType}

            def annotate(op: ir.Operation) -> ir.WalkResult:
                view = op.opview
                if isinstance(view, Operator):
                    view.attributes["dnnf.mapping"] = attributes[type(view).mapping_type(signature_of(view))]
                return ir.WalkResult.ADVANCE

            module.walk(annotate)
