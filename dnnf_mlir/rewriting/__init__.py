"""Graph rewriting by mathematical properties (paper, section 4): rules as equations, and the engine that applies them.

A rule is an equation, written as such or as a function of variables that returns both sides. The rules themselves, and
how to add one: :mod:`dnnf_mlir.passes.simplify_algebra`.
"""

from .engine import NearMiss, Statistics, simplify
from .match import Match
from .rule import Condition, Family, Rule, condition, condition_on

__all__ = ["Condition", "Family", "Match", "NearMiss", "Rule", "Statistics", "condition", "condition_on", "simplify"]
