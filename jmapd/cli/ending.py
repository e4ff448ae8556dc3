"""The exit status of a program of bin/, and what it says when it cannot do what it was asked for."""

import sys

OK, PROBLEM, USAGE = 0, 1, 2


class Usage(Exception):
    """The command line or the configuration is wrong."""


def told(program: str, error: Exception, config: str = "") -> int:
    """Says on standard error what is wrong, of an OSError without a file that it is `config`; the exit status."""
    if isinstance(error, OSError):
        print(f"{program}: {error.filename or config}: {error.strerror}", file=sys.stderr)
        return PROBLEM
    print(f"{program}: {error}", file=sys.stderr)
    return USAGE
