"""Tiny modules on which IREE's quirks show."""

IDENTITY = {rank: "affine_map<({0}) -> ({0})>".format(", ".join(f"d{i}" for i in range(rank))) for rank in (1, 2)}


def binary(operation: str, dtype: str) -> str:
    """An operation of two numbers, element by element on tensors of four."""
    tensor, map_ = f"tensor<4x{dtype}>", IDENTITY[1]
    return f"""
func.func @main(%a: {tensor}, %b: {tensor}) -> {tensor} {{
  %empty = tensor.empty() : {tensor}
  %r = linalg.generic {{indexing_maps = [{map_}, {map_}, {map_}], iterator_types = ["parallel"]}}
      ins(%a, %b : {tensor}, {tensor}) outs(%empty : {tensor}) {{
  ^bb0(%x: {dtype}, %y: {dtype}, %unused: {dtype}):
    %z = {operation} %x, %y : {dtype}
    linalg.yield %z : {dtype}
  }} -> {tensor}
  return %r : {tensor}
}}
"""


def dispatch(tensor: str, body: str) -> str:
    """A dispatch of one workgroup on %t, a tensor that it reads and writes: ``body`` makes %s of %p."""
    view = f"!iree_tensor_ext.dispatch.tensor<readwrite:{tensor}>"
    whole = f"offsets = [0], sizes = [{tensor[len('tensor<') :].split('x')[0]}], strides = [1]"
    return f"""
func.func @main(%t: {tensor}) -> {tensor} {{
  %r = flow.dispatch.workgroups(%t) : ({tensor}) -> %t = (%o: {view}) {{
    %c0 = arith.constant 0 : index
    %p = iree_tensor_ext.dispatch.tensor.load %o, {whole} : {view} -> {tensor}
    {body}
    iree_tensor_ext.dispatch.tensor.store %s, %o, {whole} : {tensor} -> {view}
    flow.return
  }} count() -> (index, index, index) {{
    %c1 = arith.constant 1 : index
    flow.return %c1, %c1, %c1 : index, index, index
  }}
  return %r : {tensor}
}}
"""


HALF_VECTOR_MAXIMUM = dispatch(
    "tensor<16xf16>",
    """
    %zero = arith.constant 0.0 : f16
    %v = vector.transfer_read %p[%c0], %zero {in_bounds = [true]} : tensor<16xf16>, vector<16xf16>
    %w = arith.negf %v : vector<16xf16>
    %m = arith.maximumf %v, %w : vector<16xf16>
    %s = vector.transfer_write %m, %p[%c0] {in_bounds = [true]} : vector<16xf16>, tensor<16xf16>
    """,
)

BIT_WRITE = dispatch(
    "tensor<4xi1>",
    """
    %true = arith.constant true
    %s = tensor.insert %true into %p[%c0] : tensor<4xi1>
    """,
)

HALF_SOFTMAX = """
func.func @main(%a: tensor<8x64xf16>) -> tensor<8x64xf16> {
  %r = flow.dispatch.region -> (tensor<8x64xf16>) {
    %empty = tensor.empty() : tensor<8x64xf16>
    %s = linalg.softmax dimension(1) ins(%a : tensor<8x64xf16>) outs(%empty : tensor<8x64xf16>) -> tensor<8x64xf16>
    flow.return %s : tensor<8x64xf16>
  }
  return %r : tensor<8x64xf16>
}
"""

ASSERTION = """
func.func @main(%a: tensor<?xf32>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  %size = tensor.dim %a, %c0 : tensor<?xf32>
  %holds = arith.cmpi eq, %size, %c4 : index
  cf.assert %holds, "4 elements"
  return %a : tensor<?xf32>
}
"""

TIED_SIZE = f"""
func.func @main(%a: tensor<?xf32>, %b: tensor<?xf32>) -> tensor<?xf32> {{
  %c0 = arith.constant 0 : index
  %first = tensor.dim %a, %c0 : tensor<?xf32>
  %second = tensor.dim %b, %c0 : tensor<?xf32>
  %holds = arith.cmpi eq, %first, %second : index
  cf.assert %holds, "equal sizes"
  %tied = flow.tensor.tie_shape %b : tensor<?xf32>{{%first}}
  %empty = tensor.empty(%first) : tensor<?xf32>
  %r = linalg.generic {{indexing_maps = [{IDENTITY[1]}, {IDENTITY[1]}, {IDENTITY[1]}], iterator_types = ["parallel"]}}
      ins(%a, %tied : tensor<?xf32>, tensor<?xf32>) outs(%empty : tensor<?xf32>) {{
  ^bb0(%x: f32, %y: f32, %unused: f32):
    %z = arith.addf %x, %y : f32
    linalg.yield %z : f32
  }} -> tensor<?xf32>
  return %r : tensor<?xf32>
}}
"""

PADDED_NEGATIVE = f"""
func.func @main(%a: tensor<8x8xf32>) -> tensor<10x10xf32> {{
  %r = flow.dispatch.region -> (tensor<10x10xf32>) {{
    %zero = arith.constant 0.0 : f32
    %empty = tensor.empty() : tensor<8x8xf32>
    %n = linalg.generic {{indexing_maps = [{IDENTITY[2]}, {IDENTITY[2]}], iterator_types = ["parallel", "parallel"]}}
        ins(%a : tensor<8x8xf32>) outs(%empty : tensor<8x8xf32>) {{
    ^bb0(%x: f32, %unused: f32):
      %z = arith.negf %x : f32
      linalg.yield %z : f32
    }} -> tensor<8x8xf32>
    %p = tensor.pad %n low[1, 1] high[1, 1] {{
    ^bb0(%i: index, %j: index):
      tensor.yield %zero : f32
    }} : tensor<8x8xf32> to tensor<10x10xf32>
    flow.return %p : tensor<10x10xf32>
  }}
  return %r : tensor<10x10xf32>
}}
"""
