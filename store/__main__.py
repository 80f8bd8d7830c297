"""python -m store check"""

from __future__ import annotations

import argparse
import sys

import store


def main(argv: list[str] | None = None) -> int:
    """Exit code: 0 sound, 1 problems found, 2 the store cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m store", description="Look after results.duckdb (ODAP_RESULTS).")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("check", help="verify that every stage is complete and nothing is orphaned; exit 1 if not")
    parser.parse_args(argv)
    try:
        problems = store.check()
        rows = store.counts()
    except store.StoreError as error:
        print(error, file=sys.stderr)
        return 2
    for problem in problems:
        print(problem)
    print(", ".join(f"{table} {n}" for table, n in sorted(rows.items())))
    print("The store is sound." if not problems else f"{len(problems)} kinds of problem found.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
