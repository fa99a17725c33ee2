"""Graph rewriting by mathematical properties (paper, section 4): rules as equations, and the engine that applies them.

A rule is a function of variables that returns the two sides of an equation. The rules themselves, and how to add one:
:mod:`dnnf_mlir.passes.simplify_algebra`.
"""

from .engine import NearMiss, Statistics, simplify
from .match import Match
from .rule import Condition, Family, Rule, condition

__all__ = ["Condition", "Family", "Match", "NearMiss", "Rule", "Statistics", "condition", "simplify"]
