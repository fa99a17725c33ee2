"""Sizes of dynamic dimensions at which a graph is looked at: those that meet its requirements."""

import contextlib
import itertools
from collections.abc import Iterable, Iterator, Mapping

from .size import REPRESENTATIVE, Size, at, has_data_dependent, representative, representatives, symbols_of

_CANDIDATES = sorted((*range(1, 513), *(96 << step for step in range(3, 20))), key=lambda n: abs(n - REPRESENTATIVE))
"""Sizes that are tried: small ones, as of images whose height is given, and long ones, as of sounds."""


@contextlib.contextmanager
def meeting(*required: Iterable[int]) -> Iterator[None]:
    """Takes the dynamic dimensions to be of sizes at which none of these sizes is negative.

    Each set of sizes is that of a function or of a loop's body, whose dimensions have names of their own.
    """
    with representatives({name: size for each in required for name, size in fitting(each).items()}):
        yield


def fitting(required: Iterable[int]) -> Mapping[str, int]:
    """Representative sizes at which none of the sizes is negative; nothing if that is so, or never.

    One dimension is changed if that is enough. It becomes up to four times as large as it must be: a sound of 256
    samples has one window of 256, which is typical of none.
    """
    wanted = [size for size in required if not has_data_dependent(size)]
    violated = [size for size in wanted if representative(size) < 0]
    names = sorted({name for size in violated for name in symbols_of(size)})
    present = {name: representative(Size.free(name)) for size in wanted for name in symbols_of(size)}

    def fits(chosen: Mapping[str, int]) -> bool:
        return all(at(size, {**present, **chosen}) >= 0 for size in wanted)

    for changed in itertools.chain(([name] for name in names), [names]):
        for candidate in _CANDIDATES if names else ():
            if fits(dict.fromkeys(changed, candidate)):
                multiples = (dict.fromkeys(changed, candidate * factor) for factor in (4, 2, 1))
                return next(filter(fits, multiples))
    chosen = _one_by_one(names, wanted)
    return chosen if fits(chosen) else {}


def _one_by_one(names: Iterable[str], wanted: Iterable[int]) -> Mapping[str, int]:
    """Dimensions that need sizes of their own, as rows = 9 and columns = 3: each beside those before it."""
    chosen: dict[str, int] = {}
    for name in names:
        told = [size for size in wanted if name in symbols_of(size) and set(symbols_of(size)) <= {*chosen, name}]
        for candidate in _CANDIDATES:
            if all(at(size, {**chosen, name: candidate}) >= 0 for size in told):
                chosen[name] = candidate
                break
    return chosen
