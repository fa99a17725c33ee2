"""Models whose shapes depend on values: the module finds as many elements as ONNX Runtime, none included."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from device_runners import run_vulkan
from onnx import numpy_helper, parser

import dnnf_mlir
from dnnf_mlir.errors import InputValuesError, UnsupportedModelError

Feeds = dict[str, np.ndarray]

HEADER = '<ir_version: 8, opset_import: ["" : 17]>\n'
TOLERANCE = 1e-5

FOUND = "c = Greater(x, zero) i = NonZero(c) j = Squeeze(i, first)"
CONSTANTS = "float zero = {0.0}, int64[1] first = {0}, int64[1] second = {1}, int64 none = {0}"

# What torchvision's detectors end in: candidates by score, boxes without empty ones, one class beside the other,
# the best of those that overlap little, regions of a feature map and a classifier for them.
DETECTION = f"""g (float[1,8,12,12] image, float[60,4] corners, float[60] score, int64[60] level)
 => (float[n,4] boxes, float[n,5] classes, int64[n] kept)
<{CONSTANTS}, int64[1] most = {{40}}, int64[1] limit = {{9}}, float[1] overlap = {{0.4}}, int64[2] flat = {{-1, 32}},
 int64[1] third = {{2}}, int64[1] all = {{99}}, int64 last = {{0}}, float far = {{20.0}},
 int64[4] wide = {{-1, 1, 1, 1}}, int64[1] any = {{999}}> {{
  top, at = TopK <axis = 0> (score, most) b0 = Gather(corners, at) l0 = Gather(level, at)
  low = Slice(b0, first, third, second) high = Slice(b0, third, all, second) size = Sub(high, low)
  wide0 = Greater(size, zero) wide1 = Cast <to = 7> (wide0) both = ReduceMin <axes = [1], keepdims = 0> (wide1)
  some = NonZero(both) j = Squeeze(some, first) b = Gather(b0, j) s = Gather(top, j) l = Gather(l0, j)
  shape = Shape(b) number = ReduceProd <keepdims = 0> (shape) isnone = Equal(number, last)
  kept0 = If (isnone) <
    then_branch = nothing () => (int64[m] t) {{ t = Constant <value = int64[0] {{}}> () }},
    else_branch = suppressed () => (int64[m] o) {{
      lf = Cast <to = 1> (l) shift = Mul(lf, far) shift1 = Unsqueeze(shift, second) moved = Add(b, shift1)
      bs = Unsqueeze(moved, first) s1 = Unsqueeze(s, first) ss = Unsqueeze(s1, first)
      picked = NonMaxSuppression(bs, ss, any, overlap) column = Gather <axis = 1> (picked, third)
      o = Squeeze(column, second)
    }}
  >
  kept = Slice(kept0, first, limit, first) boxes = Gather(b, kept) lk = Gather(l, kept)
  count = Shape(kept) zeros = ConstantOfShape <value = int64[1] {{0}}> (count)
  one = Equal(lk, zeros) f = NonZero(one) p = Squeeze(f, first) near = Gather(boxes, p) batch = Gather(zeros, p)
  pooled = RoiAlign <output_height = 2, output_width = 2, sampling_ratio = 2> (image, near, batch)
  pn = Shape <start = 0, end = 1> (kept) ps = Shape <start = 1> (pooled) to = Concat <axis = 0> (pn, ps)
  empty = ConstantOfShape(to) rows = Reshape(p, wide) like = Shape(pooled) places = Expand(rows, like)
  placed = ScatterElements <axis = 0> (empty, places, pooled)
  flatten = Reshape(placed, flat) logits = MatMul(flatten, weights) classes = Softmax <axis = 1> (logits)
}}"""
WEIGHTS = {"weights": (32, 5)}

# One turn for each row that is found, with a result that grows, and with pieces whose sizes are data.
LOOP = f"""g (float[20,3] x, float limit) => (float[n,2,3] y) <{CONSTANTS}, bool yes = {{1}}> {{
  top = ReduceMax <axes = [1], keepdims = 0> (x) c = Greater(top, limit) i = NonZero(c) j = Squeeze(i, first)
  rows = Gather(x, j) s = Shape <start = 0, end = 1> (rows) turns = Squeeze(s)
  start = Constant <value = float[0,2,3] {{}}> ()
  y = Loop(turns, yes, start) <body = body (int64 turn, bool go, float[q,2,3] before)
                                       => (bool go_on, float[q,2,3] after) {{
    go_on = Identity(go) row = Gather(rows, turn) other = Add(row, limit) a = Unsqueeze(row, first)
    d = Unsqueeze(other, first) pair = Concat <axis = 0> (a, d) new = Unsqueeze(pair, first)
    after = Concat <axis = 0> (before, new)
  }}>
}}"""

OPEN_LOOP = """g (float[3] x, int64 most, float step) => (float[3] y, float[n] z, float[m,3] w)
<bool yes = {1}, float[1] none = {0.0}> {
  y, z, w = Loop(most, yes, x, none) <body = body (int64 turn, bool go, float[3] before, float[m] list)
                                          => (bool go_on, float[3] after, float[m] longer, float[3] part) {
    after = Add(before, step) part = Neg(after)
    total = ReduceSum <keepdims = 0> (after) end = Constant <value = float {20.0}> ()
    go_on = Less(total, end) new = ReduceSum <keepdims = 1> (after) longer = Concat <axis = 0> (list, new)
  }>
}"""

# What turns give beside their states: parts of whole and of odd lengths, scalars, booleans, and what both dimensions of
# a state's growth and a size from outside determine.
STACKING_LOOP = f"""g (float[20,3] x, float limit)
 => (float[n,8,8] a, float[m,3] b, int64[p] c, bool[q,3] d, float[r,q] e, float[4,s,2] f, float[t] last)
<{CONSTANTS}, bool yes = {{1}}, int64[2] square = {{8, 8}}, int64[3] wide = {{4, 1, 2}}> {{
  top = ReduceMax <axes = [1], keepdims = 0> (x) over = Greater(top, limit) i = NonZero(over) j = Squeeze(i, first)
  rows = Gather(x, j) s0 = Shape <start = 0, end = 1> (rows) turns = Squeeze(s0) tops = Gather(top, j)
  start = Constant <value = float[4,1,2] {{1, 2, 3, 4, 5, 6, 7, 8}}> ()
  f, last, a, b, c, d, e = Loop(turns, yes, start, limit) <
   body = body (int64 turn, bool go, float[4,u,2] grown, float sum)
    => (bool go_on, float[4,v,2] longer, float summed, float[8,8] a1, float[3] b1, int64 c1, bool[3] d1, float[w] e1) {{
    go_on = Identity(go) b1 = Gather(rows, turn) c1 = Mul(turn, turn) d1 = Greater(b1, zero)
    one = ReduceMax <keepdims = 0> (b1) summed = Add(sum, one) a1 = Expand(one, square) e1 = Mul(tops, summed)
    piece = Expand(one, wide) twice = Concat <axis = 1> (piece, piece) longer = Concat <axis = 1> (grown, twice)
  }}>
}}"""

# A state that grows, but that is read as well: it is passed on.
READ_AND_GROWN = """g (int64 turns) => (float[n] y) <bool yes = {1}, float[1] start = {1.0}> {
  y = Loop(turns, yes, start) <body = body (int64 turn, bool go, float[p] before) => (bool go_on, float[q] after) {
    go_on = Identity(go) total = ReduceSum <keepdims = 1> (before) after = Concat <axis = 0> (before, total)
  }>
}"""

# A mask pasted into a frame: three pieces whose heights add up to that of the frame, as the module checks.
READ = f"""g (float[4,5] x, int64[1] above, int64[1] height) => (float[10,n] y, float[m,5] resized)
<{CONSTANTS}, int64[1] whole = {{10}}, int64[1] wide = {{5}}> {{
  sizes = Concat <axis = 0> (height, wide) resized = Resize <mode = "linear"> (x, , , sizes)
  to0 = Concat <axis = 0> (above, wide) before = ConstantOfShape(to0)
  left = Sub(whole, above) left1 = Sub(left, height) to1 = Concat <axis = 0> (left1, wide) after = ConstantOfShape(to1)
  all = Concat <axis = 0> (before, resized, after) framed = Slice(all, first, whole, first)
  both = Concat <axis = 0> (whole, height) frame = Expand(zero, both) y = Concat <axis = 1> (framed, frame)
}}"""

SLICE = f"""g (float[20,3] x, int64[1] start, int64[1] end) => (float[m,3] y)
<{CONSTANTS}, int64[1] step = {{STEP}}> {{ s = Slice(x, start, end, first, step) y = Relu(s) }}"""

MODELS: Mapping[str, str] = {
    "NonZero": f"g (float[3,5] x) => (int64[2,n] y) <{CONSTANTS}> {{ c = Greater(x, zero) y = NonZero(c) }}",
    "Gather": f"g (float[50] x, float[50,4] b) => (float[n,4] y, float[n] s) <{CONSTANTS}> {{ {FOUND} "
    "p = Gather(b, j) q = Gather(x, j) s = Sigmoid(q) y = Relu(p) }",
    "Compress": f"g (float[50] x) => (float[n] y) <{CONSTANTS}> "
    "{ c = Greater(x, zero) p = Compress(x, c) y = Relu(p) }",
    "Slice of the first": f"g (float[50] x) => (float[n] y, int64[1] n) <{CONSTANTS}, int64[1] end = {{7}}> {{ {FOUND} "
    "p = Gather(x, j) y = Slice(p, first, end) n = Shape(y) }",
    "shape alone": f"g (float[50] x) => (float[n] y) <{CONSTANTS}> {{ {FOUND} n = Shape(j) y = ConstantOfShape(n) }}",
    "TopK": "g (float[2,40,3] x, int64[1] k) => (float[2,m,3] v, int64[2,m,3] i) { v, i = TopK <axis = 1> (x, k) }",
    "Slice": SLICE.replace("STEP", "2"),
    "Slice backwards": SLICE.replace("STEP", "-3"),
    "Pad": "g (float[3,4] x, int64[4] p) => (float[m,n] y) { s = Pad(x, p) y = Relu(s) }",
    "Pad of one dimension": '<ir_version: 8, opset_import: ["" : 18]> g (float[3,4] x, int64[2] p) => (float[3,n] y) '
    '<int64[1] a = {-1}> { s = Pad <mode = "edge"> (x, p, , a) y = Relu(s) }',
    "Reshape": "g (float[12] x, int64[2] n, int64[1] k) => (float[p,q] y, float[r,s] z) <int64[1] rest = {-1}> { "
    "m = Reshape(x, n) y = Relu(m) t = Concat <axis = 0> (rest, k) z = Reshape(x, t) }",
    "Resize of one dimension": '<ir_version: 8, opset_import: ["" : 18]> g (float[1,1,4,5] x, int64[1] n) '
    '=> (float[1,1,4,w] y) { y = Resize <axes = [3], mode = "linear"> (x, , , n) }',
    "Tile": "g (float[2,3] x, int64[2] n) => (float[p,q] y) { m = Tile(x, n) y = Relu(m) }",
    "Split": "g (float[2,7] x, int64[3] p) => (float[2,a] u, float[2,b] v, float[2,c] w) "
    "{ u, r, w = Split <axis = 1> (x, p) v = Relu(r) }",
    "one number twice": f"g (int64[1,2] n) => (float[p,q] y) <{CONSTANTS}, int64[1] two = {{2}}, int64 one = {{1}}, "
    "int64[1] flat = {-1}> { f = Reshape(n, flat) z = ConstantOfShape(f) l = Slice(f, second, two) s = Squeeze(l) "
    "r = Range(none, s, one) c = Cast <to = 1> (r) y = Add(z, c) }",
    "Range": "g (float a, float b, float c) => (float[m] y) { s = Range(a, b, c) y = Relu(s) }",
    "Range up to a number": f"g (int64 n) => (int64[m] y, float[p] z) <{CONSTANTS}, int64 one = {{1}}> "
    "{ s = Range(none, n, one) y = Neg(s) u = Unsqueeze(n, first) z = ConstantOfShape(u) }",
    "Range of integers": "g (int64 a, int64 b, int64 c) => (int64[m] y) { s = Range(a, b, c) y = Add(s, c) }",
    "Unique": "g (float[6,3,2] x) => (float[m,3,2] y, int64[m] i, int64[q] j, int64[m] c) "
    "{ y, i, j, c = Unique <axis = 0> (x) }",
    "Unique as they come": "g (float[6,3,2] x) => (float[m] y, int64[m] i, int64[q] j, int64[m] c) "
    "{ y, i, j, c = Unique <sorted = 0> (x) }",
    "detection": DETECTION,
    "loop": LOOP,
    "open loop": OPEN_LOOP,
    "loop that stacks": STACKING_LOOP,
    "state that is read and grows": READ_AND_GROWN,
    "sizes read": READ,
}


def feeds(name: str) -> list[Feeds]:
    """Inputs with some, all and no elements found."""
    random = np.random.default_rng(0)
    x = random.standard_normal(50).astype(np.float32)
    bounds = [(0, 5), (3, -2), (-5, 99), (7, 3), (25, -21), (10, 5)]
    match name:
        case "NonZero":
            return [{"x": values.reshape(3, 5)} for values in (x[:15], np.abs(x[:15]), -np.abs(x[:15]))]
        case "Gather":
            return [{"x": values, "b": random.standard_normal((50, 4)).astype(np.float32)} for values in (x, -x * x)]
        case "TopK":
            ties = random.integers(0, 9, (2, 40, 3)).astype(np.float32)
            return [{"x": ties, "k": np.array([k])} for k in (5, 40, 0)]
        case "Slice" | "Slice backwards":
            data = random.standard_normal((20, 3)).astype(np.float32)
            return [{"x": data, "start": np.array([a]), "end": np.array([b])} for a, b in bounds]
        case "Pad":
            return [{"x": x[:12].reshape(3, 4), "p": np.array(p)} for p in ((0, 1, 2, 0), (-1, 0, 0, 3), (0, 0, 0, 0))]
        case "Pad of one dimension":
            return [{"x": x[:12].reshape(3, 4), "p": np.array(p)} for p in ((2, 1), (-1, 5))]
        case "Reshape":
            return [{"x": x[:12], "n": np.array(n), "k": np.array([n[1]])} for n in ((3, 4), (6, 2), (1, 12))]
        case "Resize of one dimension":
            return [{"x": x[:20].reshape(1, 1, 4, 5), "n": np.array([n])} for n in (10, 7)]
        case "Tile":
            return [{"x": x[:6].reshape(2, 3), "n": np.array(n)} for n in ((3, 1), (2, 2), (1, 0))]
        case "Split":
            return [{"x": x[:14].reshape(2, 7), "p": np.array(p)} for p in ((3, 0, 4), (1, 5, 1))]
        case "one number twice":
            return [{"n": np.array([n])} for n in ((2, 5), (3, 0))]
        case "Range":
            floats = [(0, 5, 1), (3, -2, -0.7), (0, -3, 1)]
            return [scalars(np.float32, *given) for given in floats]
        case "Range up to a number":
            return [{"n": np.array(n)} for n in (4, 1, 0)]
        case "Range of integers":
            return [scalars(np.int64, *given) for given in ((0, 5, 2), (3, -2, -3), (0, -3, 1))]
        case "Unique" | "Unique as they come":
            few = random.integers(0, 3, (6, 3, 2)).astype(np.float32)
            few[4] = few[1]
            return [{"x": few}, {"x": few * 0}]
        case "state that is read and grows":
            return [{"turns": np.array(turns)} for turns in (5, 0, 1)]
        case "loop" | "loop that stacks":
            rows = random.standard_normal((20, 3)).astype(np.float32)
            return [{"x": rows, "limit": np.array(limit, np.float32)} for limit in (0, 9, -9)]
        case "open loop":
            turns = ((3, 1), (0, 1), (50, 1))
            return [{"x": x[:3], "most": np.array(most), "step": np.array(step, np.float32)} for most, step in turns]
        case "sizes read":
            data = random.standard_normal((4, 5)).astype(np.float32)
            return [{"x": data, "above": np.array([a]), "height": np.array([h])} for a, h in ((2, 7), (0, 10), (9, 1))]
        case "detection":
            low = random.random((60, 2)) * 8
            boxes = np.concatenate([low, low + random.random((60, 2)) * 5], axis=1).astype(np.float32)
            image = random.standard_normal((1, 8, 12, 12)).astype(np.float32)
            rest = {"image": image, "score": random.random(60).astype(np.float32), "level": np.arange(60) % 2}
            return [{"corners": corners, **rest} for corners in (boxes, boxes[:, [2, 3, 0, 1]])]
    return [{"x": values} for values in (x, np.abs(x), -np.abs(x))]


def scalars(dtype: type, *numbers: float) -> Feeds:
    """The inputs a, b, c."""
    return {name: np.array(number, dtype) for name, number in zip("abc", numbers, strict=True)}


def model(name: str) -> onnx.ModelProto:
    text = MODELS[name]
    result = parser.parse_model(text if text.startswith("<") else HEADER + text)
    random = np.random.default_rng(1)
    for weight, shape in WEIGHTS.items() if name == "detection" else ():
        array = (random.standard_normal(shape) / 4).astype(np.float32)
        result.graph.initializer.append(numpy_helper.from_array(array, weight))
    onnx.checker.check_model(result)
    return result


@pytest.mark.parametrize("name", MODELS)
def test_as_many_as_onnx_runtime_finds(name: str) -> None:
    proto = model(name)
    module = dnnf_mlir.compile(proto, verify=False).load()
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    shapes = set()
    for given in feeds(name):
        expected = session.run(None, given)
        found = module.run([given[value.name] for value in proto.graph.input])
        shapes.add(tuple(array.shape for array in found))
        for a, b in zip(found, expected, strict=True):
            assert a.shape == b.shape
            assert np.allclose(a, b, atol=TOLERANCE)
    assert len(shapes) > 1, "the inputs are to find different numbers of elements"


def test_parts_that_are_not_the_whole_stop_the_module() -> None:
    module = dnnf_mlir.compile(model("Split"), verify=False).load()
    for parts in ((3, 0, 3), (-1, 8, 0), (9, 9, 9)):
        with pytest.raises(InputValuesError, match="Split"):
            module.run([np.zeros((2, 7), np.float32), np.array(parts)])


def test_a_reshape_to_another_number_of_elements_stops_the_module() -> None:
    module = dnnf_mlir.compile(model("Reshape"), verify=False).load()
    for shape, width in (((3, 5), 4), ((3, -4), 4), ((3, 4), 5), ((3, 4), 0)):
        with pytest.raises(InputValuesError, match="Reshape"):
            module.run([np.zeros(12, np.float32), np.array(shape), np.array([width])])


@pytest.mark.parametrize("found", ["s = Range(a, b, c)", "s0 = Range(a, b, c) s = Concat <axis = 0> (s0, one)"])
def test_a_size_that_the_model_declares_further_on(found: str) -> None:
    """What is declared of a later value holds for the first one whose size is not known; the module checks it."""
    text = (
        f"g (float a, float b, float c) => (float[6] y) <float[1] one = {{1.0}}> {{ {found} t = Cos(s) y = Add(t, s) }}"
    )
    proto = parser.parse_model(HEADER + text)
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    module = dnnf_mlir.compile(proto).load()
    limit = 6 - found.count("Concat")
    given = scalars(np.float32, 0.5, limit + 0.5, 1)
    assert np.allclose(module.run(list(given.values()))[0], session.run(None, given)[0], atol=TOLERANCE)
    with pytest.raises(InputValuesError):
        module.run(list(scalars(np.float32, 0.5, limit + 1.5, 1).values()))


def test_detections_are_verified() -> None:
    """The compiled module is compared with the reference: what a wrong kernel finds is no reference for itself."""
    assert dnnf_mlir.compile(model("detection"), cache=False).kernels > 10


def test_a_kernel_that_finds_too_few_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    from dnnf_mlir import compiler  # noqa: PLC0415
    from dnnf_mlir.errors import CompileError  # noqa: PLC0415

    class OneLess:
        def __init__(self, module: object) -> None:
            self.module = module

        def run(self, inputs: list[np.ndarray]) -> list[np.ndarray]:
            return [array[:, :-1] for array in self.module.run(inputs)]  # type: ignore[attr-defined]

    load = compiler.load_module
    monkeypatch.setattr(compiler, "load_module", lambda *a, **k: OneLess(load(*a, **k)))
    with pytest.raises(CompileError, match=r"NonZero|onnx_node"):
        proto = parser.parse_model(HEADER + "g (float[3,5] x) => (int64[2,n] y) { y = NonZero(x) }")
        dnnf_mlir.compile(proto, cache=False)


@pytest.mark.vulkan
@pytest.mark.parametrize("name", ["Gather", "Unique"])
def test_vulkan(name: str, tmp_path: Path) -> None:
    proto = model(name)
    dnnf_mlir.compile(proto, target="vulkan-android").save(tmp_path / "model.vmfb")
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    given = feeds(name)[0]
    expected = session.run(None, given)
    found = run_vulkan(tmp_path / "model.vmfb", list(given.values()), len(expected))
    for a, b in zip(found, expected, strict=True):
        assert a.shape == b.shape
        assert np.allclose(a, b, atol=1e-4)


@pytest.mark.vulkan
def test_where_a_gpu_finds_nothing(tmp_path: Path) -> None:
    """The module stops in words: no empty memory can be bound there."""
    dnnf_mlir.compile(model("Gather"), target="vulkan-android", verify=False).save(tmp_path / "model.vmfb")
    with pytest.raises(pytest.fail.Exception, match=r"'NonZero_1' .NonZero.: its result is empty"):
        run_vulkan(tmp_path / "model.vmfb", list(feeds("Gather")[1].values()), 2)


def test_turns_as_many_as_a_free_dimension() -> None:
    """What they stack has that dimension: it fits what has it already."""
    text = """g (float[n,3] x) => (float[n,3] y) <bool yes = {1}, int64 first = {0}> {
      s = Shape <start = 0, end = 1> (x) turns = Squeeze(s) start = ReduceMax <axes = [0], keepdims = 0> (x)
      last, parts = Loop(turns, yes, start) <body = body (int64 turn, bool go, float[3] before)
                                                    => (bool go_on, float[3] after, float[3] part) {
        go_on = Identity(go) row = Gather(x, turn) after = Add(before, row) part = Relu(after)
      }>
      y = Add(parts, x)
    }"""
    proto = parser.parse_model(HEADER + text)
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    module = dnnf_mlir.compile(proto, cache=False).load()
    for length in (1, 5, 77):
        x = np.random.default_rng(length).standard_normal((length, 3)).astype(np.float32)
        assert np.allclose(module.run([x])[0], session.run(None, {"x": x})[0], atol=TOLERANCE)


@pytest.mark.parametrize("threads", [1, 2])
def test_parts_that_are_used_otherwise_too(threads: int) -> None:
    """Inputs, states before and after the turn, one value twice, and what a loop in the body stacks, each turn anew."""
    text = """g (float[4,3] x, int64 n, float[3] s)
     => (float[a,4,3] p, float[b,3] q, float[c,3] r, float[d,3] t, float[e,3] u, float[3] last)
    <bool yes = {1}, int64[1] first = {0}> {
      last, p, q, r, t, u = Loop(n, yes, s) <
        body = body (int64 turn, bool go, float[3] before)
         => (bool go_on, float[3] after, float[4,3] p0, float[3] q0, float[3] r0, float[3] t0, float[3] u0) {
          go_on = Identity(go) after = Add(before, s) p0 = Identity(x) q0 = Identity(before)
          r0 = Identity(after) t0 = Identity(after)
          inner, parts = Loop(n, yes, before) <
            body = inner_body (int64 i, bool g, float[3] b) => (bool h, float[3] c, float[3] d) {
              h = Identity(g) c = Mul(b, s) d = Sub(c, before)
            }
          >
          u0 = ReduceSum <keepdims = 0> (parts, first)
        }
      >
    }"""
    proto = parser.parse_model(HEADER + text)
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    module = dnnf_mlir.compile(proto).load(threads=threads)
    for turns in (3, 0, 1, 9):
        random = np.random.default_rng(turns)
        x, s = random.random((4, 3), np.float32), random.random(3, np.float32)
        expected = session.run(None, {"x": x, "n": np.array(turns), "s": s})
        for a, b in zip(module.run([x, np.array(turns), s]), expected, strict=True):
            assert a.shape == b.shape
            assert np.allclose(a, b, atol=TOLERANCE)
    with pytest.raises(InputValuesError, match=r"'Loop_\d+' .Loop.: it has room for results of"):
        module.run([x, np.array(1 << 62), s])


def test_parts_whose_sizes_change_are_refused() -> None:
    text = """g (int64 turns) => (float[n,m] y) <bool yes = {1}, float[2] start = {1.0, 2.0}> {
      grown, y = Loop(turns, yes, start) <body = body (int64 turn, bool go, float[p] before)
                                              => (bool go_on, float[q] after, float[q] part) {
        go_on = Identity(go) after = Concat <axis = 0> (before, before) part = Neg(after)
      }>
    }"""
    with pytest.raises(UnsupportedModelError, match="sizes of its scan outputs may change between iterations"):
        dnnf_mlir.compile(parser.parse_model(HEADER + text), verify=False)


def run_on_vulkan_like_onnx_runtime(text: str, given: Feeds, folder: Path) -> None:
    proto = parser.parse_model(HEADER + text)
    dnnf_mlir.compile(proto, target="vulkan-android", verify=False).save(folder / "model.vmfb")
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    expected = session.run(None, given)
    found = run_vulkan(folder / "model.vmfb", list(given.values()), len(expected))
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4)


@pytest.mark.vulkan
@pytest.mark.parametrize("text", [LOOP, STACKING_LOOP])
def test_loops_that_stack_on_vulkan(text: str, tmp_path: Path) -> None:
    run_on_vulkan_like_onnx_runtime(text, feeds("loop")[0], tmp_path)


@pytest.mark.vulkan
def test_a_loop_on_vulkan(tmp_path: Path) -> None:
    """IREE loses the error of a turn with an empty tensor when others follow: the module must not begin with one."""
    run_on_vulkan_like_onnx_runtime(READ_AND_GROWN, {"turns": np.array(5)}, tmp_path)
    text = READ_AND_GROWN.replace("float[1] start = {1.0}", "float[0] start = {}")
    proto = parser.parse_model(HEADER + text)
    dnnf_mlir.compile(proto, target="vulkan-android", verify=False).save(tmp_path / "m.vmfb")
    with pytest.raises(pytest.fail.Exception, match="an operand or the result is empty"):
        run_vulkan(tmp_path / "m.vmfb", [np.array(5)])


def test_branches_that_differ_in_two_dimensions_are_refused() -> None:
    text = """g (bool c, float[3,4] x) => (float[a,b] y) {
      y = If (c) <then_branch = t () => (float[a,b] p) { p = Relu(x) },
                  else_branch = e () => (float[a,b] q) { q = Transpose(x) }>
    }"""
    with pytest.raises(UnsupportedModelError, match="depends on the condition"):
        dnnf_mlir.compile(parser.parse_model(HEADER + text), verify=False)


def test_what_is_scattered_into_stays() -> None:
    """Tensors of a counted size that are results too, and that ScatterElements takes: it writes into a copy."""
    model = onnx.parser.parse_model(
        """<ir_version: 8, opset_import: ["": 16]>
        scatter (float[6] x, float[6, 4] u) => (float[M, 4] base, float[M, 4] y, float[M, 4] z)
        <int64[1] four = {4}, int64[1] last = {-1}, int64[1] one = {1}> {
            found = NonZero(x)
            chosen = Reshape(found, last)
            count = Shape(chosen)
            shape = Concat<axis = 0>(count, four)
            base = ConstantOfShape(shape)
            column = Unsqueeze(chosen, one)
            all = Expand(column, shape)
            zeros = Sub(all, all)
            ones = Add(zeros, one)
            rows = Gather<axis = 0>(u, chosen)
            y = ScatterElements<axis = 0>(base, zeros, rows)
            negative = Neg(rows)
            z = ScatterElements<axis = 0>(y, ones, negative)
        }"""
    )
    feeds = {
        "x": np.array([1, 0, 2, 3, 0, 4], np.float32),
        "u": np.random.default_rng(0).random((6, 4), np.float32),
    }
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    found = dnnf_mlir.compile(model).run(list(feeds.values()))
    for expected, result in zip(session.run(None, feeds), found, strict=True):
        np.testing.assert_array_equal(result, expected)
