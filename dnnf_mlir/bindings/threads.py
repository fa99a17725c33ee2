"""One thread at a time in MLIR: its Python bindings crash where two threads create contexts at once (IREE 3.13)."""

import functools
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

_LOCK = threading.RLock()


def one_at_a_time(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Lets a call wait until no other thread is in a function that is decorated so."""

    @functools.wraps(function)
    def waiting(*arguments: Parameters.args, **options: Parameters.kwargs) -> Result:
        with _LOCK:
            return function(*arguments, **options)

    return waiting
