"""``python -m tests.fuzzing --count 2000``: mutated models, each of which must end in a result or a message."""

import argparse
import os
import sys
from collections import Counter
from pathlib import Path

from tests.fuzzing.outcomes import REFUSED, model_of, run, seeds


def main() -> int:
    """Exit code 0 when no model showed a defect."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzzing", description=__doc__)
    parser.add_argument("--count", type=int, default=2000, help="models (default: %(default)s)")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="number of the first one")
    parser.add_argument("--seed", type=int, default=0, help="another seed, other models")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="worker processes")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where models that show defects are written")
    options = parser.parse_args()
    models = seeds()
    counts: Counter[str] = Counter()
    numbers = range(options.first, options.first + options.count)
    for done, outcome in enumerate(run(numbers, options.seed, models, options.jobs), 1):
        counts[outcome.kind] += 1
        if outcome.kind in ("defect", REFUSED):
            sys.stdout.write(f"model {outcome.number}: {outcome.kind}: {outcome.details}\n")
            sys.stdout.flush()
        if outcome.kind == "defect" and options.keep is not None:
            options.keep.mkdir(parents=True, exist_ok=True)
            data = model_of(outcome.number, options.seed, models)
            (options.keep / f"{outcome.number}.onnx").write_bytes(data)
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{done} of {options.count}")
    sys.stdout.write("".join(f"{kind}: {count}\n" for kind, count in counts.most_common()))
    return 1 if counts["defect"] else 0


if __name__ == "__main__":
    sys.exit(main())
