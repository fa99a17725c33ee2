"""Where onnx.reference and ONNX Runtime differ: what the specification's text says."""

from tests.differential.oracles import Known

KNOWN: tuple[Known, ...] = ()
