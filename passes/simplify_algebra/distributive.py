"""Distributivity: shared factors taken out (paper, Table 4)."""

from dnnf_mlir.rewriting import Family
from dnnf_mlir.rewriting.terms import Equation, Tensor, op

from .conditions import positive_number, same_shape

rule = Family("distributive")


rule.states("shared_factor", "A * C + B * C = (A + B) * C", dtypes="fi")
# With C the same sum as A it is Table 4's Square(A + B) - (A + B) * C = (A + B) * (A + B - C).
rule.states("shared_factor_of_difference", "A * C - B * C = (A - B) * C", dtypes="fi")
rule.states("factor_and_itself", "A + A * B = A * (B + 1)", dtypes="fi")


@rule(dtypes="fi")
def factor_less_itself(a: Tensor, b: Tensor) -> Equation:
    """A * B - A = A * (B - 1)"""
    return op.Sub(op.Mul(a, b), a), op.Mul(a, op.Add(b, -1.0))


rule.states("itself_less_factor", "A - A * B = A * (1 - B)", dtypes="fi")
rule.states("sum_of_negatives", "-A - B = -(A + B)", dtypes="fi")
rule.states("negative_in_product", "-A * C = A * -C", scalars="C")
rule.states("negative_of_multiple", "-(A * C) = A * -C", scalars="C")
rule.states("where_of_sums", "Where(M, A + C, B + C) = Where(M, A, B) + C", dtypes="fi")
rule.states("where_of_products", "Where(M, A * C, B * C) = Where(M, A, B) * C", dtypes="fi")
rule.states("maximum_of_sums", "max(A + C, B + C) = max(A, B) + C")
rule.states("minimum_of_sums", "min(A + C, B + C) = min(A, B) + C")
rule.states("maximum_of_multiples", "max(A * C, B * C) = max(A, B) * C", scalars="C", when=positive_number("c"))
rule.states("minimum_of_multiples", "min(A * C, B * C) = min(A, B) * C", scalars="C", when=positive_number("c"))
rule.states("maximum_of_negatives", "max(-A, -B) = -min(A, B)", exact=True)
rule.states("minimum_of_negatives", "min(-A, -B) = -max(A, B)", exact=True)
rule.states("relu_of_multiple", "Relu(A * C) * D = Relu(A) * (C * D)", scalars="CD", when=positive_number("c"))
rule.states("maximum_plus_minimum", "max(A, B) + min(A, B) = A + B", dtypes="fi")
rule.states("maximum_times_minimum", "max(A, B) * min(A, B) = A * B", dtypes="fi")
rule.states("maximum_absorbs_minimum", "max(A, min(A, B)) = A", dtypes="fiu")
rule.states("minimum_absorbs_maximum", "min(A, max(A, B)) = A", dtypes="fiu")
rule.states("maximum_of_minima", "max(min(A, C), min(B, C)) = min(max(A, B), C)", dtypes="fiu", exact=True)
rule.states("minimum_of_maxima", "min(max(A, C), max(B, C)) = max(min(A, B), C)", dtypes="fiu", exact=True)


@rule
def shared_left_matrix(a: Tensor, b: Tensor, c: Tensor) -> Equation:
    """A B + A C = A (B + C)"""
    return op.Add(op.MatMul(a, b), op.MatMul(a, c)), op.MatMul(a, op.Add(b, c))


@rule
def shared_right_matrix(a: Tensor, b: Tensor, c: Tensor) -> Equation:
    """A C + B C = (A + B) C"""
    return op.Add(op.MatMul(a, c), op.MatMul(b, c)), op.MatMul(op.Add(a, b), c)


rule.states("shared_conjunct", "(A and C) or (B and C) = (A or B) and C", dtypes="b")
rule.states("shared_disjunct", "(A or C) and (B or C) = (A and B) or C", dtypes="b")
rule.states("sum_of_sums", "sum(X) + sum(Y) = sum(X + Y), where X and Y have one shape", when=same_shape("x", "y"))
