"""Loads compiled modules into IREE's runtime and runs them on numpy arrays."""

import functools
import json
import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import iree.runtime as iree_runtime
import ml_dtypes
import numpy as np
import numpy.typing as npt
from iree.runtime import flags as iree_flags
from iree.runtime.array_interop import map_dtype_to_hal_element_type

from dnnf_mlir.errors import InputValuesError, RunError, UsageError
from dnnf_mlir.iree.archives import open_archive

Device = Literal["local", "vulkan"]
Array = npt.NDArray[np.generic]
Inputs = Sequence[npt.ArrayLike] | Mapping[str, npt.ArrayLike]
"""Of a call: in the function's order, or by name."""

_DTYPES: dict[str, np.dtype[np.generic]] = {
    "i1": np.dtype(np.bool_),
    "f16": np.dtype(np.float16),
    "bf16": np.dtype(ml_dtypes.bfloat16),
    "f32": np.dtype(np.float32),
    "f64": np.dtype(np.float64),
    **{f"{sign}{bits}": np.dtype(f"int{bits}") for sign in ("i", "si") for bits in (8, 16, 32, 64)},
    **{f"ui{bits}": np.dtype(f"uint{bits}") for bits in (8, 16, 32, 64)},
}
DIMENSIONS = {"inputs": "dnnf.inputs", "outputs": "dnnf.outputs"}
"""Where the module's reflection holds the names of dynamic dimensions: a JSON list for each tensor, "" for numbers."""

_ARGUMENT = re.compile(r"%(?P<name>.+?): tensor<(?P<type>[^<>]*)>", re.DOTALL)


@dataclass(frozen=True)
class TensorSignature:
    """Name, shape (None for a dimension fixed at run time) and dtype of an input or output.

    ``dimensions`` are the names of the dynamic dimensions, "" for the others; none where the module does not tell them.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: np.dtype[np.generic]
    dimensions: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.dtype}[{', '.join('?' if size is None else str(size) for size in self.shape)}]"

    def array(self, value: npt.ArrayLike) -> Array:
        """A value as an array in this machine's byte order; numbers and lists get the dtype of the signature.

        Numbers may be text in lists, as ONNX Runtime reads them. Raises ValueError for integers that the dtype does
        not hold, and what the value's own conversion raises.
        """
        if hasattr(value, "__dlpack__") and not hasattr(value, "__array__"):
            value = np.from_dlpack(cast("Any", value))
        array = np.asarray(value)
        if not hasattr(value, "dtype") and not hasattr(value, "__array__"):
            array = self._converted(array)
        return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))

    def _converted(self, array: Array) -> Array:
        """The numbers of a list in the signature's dtype; left where that would change them."""
        integer, kind = self.dtype.kind in "iu", self.dtype.kind
        if array.dtype.kind == "U" and kind != "b":
            array = np.array([int(text) if integer else float(text) for text in array.flat]).reshape(array.shape)
        if integer and array.size and array.dtype.kind in "iuO":
            limits = np.iinfo(cast("np.dtype[np.integer]", self.dtype))
            for number in (array.min(), array.max()):
                if not limits.min <= number <= limits.max:
                    raise ValueError(f"{number} is no {self.dtype}")
        exact = not array.size or array.dtype.kind in {"b": "b", "i": "iu", "u": "iu", "f": "iuf"}.get(kind, "iuf")
        return array.astype(self.dtype) if exact else array

    def mismatch(self, array: Array) -> str | None:
        """Why ``array`` does not fit, or None if it does."""
        fits = len(array.shape) == len(self.shape) and all(
            expected in (None, size) for expected, size in zip(self.shape, array.shape, strict=True)
        )
        if fits and array.dtype == self.dtype:
            return None
        given = TensorSignature(self.name, array.shape, array.dtype)
        hint = f"; convert it with astype({str(self.dtype)!r})" if fits else ""
        return f"input {self.name!r} is {given}, expected {self}{hint}"


class Invocation:
    """A call with its inputs already on the device; calling it again computes again, without copies."""

    def __init__(
        self,
        context: iree_runtime.VmContext,
        device: iree_runtime.HalDevice,
        function: iree_runtime.VmFunction,
        arguments: iree_runtime.VmVariantList,
        outputs: tuple[TensorSignature, ...] | None,
        lock: threading.Lock,
    ) -> None:
        self._context = context
        self._device = device
        self._function = function
        self._lock = lock
        self._arguments = arguments
        self._outputs = outputs
        self._results = iree_runtime.VmVariantList(0)

    def __call__(self) -> None:
        """Runs the function to its end; the results stay on the device."""
        results = iree_runtime.VmVariantList(len(self._outputs or ()))
        try:
            with self._lock:  # a context runs one call at a time
                self._context.invoke(self._function, self._arguments, results)
        except _STATUS_ERRORS as error:
            raise _failure(str(error)) from error
        self._results = results

    def transient_bytes(self) -> int:
        """Bytes of device memory that one call allocates: intermediate results and outputs. Runs the function."""
        self._results = iree_runtime.VmVariantList(0)
        self._device.allocator.trim()
        before = self._device.allocator.statistics["device_bytes_allocated"]
        self()
        return int(self._device.allocator.statistics["device_bytes_allocated"] - before)

    def results(self) -> list[Array]:
        """Copies of the last call's results."""
        arrays = []
        for index in range(len(self._results)):
            view = self._results.get_as_object(index, iree_runtime.HalBufferView)
            # Booleans travel as bytes: only the signature tells them from integers.
            dtype = self._outputs[index].dtype if self._outputs else None
            on_device = iree_runtime.DeviceArray(self._device, view, override_dtype=dtype)
            arrays.append(on_device.to_host().copy())
        return arrays


_STATUS_ERRORS = (RuntimeError, ValueError, LookupError, OSError, MemoryError)
"""What IREE's bindings raise: a class for each status code."""


class RunnableModule:
    """A module loaded on a device; several threads may run it.

    ``inputs`` and ``outputs`` describe its main function, in order; they are None for a module that was compiled from
    IREE's torch or ONNX dialects, which leaves no description.
    """

    def __init__(
        self, context: iree_runtime.VmContext, device: iree_runtime.HalDevice, function: iree_runtime.VmFunction
    ) -> None:
        self._context = context
        self._device = device
        self._function = function
        self._lock = threading.Lock()
        self.inputs: tuple[TensorSignature, ...] | None = None
        self.outputs: tuple[TensorSignature, ...] | None = None
        declaration = function.reflection.get("iree.abi.declaration")
        if declaration is not None:
            arguments, _, results = declaration.partition(") -> (")
            self.inputs = _signatures(arguments, function.reflection.get(DIMENSIONS["inputs"]))
            self.outputs = _signatures(results, function.reflection.get(DIMENSIONS["outputs"]))

    def run(self, inputs: Inputs) -> list[Array]:
        """The outputs for inputs by name or in order.

        Numbers and lists become arrays of the input's dtype. Raises RunError if names, number, shapes or dtypes are not
        main's, InputValuesError if the model does not take the sizes or values.
        """
        invocation = self.prepare(inputs)
        invocation()
        return invocation.results()

    def prepare(self, inputs: Inputs) -> Invocation:
        """Copies ``inputs`` to the device, for calls that are repeated or timed; raises RunError as :meth:`run`."""
        arrays = _in_order(self.inputs, inputs)
        arguments = iree_runtime.VmVariantList(len(arrays))
        for array in arrays:
            view = self._device.allocator.allocate_buffer_copy(
                memory_type=iree_runtime.MemoryType.DEVICE_LOCAL,
                allowed_usage=iree_runtime.BufferUsage.DEFAULT,
                device=self._device,
                buffer=np.ascontiguousarray(array).reshape(array.shape),
                element_type=map_dtype_to_hal_element_type(array.dtype),
            )
            arguments.push_ref(view.ref)
        return Invocation(self._context, self._device, self._function, arguments, self.outputs, self._lock)


def _failure(text: str) -> RunError:
    """IREE's error, or the module's own words where one of its assertions failed."""
    _, found, words = text.partition("FAILED_PRECONDITION; ")
    if found:
        return InputValuesError(f"the module refuses its inputs: {words.strip().rstrip(';')}")
    return RunError(f"the module failed while running: {text}")


def _in_order(expected: Sequence[TensorSignature] | None, given: Inputs) -> list[Array]:
    """The inputs as arrays in the function's order; RunError where they do not fit it."""
    if isinstance(given, str | bytes | np.ndarray) or not isinstance(given, Iterable):
        raise RunError(f"inputs are arrays by name, or a list of them in order, not {type(given).__name__}")
    if expected is None:
        if isinstance(given, Mapping):
            raise RunError("the module does not tell the names of its inputs: give them in order")
        return [np.asarray(value) for value in given]
    names = ", ".join(f"{signature.name!r}: {signature}" for signature in expected)
    if isinstance(given, Mapping):
        known = [signature.name for signature in expected]
        missing = [repr(name) for name in known if name not in given]
        unknown = [repr(name) for name in given if name not in known]
        if missing or unknown:
            words = {"missing": missing, "unknown": unknown}
            listed = "; ".join(f"{word}: {', '.join(found)}" for word, found in words.items() if found)
            raise RunError(f"inputs {listed}; expected ({names})")
        values = [given[name] for name in known]
    else:
        values = list(given)
    if len(values) != len(expected):
        raise RunError(f"{len(values)} inputs given, {len(expected)} expected ({names})")
    arrays = [_array(signature, value) for signature, value in zip(expected, values, strict=True)]
    mismatches = [signature.mismatch(array) for signature, array in zip(expected, arrays, strict=True)]
    if any(mismatches):
        raise RunError("; ".join(filter(None, mismatches)))
    return arrays


def _array(signature: TensorSignature, value: npt.ArrayLike) -> Array:
    try:
        return signature.array(value)
    except Exception as error:  # of the value's own conversion: a tensor on another device, or one with a gradient
        raise RunError(
            f"input {signature.name!r}, a {type(value).__name__}, is no array of numbers: {error}; expected {signature}"
        ) from error


_threads_in_use: int | None = None


def load_module(
    vmfb: Path | bytes,
    device: Device = "local",
    *,
    threads: int = 1,
    function: str = "main",
    parameters: Path | None = None,
) -> RunnableModule:
    """Loads a module on ``device``: the CPU of this process (with ``threads`` threads) or the first Vulkan GPU.

    ``function`` is the one that the result runs, ``parameters`` the archive of a module whose weights are in one, which
    is mapped into memory. Raises RunError if the module was compiled for another device or ISA,
    or the device is missing. IREE's thread pool is one per process: a second number of threads other than 1 is refused.
    """
    try:
        hal_device = _hal_device(_device_uri(device, threads))
        instance = iree_runtime.VmInstance()
        if isinstance(vmfb, Path):
            module = iree_runtime.VmModule.mmap(instance, str(vmfb))
        else:
            module = iree_runtime.VmModule.copy_buffer(instance, vmfb)
        modules = [iree_runtime.create_hal_module(instance, hal_device)]
        if parameters is not None:
            modules.append(open_archive(parameters, instance))
        context = iree_runtime.VmContext(instance, [*modules, module])
    except (RuntimeError, ValueError, OSError) as error:
        where = vmfb if isinstance(vmfb, Path) else "the module"
        if parameters is None and "io_parameters" in str(error):
            raise RunError(f"{where} has its weights in a file of their own: give parameters=FILE.irpa") from error
        raise RunError(f"{where} cannot be loaded on device {device!r}: {error}") from error
    found = module.lookup_function(function)
    if found is None:
        raise RunError(f"the module exports no function '{function}'")
    return RunnableModule(context, hal_device, found)


@functools.cache
def _hal_device(uri: str) -> iree_runtime.HalDevice:
    """A device that keeps freed memory for the next call: new pages cost more than the kernels that fill them."""
    if uri == "vulkan":
        return iree_runtime.get_device(uri)
    return iree_runtime.get_driver(uri).create_default_device(allocators=["caching"])


def _device_uri(device: Device, threads: int) -> str:
    global _threads_in_use
    if not isinstance(threads, int) or threads < 1:
        raise UsageError(f"the number of threads is {threads!r}; it must be 1 or more")
    if device == "vulkan":
        return "vulkan"
    if threads == 1:
        return "local-sync"
    if _threads_in_use not in (None, threads):
        raise RunError(f"this process runs modules with {_threads_in_use} threads; use a new process for {threads}")
    # The driver reads the flag once, when it starts its workers.
    iree_flags.parse_flags(f"--task_topology_group_count={threads}")
    _threads_in_use = threads
    return "local-task"


def _signatures(declarations: str, dimensions: str | None) -> tuple[TensorSignature, ...]:
    """Reads ``%name: tensor<1x?x3xf32>, ...`` as IREE prints it in a function's reflection."""
    signatures = []
    named = json.loads(dimensions) if dimensions else []
    for i, match in enumerate(_ARGUMENT.finditer(declarations)):
        *sizes, element = match["type"].split("x")
        shape = tuple(None if size == "?" else int(size) for size in sizes)
        names = tuple(named[i]) if i < len(named) else ()
        signatures.append(TensorSignature(match["name"], shape, _DTYPES[element], names))
    return tuple(signatures)
