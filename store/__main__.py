"""Look after results.duckdb: `python -m store check`, `python -m store backup FILE`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import store
from store import maintenance
from system.command_line import Parser, end


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    1: the check found problems; 2: the command or an argument is wrong, or the file is not a store.
    """
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


def _backup(options: argparse.Namespace) -> int:
    size = maintenance.backup(options.file)
    print(f"{options.file}: {_megabytes(size)}.")
    return 0


def _compact(options: argparse.Namespace) -> int:
    before, after = maintenance.compact()
    print(f"{store.results_path()}: {_megabytes(before)} before, {_megabytes(after)} now.")
    return 0


def _export(options: argparse.Namespace) -> int:
    rows = maintenance.export(options.folder)
    print("\n".join(f"{options.folder / table}.parquet: {n} rows" for table, n in rows.items()))
    return 0


def _sql(options: argparse.Namespace) -> int:
    answer = maintenance.ask(options.question)
    print(answer.to_string(index=False) if len(answer) else f"No rows; columns: {', '.join(answer.columns)}.")
    return 0


def _disk(options: argparse.Namespace) -> int:
    frame = store.disk_use()
    for row in frame.itertuples():
        status = row.status if isinstance(row.status, str) else "a folder without a run"
        print(f"{_megabytes(row.bytes):>12}  {row.run_id}  ({status})")
    print(f"{_megabytes(int(frame['bytes'].sum())):>12}  in all")
    return 0


def _keep_best(options: argparse.Namespace) -> int:
    freed = _megabytes(store.keep_best(options.run_id))
    print(f"{freed} are given back; the checkpoints of the best and the last stage are kept.")
    return 0


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


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

    backup = commands.add_parser(
        "backup",
        help="copy the store into a new file, while trainings go on",
        description="Copy the store as it is at one moment into a new file. Writers wait meanwhile; the copy appears"
        " whole or not at all.",
        epilog="Example: %(prog)s /backups/monday.duckdb. To restore: move the broken store away, and the .wal beside"
        " it where there is one; put the copy there.",
    )
    backup.add_argument("file", type=Path, metavar="FILE", help="the copy; must not be there yet")
    backup.set_defaults(run=_backup)

    compact = commands.add_parser(
        "compact",
        help="give the room of deleted rows back to the disk",
        description="Write the store anew without the room that deleted rows left, and put it in place at once.",
        epilog="Example: %(prog)s.",
    )
    compact.set_defaults(run=_compact)

    export = commands.add_parser(
        "export",
        help="write each table as Parquet",
        description="Write each table as Parquet into a new folder, all as they are at one moment.",
        epilog="Example: %(prog)s /tmp/results.",
    )
    export.add_argument("folder", type=Path, metavar="DIR", help="the folder; must not be there yet")
    export.set_defaults(run=_export)

    disk = commands.add_parser(
        "disk",
        help="show what each run takes of the disk",
        description="Show what each run's folder takes of the disk, largest first.",
        epilog="Example: %(prog)s.",
    )
    disk.set_defaults(run=_disk)

    keep = commands.add_parser(
        "prune",
        help="keep only the checkpoints of a finished run's best and last stage",
        description="Remove the checkpoints of a finished run but those of its best stage by validation macro F1 and of"
        " its last one. Rows and maps are kept.",
        epilog="Example: %(prog)s demo-s0-20260101-120000-ab12. What is removed cannot be resumed or explained.",
    )
    keep.add_argument("run_id", metavar="RUN", help="the run's id")
    keep.set_defaults(run=_keep_best)

    sql = commands.add_parser(
        "sql",
        help="answer a question in SQL; nothing can be changed",
        description="Answer one question in SQL about the store. Nothing can be changed, and no other file be read.",
        epilog='Example: %(prog)s "SELECT run_id, status FROM runs".',
    )
    sql.add_argument("question", metavar="SELECT", help="one statement that reads")
    sql.set_defaults(run=_sql)
    return parser


if __name__ == "__main__":
    end(main)
