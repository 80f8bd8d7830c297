"""Make, import, list and check datasets.

Example: `python -m catalog import folder ~/images --name thyroid`.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import Any

from catalog import confined, limits, phantom_command
from catalog.bayes import bayes_error
from catalog.builder import save_dataset
from catalog.checks import Finding, check_dataset, store_findings
from catalog.dataset import Dataset, list_datasets, open_dataset
from catalog.errors import CatalogError
from catalog.importers import IMPORTERS, Preview
from catalog.manifest import SPLITS
from catalog.paths import checked_name
from catalog.private import without_names
from catalog.progress import is_followed
from catalog.splits import Shares
from catalog.staging import sweep_unfinished
from catalog.uploads import used_up
from system.command_line import Parser, end

_SHOWN = 10  # most findings of one kind, and most unusable images, that are printed


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code.

    0: done; 1: the check found errors; 2: a mistake, reported in one sentence; 130: stopped by Ctrl-C.
    """
    options = _parser().parse_args(arguments)
    options.confined = arguments is None  # this is the main program, so it may fork
    try:
        with limits.changed(getattr(options, "limit", [])):
            try:
                return int(options.run(options))
            except MemoryError:
                confined.loosen()
                raise confined.too_much_memory("memory") from None
    except CatalogError as error:
        sentence = _printable(error.args[0]) if options.command == "import" else error
        print(f"python -m catalog: {sentence}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped; nothing half-done is left.", file=sys.stderr)
        return 130


def _phantom(options: argparse.Namespace) -> int:
    _say_made(phantom_command.make(options))
    return 0


def _import_and_tidy(options: argparse.Namespace) -> int:
    """Import, then remove the browser uploads it read, whether it succeeded or failed."""
    with used_up(value for value in vars(options).values() if isinstance(value, Path)):
        return _import(options)


def _import(options: argparse.Namespace) -> int:
    checked_name(options.name)
    shares = Shares(options.val, options.test)
    try:
        code = confined.fork(f"{options.src.name} as {options.kind}") if options.confined else None
    except CatalogError:
        sweep_unfinished()
        raise
    return _imported(options, shares) if code is None else code


def _imported(options: argparse.Namespace, shares: Shares) -> int:
    draft = IMPORTERS[options.kind].read(options)
    if options.dry_run:
        _say_preview(draft.preview(), draft.source, shares)
        return 0
    unusable: list[str] = []
    dataset = save_dataset(
        options.name,
        draft.samples,
        classes=draft.classes,
        source=draft.source,
        shares=shares,
        seed=options.seed,
        on_bad=None if options.strict else unusable.append,
        privacy=draft.privacy(options.name),
        came=draft.origin,
    )
    for note in draft.preview(0).notes:
        print(_printable(note), file=sys.stderr)
    if unusable:
        images = "image was" if len(unusable) == 1 else "images were"
        print(f"{len(unusable):,} {images} left out:", *map(_printable, unusable[:_SHOWN]), sep="\n  ", file=sys.stderr)
        if len(unusable) > _SHOWN:
            print(f"  and {len(unusable) - _SHOWN:,} more", file=sys.stderr)
    _say_made(dataset)
    return 0


def _printable(text: str) -> str:
    """Return a sentence as it may be printed: without file names when a job log records it."""
    return without_names(text) if is_followed() else text


def _list(options: argparse.Namespace) -> int:
    datasets = list_datasets()
    if options.json:
        rows = [dataclasses.asdict(dataset) | {"folder": str(dataset.folder)} for dataset in datasets]
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return 0
    if not datasets:
        print("No dataset yet; make one with: python -m catalog phantom --name demo")
    width = max((len(dataset.dataset_id) for dataset in datasets), default=0)
    for dataset in datasets:
        line = f"{dataset.dataset_id:<{width}}  {dataset.n_samples:>7,} images  {dataset.created_at[:16]}"
        print(f"{line}  {', '.join(dataset.classes)}")
    return 0


def _check(options: argparse.Namespace) -> int:
    dataset = open_dataset(options.dataset)
    findings = check_dataset(dataset)
    store_findings(dataset, findings)
    n_errors = sum(finding.level == "error" for finding in findings)
    if options.json:
        summary = {"dataset": dataset.dataset_id, "content_hash": dataset.content_hash, "errors": n_errors}
        rows = [dataclasses.asdict(finding) for finding in findings]
        print(json.dumps(summary | {"findings": rows}, ensure_ascii=False, indent=1))
    else:
        _print_findings(findings)
        n_warnings = sum(finding.level == "warning" for finding in findings)
        print(f"{dataset.dataset_id}: {_count(n_errors, 'error')}, {_count(n_warnings, 'warning')}.")
    return 1 if n_errors and not options.exit_zero else 0


def _print_findings(findings: Sequence[Finding]) -> None:
    for (level, code), group in groupby(findings, key=lambda finding: (finding.level, finding.code)):
        same = list(group)
        for finding in same[:_SHOWN]:
            print(f"{level:<8}{code}: {finding.message}")
        if len(same) > _SHOWN:
            print(f"{level:<8}{code}: and {len(same) - _SHOWN:,} more; --json shows all.")


def _say_made(dataset: Dataset) -> None:
    splits = dataset.samples["split"].value_counts()
    shares = ", ".join(f"{split} {splits.get(split, 0):,}" for split in SPLITS)
    labels = dataset.samples["labels"].explode()  # an image of several classes counts in each, as in the preview
    classes = labels.value_counts().reindex(list(dataset.classes), fill_value=0)
    counts = ", ".join(f"{label} {count:,}" for label, count in classes.items())
    print(f"{dataset.dataset_id}: {dataset.n_samples:,} images ({shares}); {counts}.")
    least = bayes_error(dataset.samples)
    if least is not None:
        print(_difficulties(dataset) + f"Bayes error {least:.2%}: no classifier can be expected to do better.")


def _difficulties(dataset: Dataset) -> str:
    numbers = dataset.samples["difficulty"].value_counts()
    return ", ".join(f"{name} {numbers.get(name, 0):,}" for name in ("clear", "hard", "toss")) + ". "


def _say_preview(preview: Preview, source: str, shares: Shares) -> None:
    print(f"Nothing was written. {source} would make {_count(preview.n_samples, 'image')}:")
    for label, count in preview.by_class.items():
        print(f"  {label}: {count:,}")
    if preview.n_several:
        print(f"  of several classes: {preview.n_several:,}")
    patients = "unknown" if preview.n_patients is None else f"{preview.n_patients:,}"
    if preview.n_groups is not None:
        patients += f" ({preview.n_groups:,} groups by {preview.grouped_by})"
    splits = ", ".join(_split_count(split, count, shares) for split, count in preview.by_split.items())
    print(f"Patients: {patients}. Splits: {splits or 'to be drawn'}.")
    opened, unusable = len(preview.pictures), len(preview.problems)
    print(f"Opened {_count(opened, 'image')}: {f'{unusable:,} cannot be used' if unusable else 'all can be used'}.")
    for sentence in (*preview.notes, *preview.problems):
        print(sentence)


def _split_count(split: str, count: int, shares: Shares) -> str:
    is_drawn = not count and getattr(shares, split, 0) > 0
    return f"{split} to be drawn from train" if is_drawn else f"{split} {count:,}"


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m catalog",
        description="Make, import, list and check datasets, in the folder that ODAP_DATA names, else in data/.",
        epilog="A dataset never changes: the same name again makes its next version (demo@2). "
        "Exit: 0 done, 1 the check found errors, 2 a mistake.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_phantom(commands)
    _add_import(commands)

    listing = commands.add_parser("list", help="list the latest version of every dataset", epilog="Example: %(prog)s")
    listing.add_argument("--json", action="store_true", help="for machines")
    listing.set_defaults(run=_list)

    check = commands.add_parser(
        "check",
        help="read every image and say what is wrong with a dataset",
        epilog="Example: %(prog)s demo. Exit: 0 when there are warnings at most, 1 when there are errors.",
    )
    check.add_argument("dataset", metavar="NAME", help="name (its latest version) or id, such as demo@1")
    check.add_argument("--json", action="store_true", help="for machines; all findings with their sample_ids")
    check.add_argument("--exit-zero", action="store_true", help="exit 0 even when there are errors")
    check.set_defaults(run=_check)
    return parser


def _add_phantom(commands: argparse._SubParsersAction[Parser]) -> None:
    phantom = commands.add_parser(
        "phantom",
        help="make a dataset of simulated ultrasound images",
        description="Make a dataset of simulated ultrasound images. Options that are not given are the preset's.",
        epilog="Example: %(prog)s --name claims --preset claims --images 600 --seed 1",
    )
    phantom_command.add_options(phantom)
    phantom.set_defaults(run=_phantom)


def _add_import(commands: argparse._SubParsersAction[Parser]) -> None:
    importing = commands.add_parser(
        "import",
        help="bring one's own labelled images",
        epilog="Example: %(prog)s folder ~/images --name thyroid --patient-regex '^(P[0-9]+)_'",
    )
    kinds = importing.add_subparsers(dest="kind", required=True, metavar="KIND")
    for name, kind in IMPORTERS.items():
        one = kinds.add_parser(
            name,
            help=kind.help,
            description=f"Import {kind.help}. Splits that the source has are kept; others are drawn by patient.",
            epilog="Example: %(prog)s ~/images --name thyroid --seed 1 --val 0.2 --test 0.2",
        )
        kind.add_options(one)
        _add_common(one)
        one.add_argument(
            "--strict", action="store_true", help="refuse all when one image is unusable (default: skip it)"
        )
        one.add_argument(
            "--dry-run", action="store_true", help="say what would be imported, open a few images, and write nothing"
        )
        one.add_argument(
            "--limit",
            action="append",
            default=[],
            metavar="NAME=NUMBER",
            help="raise or lower a limit; of memory (4GiB), time (43200 s), rows, columns, samples, frames and pixels",
        )
        one.set_defaults(run=_import_and_tidy)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", required=True, help="what to call it: 1 to 64 of a-z, 0-9, _ and -")
    parser.add_argument("--seed", type=_whole(0), default=0, metavar="N", help="of all that is random (default 0)")
    parser.add_argument(
        "--val", type=float, default=Shares.val, metavar="SHARE", help="validation (default %(default)s)"
    )
    parser.add_argument("--test", type=float, default=Shares.test, metavar="SHARE", help="test (default %(default)s)")


def _whole(least: int, most: int = 2**31 - 1) -> Any:
    def number(text: str) -> int:
        with suppress(ValueError):
            if least <= int(text) <= most:
                return int(text)
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from {least} to {most}")

    return number


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # SIGTERM cleans up like Ctrl-C
    end(main)
