"""Values of dnnf operators on numpy arrays: the oracle that folds constants and checks compiled modules.

An operator's own ``to_onnx`` says what it means; ``onnx.reference`` computes that. The few operators for which
``onnx.reference`` is too slow on real models are written here again in numpy, as plainly as possible.
"""

from .evaluation import EvaluationError, evaluate, evaluate_graph, evaluate_node, evaluate_values
from .onnx_call import call_node

__all__ = ["EvaluationError", "call_node", "evaluate", "evaluate_graph", "evaluate_node", "evaluate_values"]
