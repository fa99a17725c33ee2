"""What iree-compile made of a module: its own statistics of the scheduled program, read from their CSV form.

The CSV names the function of every command; the JSON form adds the initializers' commands to main's.
"""

import csv
from dataclasses import dataclass


@dataclass(frozen=True)
class ModuleStatistics:
    """Counts and sizes of a compiled module.

    ``dispatches``, ``fills`` and ``copies`` are the commands of the functions that a caller can invoke;
    ``initializer_dispatches`` run once, when the module is loaded. ``dispatch_names`` are the entry points of the
    former in the order of execution. ``transient_bytes`` (intermediate results and outputs; the initializers'
    included) and ``constant_bytes`` (weights) are IREE's totals over the program.
    """

    dispatches: int
    fills: int
    copies: int
    initializer_dispatches: int
    executables: int
    constant_bytes: int
    transient_bytes: int
    dispatch_names: tuple[str, ...]


def parse_statistics(text: str) -> ModuleStatistics:
    """Reads the output of ``--iree-scheduling-dump-statistics-format=csv``.

    Raises ValueError if the text has no aggregate table.
    """
    totals: dict[str, str] = {}
    commands: list[tuple[bool, str, str]] = []  # whether in an initializer, command, symbol
    in_initializer = False
    header: list[str] = []
    lines = [line for line in text.splitlines() if line.strip(" ;")]
    for line in lines:
        if line.startswith(";"):
            in_initializer = "util.initializer" in line
            header = []
            continue
        row = next(csv.reader([line]))
        if not header:
            header = row
        elif "Command" in header:
            cells = dict(zip(header, row, strict=False))
            commands.append((in_initializer, cells["Command"], cells["Symbol"]))
        elif not totals:
            totals = dict(zip(header, row, strict=True))
    if "Transient Size" not in totals:
        raise ValueError("iree-compile wrote no aggregate statistics")

    in_main = [(command, symbol) for initial, command, symbol in commands if not initial]
    names = tuple(symbol.rpartition("@")[2] for command, symbol in in_main if command == "dispatch")
    return ModuleStatistics(
        dispatches=len(names),
        fills=sum(command == "fill" for command, _ in in_main),
        copies=sum(command == "copy" for command, _ in in_main),
        initializer_dispatches=sum(initial and command == "dispatch" for initial, command, _ in commands),
        executables=int(totals["Executables"]),
        constant_bytes=int(totals["Constant Size"]),
        transient_bytes=int(totals["Transient Size"]),
        dispatch_names=names,
    )
