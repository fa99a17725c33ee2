"""simplify-algebra: the rules by property, one file each, and the pass that applies them.

To add a rule, write its equation as a function in the file of the property that it follows from::

    @rule
    def factor_out(a: Tensor, b: Tensor, c: Tensor) -> Equation:
        '''A*C + B*C = (A + B)*C'''
        return op.Add(op.Mul(a, c), op.Mul(b, c)), op.Mul(op.Add(a, b), c)

The docstring is the equation. Commuted and re-associated forms, differences and quotients are found by the engine:
never write them. A rule that holds on part of the domain names its conditions: ``@rule(when=positive("b"))``.
To add a family, write a file with ``rule = Family("name")`` and list it in :mod:`.families`.
"""

from .simplify_algebra import SimplifyAlgebra

__all__ = ["SimplifyAlgebra"]
