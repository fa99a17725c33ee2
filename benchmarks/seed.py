"""The latencies that come with the package, from a database that ``dnnf-profile`` filled.

    dnnf-profile model.onnx --profile-db=FILE ...
    python -m benchmarks.seed FILE

Kept are the latencies that plans compare, of this release, without what only people read.
"""

import argparse
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path

from dnnf_mlir.errors import ProfileError
from dnnf_mlir.fusion.profile import database as profile_db
from dnnf_mlir.fusion.profile import seed
from dnnf_mlir.fusion.profile.database import ProfileDatabase, Status
from dnnf_mlir.storage.environment import compiler_version


def seed_text(database: ProfileDatabase) -> str:
    """The content of seed.json, an entry a line."""
    rows = []
    for environment, entry in database.everything():
        if entry.status is not Status.OK or entry.seconds is None or entry.variant:
            continue
        if environment.compiler == compiler_version():
            plain = replace(entry, region="", seconds=float(f"{entry.seconds:.3g}"), recorded=0.0)
            rows.append(asdict(environment) | asdict(plain) | {"status": entry.status.value})
    lines = ",\n".join(json.dumps(row) for row in sorted(rows, key=lambda row: (row["target"], row["key"])))
    return f'{{"version": {profile_db.LAYOUT}, "entries": [\n{lines}\n]}}\n'


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.seed", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("database", type=Path, help="the profile database")
    parser.add_argument("-o", "--output", type=Path, default=Path(seed.__file__).with_name(seed.FILE))
    options = parser.parse_args(arguments)
    if not options.database.is_file():
        parser.error(f"no file {options.database}")
    try:
        with ProfileDatabase(options.database) as database:
            options.output.write_text(seed_text(database))
    except (ProfileError, OSError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
