"""Elementary functions of one operand.

DISTRIBUTIVE stands at functions that are homomorphisms, ``f(a . b) = f(a) . f(b)``: of the product (Abs, Reciprocal,
Sign, and Sqrt where both are >= 0), of the sum (Neg), between sum and product (Exp, and Log where both are > 0).
"""

from dnnf_mlir.dialect_defs.mapping import Property

from .elementwise import ElementwiseUnary

_HOMOMORPHISM = frozenset({Property.DISTRIBUTIVE})


class Abs(ElementwiseUnary, name="abs"):
    onnx_name = "Abs"
    properties = _HOMOMORPHISM


class Neg(ElementwiseUnary, name="neg"):
    onnx_name = "Neg"
    properties = _HOMOMORPHISM


class Sign(ElementwiseUnary, name="sign"):
    onnx_name = "Sign"
    properties = _HOMOMORPHISM


class Reciprocal(ElementwiseUnary, name="reciprocal"):
    onnx_name = "Reciprocal"
    properties = _HOMOMORPHISM


class Sqrt(ElementwiseUnary, name="sqrt"):
    onnx_name = "Sqrt"
    properties = _HOMOMORPHISM


class Exp(ElementwiseUnary, name="exp"):
    onnx_name = "Exp"
    properties = frozenset({Property.COMMUTATIVE, Property.DISTRIBUTIVE})


class Log(ElementwiseUnary, name="log"):
    onnx_name = "Log"
    properties = frozenset({Property.COMMUTATIVE, Property.DISTRIBUTIVE})


class Floor(ElementwiseUnary, name="floor"):
    onnx_name = "Floor"


class Ceil(ElementwiseUnary, name="ceil"):
    onnx_name = "Ceil"


class Round(ElementwiseUnary, name="round"):
    """To the nearest integer, halves to the even one."""

    onnx_name = "Round"


class Erf(ElementwiseUnary, name="erf"):
    onnx_name = "Erf"


class Sin(ElementwiseUnary, name="sin"):
    onnx_name = "Sin"


class Cos(ElementwiseUnary, name="cos"):
    onnx_name = "Cos"


class Tan(ElementwiseUnary, name="tan"):
    onnx_name = "Tan"


class Asin(ElementwiseUnary, name="asin"):
    onnx_name = "Asin"


class Acos(ElementwiseUnary, name="acos"):
    onnx_name = "Acos"


class Atan(ElementwiseUnary, name="atan"):
    onnx_name = "Atan"


class Sinh(ElementwiseUnary, name="sinh"):
    onnx_name = "Sinh"


class Cosh(ElementwiseUnary, name="cosh"):
    onnx_name = "Cosh"


class Tanh(ElementwiseUnary, name="tanh"):
    onnx_name = "Tanh"


class Asinh(ElementwiseUnary, name="asinh"):
    onnx_name = "Asinh"


class Acosh(ElementwiseUnary, name="acosh"):
    onnx_name = "Acosh"


class Atanh(ElementwiseUnary, name="atanh"):
    onnx_name = "Atanh"
