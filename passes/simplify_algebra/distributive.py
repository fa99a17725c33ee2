"""Distributivity: shared factors taken out (paper, Table 4)."""

from dnnf_mlir.rewriting import Family
from dnnf_mlir.rewriting.terms import Attribute, Equation, Scalar, Tensor, op

from .conditions import positive_number, same_shape

rule = Family("distributive")


@rule(dtypes="fi")
def shared_factor(a: Tensor, b: Tensor, c: Tensor) -> Equation:
    """A * C + B * C = (A + B) * C"""
    return op.Add(op.Mul(a, c), op.Mul(b, c)), op.Mul(op.Add(a, b), c)


@rule(dtypes="fi")
def shared_factor_of_difference(a: Tensor, b: Tensor, c: Tensor) -> Equation:
    """A * C - B * C = (A - B) * C

    With C the same sum as A it is Table 4's Square(A + B) - (A + B) * C = (A + B) * (A + B - C).
    """
    return op.Sub(op.Mul(a, c), op.Mul(b, c)), op.Mul(op.Sub(a, b), c)


@rule(dtypes="fi")
def factor_and_itself(a: Tensor, b: Tensor) -> Equation:
    """A + A * B = A * (B + 1)"""
    return op.Add(a, op.Mul(a, b)), op.Mul(a, op.Add(b, 1.0))


@rule(dtypes="fi")
def factor_less_itself(a: Tensor, b: Tensor) -> Equation:
    """A * B - A = A * (B - 1)"""
    return op.Sub(op.Mul(a, b), a), op.Mul(a, op.Add(b, -1.0))


@rule(dtypes="fi")
def itself_less_factor(a: Tensor, b: Tensor) -> Equation:
    """A - A * B = A * (1 - B)"""
    return op.Sub(a, op.Mul(a, b)), op.Mul(a, op.Sub(1.0, b))


@rule(dtypes="fi")
def sum_of_negatives(a: Tensor, b: Tensor) -> Equation:
    """-A - B = -(A + B)"""
    return op.Sub(op.Neg(a), b), op.Neg(op.Add(a, b))


@rule
def negative_in_product(a: Tensor, c: Scalar) -> Equation:
    """-A * C = A * -C"""
    return op.Mul(op.Neg(a), c), op.Mul(a, op.Neg(c))


@rule
def negative_of_multiple(a: Tensor, c: Scalar) -> Equation:
    """-(A * C) = A * -C"""
    return op.Neg(op.Mul(a, c)), op.Mul(a, op.Neg(c))


@rule(dtypes="fi")
def where_of_sums(m: Tensor, a: Tensor, b: Tensor, c: Tensor) -> Equation:
    """Where(M, A + C, B + C) = Where(M, A, B) + C"""
    return op.Where(m, op.Add(a, c), op.Add(b, c)), op.Add(op.Where(m, a, b), c)


@rule(dtypes="fi")
def where_of_products(m: Tensor, a: Tensor, b: Tensor, c: Tensor) -> Equation:
    """Where(M, A * C, B * C) = Where(M, A, B) * C"""
    return op.Where(m, op.Mul(a, c), op.Mul(b, c)), op.Mul(op.Where(m, a, b), c)


@rule
def maximum_of_sums(a: Tensor, b: Tensor, c: Tensor) -> Equation:
    """max(A + C, B + C) = max(A, B) + C"""
    return op.Max(op.Add(a, c), op.Add(b, c)), op.Add(op.Max(a, b), c)


@rule
def minimum_of_sums(a: Tensor, b: Tensor, c: Tensor) -> Equation:
    """min(A + C, B + C) = min(A, B) + C"""
    return op.Min(op.Add(a, c), op.Add(b, c)), op.Add(op.Min(a, b), c)


@rule(when=positive_number("c"))
def maximum_of_multiples(a: Tensor, b: Tensor, c: Scalar) -> Equation:
    """max(A * C, B * C) = max(A, B) * C"""
    return op.Max(op.Mul(a, c), op.Mul(b, c)), op.Mul(op.Max(a, b), c)


@rule(when=positive_number("c"))
def minimum_of_multiples(a: Tensor, b: Tensor, c: Scalar) -> Equation:
    """min(A * C, B * C) = min(A, B) * C"""
    return op.Min(op.Mul(a, c), op.Mul(b, c)), op.Mul(op.Min(a, b), c)


@rule(exact=True)
def maximum_of_negatives(a: Tensor, b: Tensor) -> Equation:
    """max(-A, -B) = -min(A, B)"""
    return op.Max(op.Neg(a), op.Neg(b)), op.Neg(op.Min(a, b))


@rule(exact=True)
def minimum_of_negatives(a: Tensor, b: Tensor) -> Equation:
    """min(-A, -B) = -max(A, B)"""
    return op.Min(op.Neg(a), op.Neg(b)), op.Neg(op.Max(a, b))


@rule(when=positive_number("c"))
def relu_of_multiple(a: Tensor, c: Scalar, d: Scalar) -> Equation:
    """Relu(A * C) * D = Relu(A) * (C * D)"""
    return op.Mul(op.Relu(op.Mul(a, c)), d), op.Mul(op.Relu(a), op.Mul(c, d))


@rule(dtypes="fi")
def maximum_plus_minimum(a: Tensor, b: Tensor) -> Equation:
    """max(A, B) + min(A, B) = A + B"""
    return op.Add(op.Max(a, b), op.Min(a, b)), op.Add(a, b)


@rule(dtypes="fi")
def maximum_times_minimum(a: Tensor, b: Tensor) -> Equation:
    """max(A, B) * min(A, B) = A * B"""
    return op.Mul(op.Max(a, b), op.Min(a, b)), op.Mul(a, b)


@rule(dtypes="fiu")
def maximum_absorbs_minimum(a: Tensor, b: Tensor) -> Equation:
    """max(A, min(A, B)) = A"""
    return op.Max(a, op.Min(a, b)), a


@rule(dtypes="fiu")
def minimum_absorbs_maximum(a: Tensor, b: Tensor) -> Equation:
    """min(A, max(A, B)) = A"""
    return op.Min(a, op.Max(a, b)), a


@rule(dtypes="fiu", exact=True)
def maximum_of_minima(a: Tensor, b: Tensor, c: Tensor) -> Equation:
    """max(min(A, C), min(B, C)) = min(max(A, B), C)"""
    return op.Max(op.Min(a, c), op.Min(b, c)), op.Min(op.Max(a, b), c)


@rule(dtypes="fiu", exact=True)
def minimum_of_maxima(a: Tensor, b: Tensor, c: Tensor) -> Equation:
    """min(max(A, C), max(B, C)) = max(min(A, B), C)"""
    return op.Min(op.Max(a, c), op.Max(b, c)), op.Max(op.Min(a, b), c)


@rule
def shared_left_matrix(a: Tensor, b: Tensor, c: Tensor) -> Equation:
    """A B + A C = A (B + C)"""
    return op.Add(op.MatMul(a, b), op.MatMul(a, c)), op.MatMul(a, op.Add(b, c))


@rule
def shared_right_matrix(a: Tensor, b: Tensor, c: Tensor) -> Equation:
    """A C + B C = (A + B) C"""
    return op.Add(op.MatMul(a, c), op.MatMul(b, c)), op.MatMul(op.Add(a, b), c)


@rule(dtypes="b")
def shared_conjunct(a: Tensor, b: Tensor, c: Tensor) -> Equation:
    """(A and C) or (B and C) = (A or B) and C"""
    return op.Or(op.And(a, c), op.And(b, c)), op.And(op.Or(a, b), c)


@rule(dtypes="b")
def shared_disjunct(a: Tensor, b: Tensor, c: Tensor) -> Equation:
    """(A or C) and (B or C) = (A and B) or C"""
    return op.And(op.Or(a, c), op.Or(b, c)), op.Or(op.And(a, b), c)


@rule(when=same_shape("x", "y"))
def sum_of_sums(x: Tensor, y: Tensor, axes: Attribute, keepdims: Attribute) -> Equation:
    """sum(X) + sum(Y) = sum(X + Y), where X and Y have one shape"""
    left = op.Add(op.ReduceSum(x, axes=axes, keepdims=keepdims), op.ReduceSum(y, axes=axes, keepdims=keepdims))
    return left, op.ReduceSum(op.Add(x, y), axes=axes, keepdims=keepdims)
