"""What is said beside results: warnings, one line each on stderr."""

import sys


def warn(message: str) -> None:
    """Prints a warning; it ends nothing and changes no exit code."""
    sys.stderr.write(f"warning: {message}\n")
