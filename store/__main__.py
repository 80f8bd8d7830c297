"""Look after results.duckdb: `python -m store check`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import store
from console import Parser, end


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code (1: the check found problems; 2: a mistake, or the store is no store)."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except store.StoreError as error:
        print(f"python -m store: {error}", file=sys.stderr)
        return 2


def _check(options: argparse.Namespace) -> int:
    problems = store.check()
    rows = store.counts()
    for problem in problems:
        print(problem)
    print(", ".join(f"{table} {n}" for table, n in sorted(rows.items())))
    print("The store is sound." if not problems else f"{len(problems)} kinds of problem found.")
    return 1 if problems else 0


def _parser() -> Parser:
    parser = Parser(
        prog="python -m store",
        description="Look after results.duckdb, the file that ODAP_RESULTS names, else the one beside the program.",
        epilog="Example: %(prog)s check. Exit: 0 sound, 1 problems found, 2 a mistake or the store cannot be read.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    check = commands.add_parser(
        "check",
        help="verify that every stage is complete and nothing is orphaned",
        description="Write what waits in the spools of ODAP_RUNS into the store, then verify that every stage is"
        " complete, counts agree and nothing is orphaned. Prints each kind of problem with its first case, and the"
        " rows of each table.",
        epilog="Example: %(prog)s. Exit: 0 sound, 1 problems found, 2 the store cannot be read.",
    )
    check.set_defaults(run=_check)
    return parser


if __name__ == "__main__":
    end(main)
