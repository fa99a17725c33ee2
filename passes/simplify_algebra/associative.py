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


@rule(when=narrow("a", "b"), dtypes="fi")
def narrow_factors(a: Tensor, b: Tensor, c: Tensor) -> Equation:
    """A * (B * C) = (A * B) * C, where A and B are smaller than the result"""
    return op.Mul(a, op.Mul(b, c)), op.Mul(op.Mul(a, b), c)


@rule(when=narrow("a", "b"), dtypes="fi")
def narrow_terms(a: Tensor, b: Tensor, c: Tensor) -> Equation:
    """A + (B + C) = (A + B) + C, where A and B are smaller than the result"""
    return op.Add(a, op.Add(b, c)), op.Add(op.Add(a, b), c)


@rule(when=nonnegative_value("b"))
def product_of_roots(b: Tensor) -> Equation:
    """sqrt(B) * sqrt(B) = B"""
    return op.Mul(op.Sqrt(b), op.Sqrt(b)), b


@rule(when=moderate("a", "b"))
def root_of_product(a: Tensor, b: Tensor) -> Equation:
    """sqrt(A) * sqrt(B) = sqrt(A * B)"""
    return op.Mul(op.Sqrt(a), op.Sqrt(b)), op.Sqrt(op.Mul(a, b))


@rule(when=moderate("a", "b"))
def root_of_quotient(a: Tensor, b: Tensor) -> Equation:
    """sqrt(A) / sqrt(B) = sqrt(A / B)"""
    return op.Div(op.Sqrt(a), op.Sqrt(b)), op.Sqrt(op.Div(a, b))


@rule(when=positive_value("a"))
def quotient_by_root(a: Tensor) -> Equation:
    """A / sqrt(A) = sqrt(A)"""
    return op.Div(a, op.Sqrt(a)), op.Sqrt(a)


@rule
def product_of_absolutes(a: Tensor, b: Tensor) -> Equation:
    """|A| * |B| = |A * B|"""
    return op.Mul(op.Abs(a), op.Abs(b)), op.Abs(op.Mul(a, b))


@rule
def quotient_of_absolutes(a: Tensor, b: Tensor) -> Equation:
    """|A| / |B| = |A / B|"""
    return op.Div(op.Abs(a), op.Abs(b)), op.Abs(op.Div(a, b))


@rule
def sign_times_absolute(a: Tensor) -> Equation:
    """Sign(A) * |A| = A"""
    return op.Mul(op.Sign(a), op.Abs(a)), a


@rule
def product_of_exponentials(a: Tensor, b: Tensor) -> Equation:
    """exp(A) * exp(B) = exp(A + B)"""
    return op.Mul(op.Exp(a), op.Exp(b)), op.Exp(op.Add(a, b))


@rule
def quotient_of_exponentials(a: Tensor, b: Tensor) -> Equation:
    """exp(A) / exp(B) = exp(A - B)"""
    return op.Div(op.Exp(a), op.Exp(b)), op.Exp(op.Sub(a, b))


@rule(when=moderate("a", "b"))
def sum_of_logarithms(a: Tensor, b: Tensor) -> Equation:
    """log(A) + log(B) = log(A * B)"""
    return op.Add(op.Log(a), op.Log(b)), op.Log(op.Mul(a, b))


@rule(when=moderate("a", "b"))
def difference_of_logarithms(a: Tensor, b: Tensor) -> Equation:
    """log(A) - log(B) = log(A / B)"""
    return op.Sub(op.Log(a), op.Log(b)), op.Log(op.Div(a, b))


@rule
def product_of_negatives(a: Tensor, b: Tensor) -> Equation:
    """-A * -B = A * B"""
    return op.Mul(op.Neg(a), op.Neg(b)), op.Mul(a, b)


@rule
def quotient_of_negatives(a: Tensor, b: Tensor) -> Equation:
    """-A / -B = A / B"""
    return op.Div(op.Neg(a), op.Neg(b)), op.Div(a, b)


@rule(dtypes="fi")
def sum_with_negative(a: Tensor, b: Tensor) -> Equation:
    """A + -B = A - B"""
    return op.Add(a, op.Neg(b)), op.Sub(a, b)


@rule
def product_with_reciprocal(a: Tensor, b: Tensor) -> Equation:
    """A * Recip(B) = A / B"""
    return op.Mul(a, op.Reciprocal(b)), op.Div(a, b)


@rule
def product_of_reciprocals(a: Tensor, b: Tensor) -> Equation:
    """Recip(A) * Recip(B) = Recip(A * B)"""
    return op.Mul(op.Reciprocal(a), op.Reciprocal(b)), op.Reciprocal(op.Mul(a, b))


@rule
def reciprocal_of_quotient(a: Tensor, b: Tensor) -> Equation:
    """Recip(A / B) = B / A"""
    return op.Reciprocal(op.Div(a, b)), op.Div(b, a)


@rule
def reciprocal_of_reciprocal(a: Tensor) -> Equation:
    """Recip(Recip(A)) = A"""
    return op.Reciprocal(op.Reciprocal(a)), a


@rule(when=positive_value("a"))
def square_of_reciprocal_root(a: Tensor) -> Equation:
    """Recip(sqrt(A)) * Recip(sqrt(A)) = Recip(A)"""
    return op.Mul(op.Reciprocal(op.Sqrt(a)), op.Reciprocal(op.Sqrt(a))), op.Reciprocal(a)


@rule
def quotient_by_exponential(a: Tensor, b: Tensor) -> Equation:
    """A / exp(-B) = A * exp(B)"""
    return op.Div(a, op.Exp(op.Neg(b))), op.Mul(a, op.Exp(b))


@rule
def reciprocal_of_exponential(a: Tensor) -> Equation:
    """Recip(exp(-A)) = exp(A)"""
    return op.Reciprocal(op.Exp(op.Neg(a))), op.Exp(a)


@rule
def negative_of_difference(a: Tensor, b: Tensor) -> Equation:
    """-(A - B) = B - A"""
    return op.Neg(op.Sub(a, b)), op.Sub(b, a)


@rule
def logarithm_of_exponential(a: Tensor) -> Equation:
    """log(exp(A)) = A"""
    return op.Log(op.Exp(a)), a


@rule(when=positive_value("a"))
def exponential_of_logarithm(a: Tensor) -> Equation:
    """exp(log(A)) = A"""
    return op.Exp(op.Log(a)), a


@rule(when=positive_value("a"))
def power_of_power(a: Tensor, c: Scalar, d: Scalar) -> Equation:
    """(A ^ C) ^ D = A ^ (C * D)"""
    return op.Pow(op.Pow(a, c), d), op.Pow(a, op.Mul(c, d))


@rule(when=positive_value("a"))
def product_of_powers(a: Tensor, c: Scalar, d: Scalar) -> Equation:
    """A ^ C * A ^ D = A ^ (C + D)"""
    return op.Mul(op.Pow(a, c), op.Pow(a, d)), op.Pow(a, op.Add(c, d))


@rule(when=moderate("a", "b"))
def power_of_product(a: Tensor, b: Tensor, c: Scalar) -> Equation:
    """A ^ C * B ^ C = (A * B) ^ C"""
    return op.Mul(op.Pow(a, c), op.Pow(b, c)), op.Pow(op.Mul(a, b), c)


@rule(when=positive_value("a"))
def logarithm_of_power(a: Tensor, c: Scalar) -> Equation:
    """log(A ^ C) = log(A) * C"""
    return op.Log(op.Pow(a, c)), op.Mul(op.Log(a), c)


@rule
def power_of_exponential(a: Tensor, c: Scalar) -> Equation:
    """exp(A) ^ C = exp(A * C)"""
    return op.Pow(op.Exp(a), c), op.Exp(op.Mul(a, c))


@rule(when=positive_value("a"))
def root_of_power(a: Tensor, c: Scalar) -> Equation:
    """sqrt(A ^ C) = A ^ (C / 2)"""
    return op.Sqrt(op.Pow(a, c)), op.Pow(a, op.Mul(c, 0.5))


@rule(when=nonnegative_value("a"), exact=True)
def absolute_of_nonnegative(a: Tensor) -> Equation:
    """|A| = A, where A >= 0"""
    return op.Abs(a), a


@rule(when=nonnegative_value("a"), exact=True)
def relu_of_nonnegative(a: Tensor) -> Equation:
    """Relu(A) = A, where A >= 0"""
    return op.Relu(a), a
