"""The equation of an Einsum, with the ellipsis written out."""

from dataclasses import dataclass

from dnnf_mlir.dialect_defs.dialect import Mismatch
from dnnf_mlir.graph.operator import Signature
from dnnf_mlir.graph.size_relations import require_equal


@dataclass(frozen=True)
class Equation:
    """``terms`` and ``result`` hold one label per dimension: a letter, or ``...0``, ``...1`` from the ellipsis' end.

    ``sizes``: label -> size; a dimension of 1 under an ellipsis broadcasts.
    """

    terms: tuple[tuple[str, ...], ...]
    result: tuple[str, ...]
    sizes: dict[str, int]

    @property
    def result_shape(self) -> tuple[int, ...]:
        """Sizes of the result's labels, in order."""
        return tuple(self.sizes[label] for label in self.result)

    @staticmethod
    def of(signature: Signature) -> "Equation":
        """The equation attribute, applied to the operands; Mismatch where they do not fit."""
        text = "".join(signature.attributes["equation"].split())
        left, arrow, right = text.partition("->")
        written = left.split(",")
        if len(written) != len(signature.inputs):
            raise Mismatch(f"equation {text!r} is for {len(written)} operands, got {len(signature.inputs)}")
        terms = tuple(_labels(term, signature.input(i).rank) for i, term in enumerate(written))
        sizes: dict[str, int] = {}
        for index, term in enumerate(terms):
            for label, size in zip(term, signature.input(index).shape, strict=True):
                before = sizes.setdefault(label, size)
                if label.startswith("...") and 1 in (before, size):
                    sizes[label] = max(before, size) if 0 not in (before, size) else 0
                elif not require_equal(before, size):
                    raise Mismatch(f"equation {text!r}: {label} is both {before} and {size}")
        ellipsis = sorted((label for label in sizes if label.startswith("...")), reverse=True)
        if arrow:
            result = _labels(right, len(right.replace("...", "")) + len(ellipsis) * ("..." in right))
        else:
            letters = left.replace("...", "").replace(",", "")
            result = (*ellipsis, *sorted(letter for letter in set(letters) if letters.count(letter) == 1))
        unknown = [label for label in result if label not in sizes]
        if unknown:
            raise Mismatch(f"equation {text!r}: {unknown[0]} stands in no operand")
        return Equation(terms, result, sizes)


def _labels(term: str, rank: int) -> tuple[str, ...]:
    before, ellipsis, after = term.partition("...")
    covered = rank - len(before) - len(after)
    if covered < 0 or (covered and not ellipsis):
        raise Mismatch(f"equation term {term!r} does not fit a tensor of {rank} dimensions")
    return (*before, *(f"...{covered - 1 - i}" for i in range(covered)), *after)
