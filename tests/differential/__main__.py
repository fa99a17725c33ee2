"""``python -m tests.differential --count 5000``: drawn cases of every operator, compared with both oracles."""

import argparse
import os
import sys
from collections import Counter

import tests.differential.families  # noqa: F401
from tests.differential.drawing import pairs
from tests.differential.running import FAILURES, REFUSED, run


def main() -> int:
    """Exit code 0 when no case failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__)
    parser.add_argument("--count", type=int, default=5000, help="cases (default: %(default)s)")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="number of the first one")
    parser.add_argument("--seed", type=int, default=0, help="another seed, other cases")
    parser.add_argument("--operator", action="append", metavar="NAME", help="only cases of this operator")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="worker processes")
    options = parser.parse_args()
    chosen = [pair for pair in pairs() if options.operator is None or pair[0] in options.operator]
    if not chosen:
        parser.error(f"no generator for {', '.join(options.operator)}")
    counts: Counter[str] = Counter()
    refusals: Counter[str] = Counter()
    numbers = range(options.first, options.first + options.count)
    for outcome in run(numbers, options.seed, chosen, options.jobs):
        counts[outcome.kind] += 1
        if outcome.kind in FAILURES:
            sys.stdout.write(f"case {outcome.number}: {outcome.kind}: {outcome.case}: {outcome.details}\n")
            sys.stdout.flush()
        elif outcome.kind == REFUSED:
            refusals[f"{outcome.case.partition('-')[0]}: {outcome.details}"] += 1
    sys.stdout.write("".join(f"{count} refused: {reason}\n" for reason, count in refusals.most_common()))
    sys.stdout.write(f"{len(chosen)} operators in their versions\n")
    sys.stdout.write("".join(f"{kind}: {count}\n" for kind, count in counts.most_common()))
    return 1 if any(counts[kind] for kind in FAILURES) else 0


if __name__ == "__main__":
    sys.exit(main())
