"""simplify-algebra: the rules by property, one file each, and the pass that applies them.

To add a rule, write its equation in the file of the property that it follows from, or both of its sides as a function
where operators have attributes, or are matched by more than their name::

    rule.states("factor_out", "A * C + B * C = (A + B) * C")

    @rule
    def sum_of_transposed(x: Tensor, y: Tensor, perm: Attribute) -> Equation:
        '''Transpose(X, P) + Transpose(Y, P) = Transpose(X + Y, P)'''
        return op.Add(op.Transpose(x, perm=perm), op.Transpose(y, perm=perm)), op.Transpose(op.Add(x, y), perm=perm)

The docstring is the equation. Commuted and re-associated forms, differences and quotients are found by the engine:
never write them. A rule that holds on part of the domain names its conditions: ``@rule(when=positive("b"))``.
To add a family, write a file with ``rule = Family("name")`` and list it in :mod:`.families`.
"""

from .simplify_algebra import SimplifyAlgebra

__all__ = ["SimplifyAlgebra"]
