"""Associativity: factors of a product and terms of a sum grouped anew (paper, Table 4)."""

from dnnf_mlir.rewriting import Family
from dnnf_mlir.rewriting.terms import Equation, Scalar, Tensor, op

from .conditions import moderate, narrow, nonnegative_value, positive_value

rule = Family("associative")


@rule(when=moderate("a", "b"))
def square_of_reciprocal(a: Tensor, b: Tensor) -> Equation:
    """Recip(A) * Recip(A * B) = Square(Recip(A)) * Recip(B)"""
    r = op.Reciprocal(a)
    return op.Mul(r, op.Reciprocal(op.Mul(a, b))), op.Div(op.Mul(r, r), b)


rule.states(
    "narrow_factors",
    "A * (B * C) = (A * B) * C, where A and B are smaller than the result",
    when=narrow("a", "b"),
    dtypes="fi",
)
rule.states(
    "narrow_terms",
    "A + (B + C) = (A + B) + C, where A and B are smaller than the result",
    when=narrow("a", "b"),
    dtypes="fi",
)
rule.states("product_of_roots", "sqrt(B) * sqrt(B) = B", when=nonnegative_value("b"))
rule.states("root_of_product", "sqrt(A) * sqrt(B) = sqrt(A * B)", when=moderate("a", "b"))
rule.states("root_of_quotient", "sqrt(A) / sqrt(B) = sqrt(A / B)", when=moderate("a", "b"))
rule.states("quotient_by_root", "A / sqrt(A) = sqrt(A)", when=positive_value("a"))
rule.states("product_of_absolutes", "|A| * |B| = |A * B|")
rule.states("quotient_of_absolutes", "|A| / |B| = |A / B|")
rule.states("sign_times_absolute", "Sign(A) * |A| = A")
rule.states("product_of_exponentials", "exp(A) * exp(B) = exp(A + B)")
rule.states("quotient_of_exponentials", "exp(A) / exp(B) = exp(A - B)")
rule.states("sum_of_logarithms", "log(A) + log(B) = log(A * B)", when=moderate("a", "b"))
rule.states("difference_of_logarithms", "log(A) - log(B) = log(A / B)", when=moderate("a", "b"))
rule.states("product_of_negatives", "-A * -B = A * B")
rule.states("quotient_of_negatives", "-A / -B = A / B")
rule.states("sum_with_negative", "A + -B = A - B", dtypes="fi")
rule.states("product_with_reciprocal", "A * Recip(B) = A / B")
rule.states("product_of_reciprocals", "Recip(A) * Recip(B) = Recip(A * B)")
rule.states("reciprocal_of_quotient", "Recip(A / B) = B / A")
rule.states("reciprocal_of_reciprocal", "Recip(Recip(A)) = A")
rule.states("square_of_reciprocal_root", "Recip(sqrt(A)) * Recip(sqrt(A)) = Recip(A)", when=positive_value("a"))
rule.states("quotient_by_exponential", "A / exp(-B) = A * exp(B)")
rule.states("reciprocal_of_exponential", "Recip(exp(-A)) = exp(A)")
rule.states("negative_of_difference", "-(A - B) = B - A")
rule.states("logarithm_of_exponential", "log(exp(A)) = A")
rule.states("exponential_of_logarithm", "exp(log(A)) = A", when=positive_value("a"))
rule.states("power_of_power", "(A ^ C) ^ D = A ^ (C * D)", scalars="CD", when=positive_value("a"))
rule.states("product_of_powers", "A ^ C * A ^ D = A ^ (C + D)", scalars="CD", when=positive_value("a"))
rule.states("power_of_product", "A ^ C * B ^ C = (A * B) ^ C", scalars="C", when=moderate("a", "b"))
rule.states("logarithm_of_power", "log(A ^ C) = log(A) * C", scalars="C", when=positive_value("a"))
rule.states("power_of_exponential", "exp(A) ^ C = exp(A * C)", scalars="C")


@rule(when=positive_value("a"))
def root_of_power(a: Tensor, c: Scalar) -> Equation:
    """sqrt(A ^ C) = A ^ (C / 2)"""
    return op.Sqrt(op.Pow(a, c)), op.Pow(a, op.Mul(c, 0.5))


rule.states("absolute_of_nonnegative", "|A| = A, where A >= 0", when=nonnegative_value("a"), exact=True)
rule.states("relu_of_nonnegative", "Relu(A) = A, where A >= 0", when=nonnegative_value("a"), exact=True)
