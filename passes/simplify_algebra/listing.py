"""The list of rules; ``python -m dnnf_mlir.passes.simplify_algebra.listing`` writes docs/rewrite_rules.md."""

import argparse
import json
import sys

from dnnf_mlir.rewriting import Rule
from dnnf_mlir.rewriting.terms import Apply, EachPart, Term, subterms

from .families import MODULES, all_rules

_HEADER = """# Rewrite rules

`python -m dnnf_mlir.passes.simplify_algebra.listing` prints this page from the rules in `passes/simplify_algebra/`.
`dnnf-opt --list-rules` prints the same list.

A rule is applied from left to right if it lowers the cost of the graph: FLOPs first, then tensor elements loaded and
stored, then operators (paper, section 4). The engine finds commuted and re-associated forms, differences and quotients;
they are not listed. The last column counts the operators of both sides. A constant expression on the right is folded.

The column *floats* compares the numbers of both sides:

- `exact`: they are the same, infinities and NaN included.
- `rounding`: they agree up to rounding, wherever the left side gives a number and no intermediate result of either side
  overflows or underflows. Sums and products may be regrouped.

Constants of a right side are computed in double precision. A rule is not applied if one would overflow or vanish.
Integers and booleans are always the same; integers wrap around alike on both sides.
"""


def rules_as_json() -> str:
    """``[{"name", "property", "equation", "condition", "floats"}, ...]``."""
    return json.dumps(
        [
            {
                "name": rule.name,
                "property": rule.family,
                "equation": rule.equation,
                "condition": rule.condition_text,
                "floats": rule.guarantee,
            }
            for rule in all_rules()
        ],
        indent=2,
    )


def rules_as_text() -> str:
    """One line for each rule."""
    return "".join(
        f"{rule.name} [{rule.family}]: {rule.equation}"
        + (f"  if {rule.condition_text}" if rule.conditions else "")
        + "\n"
        for rule in all_rules()
    )


def rules_as_markdown() -> str:
    """A table for each family, under the first line of its file."""
    sections = [_HEADER, f"\n{len(all_rules())} rules.\n"]
    for module in MODULES:
        family, introduction = module.rule, (module.__doc__ or "").partition("\n")[0]
        sections.append(f"\n## {family.name.capitalize()}\n\n{introduction}\n\n")
        sections.append("| rule | equation | condition | floats | operators |\n|---|---|---|---|---|\n")
        sections.extend(_row(rule) for rule in family.rules)
    return "".join(sections)


def _row(rule: Rule) -> str:
    floats = rule.guarantee if "f" in rule.dtypes else ""
    cells = (rule.name, rule.equation, rule.condition_text, floats, f"{_size(rule.left)} -> {_size(rule.right)}")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _size(term: Term | EachPart) -> int:
    inner = term.term if isinstance(term, EachPart) else term
    return len({id(part) for part in subterms(inner) if isinstance(part, Apply)})


if __name__ == "__main__":
    argparse.ArgumentParser(description="Print docs/rewrite_rules.md.").parse_args()
    sys.stdout.write(rules_as_markdown())
