"""What IREE does otherwise than one would expect, by name, and which code generator does it.

Code that works around a quirk says so: it asks :meth:`Quirk.affects` for the target's code generator, or it names the
quirk in a comment. ``grep -rn "quirks.NAME" dnnf_mlir`` finds every place; a test compares the names here and there.
tests/iree/test_quirks.py shows the quirks on tiny modules, and fails where a newer IREE has mended one::

    pytest -m quirks tests/iree/test_quirks.py
"""

from dataclasses import dataclass

from dnnf_mlir.targets import Backend

_CPU = frozenset({Backend.CPU})
_GPU = frozenset({Backend.GPU})
_ALL = _CPU | _GPU

_SLOW = "it only costs time"
_NEEDS_A_GPU = "it shows on a GPU only"
_LARGE = "tiny modules compile and are right"


@dataclass(frozen=True)
class Quirk:
    """One behaviour of iree-compile or its runtime.

    ``backends`` are the code generators that have it, ``version`` is the IREE in which it was seen last. ``untested``
    is the reason where no test shows it.
    """

    sentence: str
    backends: frozenset[Backend] = _ALL
    untested: str = ""
    version: str = "3.13"

    def affects(self, backend: Backend) -> bool:
        """Whether modules for this code generator have to work around it."""
        return backend in self.backends


# Arithmetic

HALF_VECTOR_MAXIMUM = Quirk("The expansion of f16 to f32 crashes on a maximum of vectors, not on a minimum.", _CPU)
HALF_MAXIMUM = Quirk("Without f16 instructions a maximum of f16 calls fmaxf, which is not linked.", _CPU)
DOUBLE_REMAINDER = Quirk("The remainder of doubles calls fmod, which is not linked.", _CPU)
REAL_POWER = Quirk("math.powf is NaN for every negative base and for 0 to the power of 0.")
ROUND_EXPANDED = Quirk("math.roundeven becomes twenty to thirty operations instead of an instruction.", _CPU, _SLOW)
DYNAMIC_FOLD = Quirk(
    "A reduction over several dimensions, one of them dynamic, waits for each vector before the next one.", _CPU, _SLOW
)
UNSIGNED_CONVERSION = Quirk("A conversion between floats and unsigned integers becomes many operations.", _CPU, _SLOW)
DOUBLE_DEMOTION = Quirk("By default f64 becomes f32, in the signature of main, too.")
HALF_WITHOUT_F16 = Quirk("On GPUs that need not have f16 its results are wrong.", _GPU, _NEEDS_A_GPU)
SIGNED_BYTES = Quirk("Unsigned bytes that are widened into a product are taken for signed ones.", _GPU, _NEEDS_A_GPU)
NARROW_INTEGERS = Quirk("Quotients and comparisons of bytes crash; shifts are wrong.", _GPU, _NEEDS_A_GPU)
VECTORISED_I64 = Quirk("Where a GPU has no 64-bit integers, only scalar ones are replaced.", _GPU, _NEEDS_A_GPU)
BRANCHED_I64 = Quirk("The replacement of 64-bit integers knows no results of scf.if.", _GPU, _NEEDS_A_GPU)

# Values and memory

EQUAL_RESULTS = Quirk("Equal results of one linalg.generic give wrong numbers.", _CPU, _LARGE)
EQUAL_EMPTY = Quirk(
    "Equal tensor.empty operations become one, and one that a dispatch writes to a global, copied at each dispatch.",
    untested=_SLOW,
)
EQUAL_CONSTANTS = Quirk(
    "Equal constants become one tensor; a dispatch that writes to two of them writes to one memory.",
    untested="it corrupts memory",
)
EQUAL_LOADS = Quirk(
    "Two equal loads of a dispatch's tensor are one, whatever is stored between.", untested="it depends on the kernel"
)
EARLY_BUFFERS = Quirk("What is made a buffer before bufferization is copied.", _CPU, _SLOW)
LOOP_UPDATE = Quirk("A tensor that scf.for carries and changes in part is copied as a whole.", untested=_SLOW)
GIVEN_BACK = Quirk("A tensor from outside that a branch of scf.if gives back is freed too early.", untested=_LARGE)
LOOP_OF_TENSORS = Quirk("An scf.while outside of dispatches that carries tensors is not converted.", untested=_LARGE)
BIT_READ = Quirk("An i1 element of a tensor is not read outside of dispatches.", untested=_LARGE)
BIT_WRITE = Quirk("A tensor.insert into a tensor of i1 is not converted.", _CPU)
SIZE_OF_USE = Quirk("The sizes that a tensor is used with become its own; a comparison of the two is dropped.")
PART_OF_WORD_STORES = Quirk(
    "Elements of fewer than 32 bits are stored by changing whole words; neighbours get lost.", _GPU, _NEEDS_A_GPU
)
PART_OF_WORD_READS = Quirk(
    "Elements of fewer than 32 bits are read out of words; a word in which a buffer ends comes as zeros.",
    _GPU,
    _NEEDS_A_GPU,
)
EMPTY_BINDING = Quirk(
    "Empty memory cannot be bound; where other dispatches follow, only their results are wrong.", _GPU, _NEEDS_A_GPU
)
DROPPED_ASSERTIONS = Quirk("From optimization level 1 on, cf.assert is dropped by default.")
CONSTANT_EVALUATION = Quirk("The attempt to evaluate constants takes seconds where nothing is constant.", _CPU, _SLOW)

# Tiling and distribution

PAD_AFTER_ELEMENT_WISE = Quirk("An element-wise operation and a tensor.pad of it in one dispatch: wrong numbers.", _CPU)
CHAINED_ANCHORS = Quirk(
    "Two operations that are not element-wise, one reading the other, do not compile as one dispatch, or are slow."
)
LAST_DISTRIBUTED = Quirk(
    "Only the last operation of a dispatch is distributed; further results of other shapes are refused.",
    untested="it depends on the shapes",
)
RESHAPE_INSIDE = Quirk("A reshape between two operations keeps them from being tiled together.", _ALL, _SLOW)
INSERT_SLICE = Quirk(
    "An operation that writes a part of a tensor is not distributed together with its producer.", _CPU, _SLOW
)
PART_WRITES = Quirk("There is no code for writes of parts of a tensor.", _GPU, _NEEDS_A_GPU)
ROW_PRODUCT = Quirk("A linalg.matmul of a single row is not compiled well; linalg.vecmat is.", _CPU, _SLOW)
EMPTY_CONVOLUTION = Quirk("A convolution that adds nothing crashes or hangs the compiler.", untested="it hangs")
VOLUME_CONVOLUTION = Quirk(
    "A convolution over more than two axes is not tiled together with its reader.", _CPU, untested=_SLOW
)
DEPTHWISE_CHANNELS_FIRST = Quirk("The named depthwise convolution, channels first: wrong numbers.", _GPU, _NEEDS_A_GPU)
SCATTERED_READER = Quirk(
    "A reader whose operand follows other dimensions than the first ones is distributed otherwise than the operation "
    "that makes the operand: wrong numbers.",
    _GPU,
    _NEEDS_A_GPU,
)
GATHERED_READS = Quirk("Operands at computed positions are read one element at a time.", untested=_SLOW)
VECTOR_GATHERS = Quirk("A vector.gather of a tensor is not translated to LLVM's IR.", _CPU, untested=_LARGE)
VECTOR_WIDTHS = Quirk("Vectors whose width is no power of two are computed element by element.", _CPU, _SLOW)

QUIRKS: dict[str, Quirk] = {name: value for name, value in list(globals().items()) if isinstance(value, Quirk)}
"""All of them by name."""
