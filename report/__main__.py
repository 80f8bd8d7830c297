"""Write a report of runs, or of a study, into one HTML file.

Example: `python -m report RUN --out report.html`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import report
import store
from report import study_report
from studies import Study
from system.command_line import Parser, end
from system.errors import UserError


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the report and return the exit code; 2 means a mistake, printed as one sentence."""
    options = _parser().parse_args(arguments)
    if not 0 < options.margin <= 100:
        return _refuse(f"The margin is {options.margin:g} points; give one above 0 and up to 100.")
    if bool(options.runs) == (options.study is not None):
        return _refuse("Name the runs to report, or a study with --study; python -m jobs list names runs.")
    if options.pictures is not None and options.study is None:
        return _refuse("Only a study's report has figures of its own; name the study with --study.")
    try:
        store.apply_waiting()  # readers do not write: what was spooled while the store was busy would be missing
        if options.pictures is not None and options.study is not None:
            files = study_report.write_pictures(Study.load(options.study), Path(options.pictures), options.lang)
            print(f"Written to {options.pictures}: {', '.join(file.name for file in files)}.")
            return 0
        if options.study is not None:
            study = Study.load(options.study)
            out = study_report.write(study, Path(options.out or f"{study.study_id}.html"), options.lang)
        else:
            out = report.write(options.runs, Path(options.out or "report.html"), options.lang, options.margin / 100)
    except UserError as error:
        return _refuse(str(error))
    print(f"The report is in {out}; a browser shows it and prints it as PDF.")
    return 0


def _refuse(sentence: str) -> int:
    print(sentence, file=sys.stderr, flush=True)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m report",
        description="Write recipe, data, metrics with intervals, confusion, hard negatives, maps and verdicts of runs"
        " into one HTML file that needs nothing else, with a list of what is missing.",
        epilog="Example: %(prog)s demo-s0-20250101-120000-ab12 --out report.html",
    )
    parser.add_argument("runs", nargs="*", metavar="RUN", help="the run's name, as in: python -m jobs list")
    parser.add_argument("--study", metavar="FILE", help="report a study instead: a YAML file, or one that ships")
    parser.add_argument("--pictures", metavar="FOLDER", help="write the figures of a study as SVG files there instead")
    parser.add_argument(
        "--out", metavar="FILE", help="the file (default report.html; of a study its id, as claims-36586326.html)"
    )
    parser.add_argument("--lang", default="en", metavar="LANG", help="en or ko (default %(default)s)")
    parser.add_argument(
        "--margin", type=float, default=1.0, metavar="POINTS",
        help="the largest difference that does not matter, in points (default %(default)s)",
    )  # fmt: skip
    return parser


if __name__ == "__main__":
    end(main)
