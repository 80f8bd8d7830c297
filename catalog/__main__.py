"""python -m catalog phantom --name demo; python -m catalog import folder PICTURES --name mine"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from catalog.builder import NewSample, save_dataset
from catalog.checks import check
from catalog.dataset import Dataset, list_datasets, open_dataset
from catalog.errors import CatalogError
from catalog.importers import folder
from catalog.splits import Shares


def main(argv: list[str] | None = None) -> int:
    """Run one command; exit code 0 done, 1 the check found errors, 2 a mistake in what was asked, 130 stopped."""
    args = _parser().parse_args(argv)
    action: Callable[[argparse.Namespace], int] = args.action
    try:
        return action(args)
    except CatalogError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped; nothing was left behind.", file=sys.stderr)
        return 130


def phantom(args: argparse.Namespace) -> int:
    from catalog.phantom import CLASSES, generate

    if args.images < 30 or not 32 <= args.size <= 512:
        raise CatalogError("A phantom takes at least 30 --images and a --size from 32 to 512.")
    samples = (
        NewSample(
            key=image.key, label=image.label, content=image.pixels, labels=image.labels, patient=image.patient,
            ambiguity=image.ambiguity, device=image.device, boxes=image.boxes, marks=image.marks,
        )
        for image in generate(args.images, size=args.size, seed=args.seed)
    )  # fmt: skip
    source = f"ultrasound phantom, {args.images} images of {args.size} pixels, seed {args.seed}"
    made = save_dataset(args.name, samples, classes=CLASSES, source=source, total=args.images, seed=args.seed)
    _say(made)
    return 0


def import_folder(args: argparse.Namespace) -> int:
    classes, samples = folder.read(args.source, args.patient_regex)
    bad: list[str] = []
    shares = Shares(val=args.val, test=args.test)
    made = save_dataset(
        args.name, samples, classes=classes, source=f"folder {args.source.name}", shares=shares, seed=args.seed,
        on_bad=bad.append,
    )  # fmt: skip
    for sentence in bad:
        print(f"Left out: {sentence}", file=sys.stderr)
    _say(made)
    return 0


def show(args: argparse.Namespace) -> int:
    datasets = list_datasets()
    for dataset in datasets:
        print(f"{dataset.dataset_id:<24} {len(dataset.samples):>6} images  {' '.join(dataset.classes)}")
    if not datasets:
        print("There is no dataset yet; make one with: python -m catalog phantom --name demo")
    return 0


def inspect(args: argparse.Namespace) -> int:
    dataset = open_dataset(args.name)
    findings = check(dataset)
    if args.json:
        print(json.dumps([finding.as_dict() for finding in findings], ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            print(f"{finding.level:<8} {finding.message}")
    errors = sum(finding.level == "error" for finding in findings)
    warnings = sum(finding.level == "warning" for finding in findings)
    print(f"{dataset.dataset_id}: {errors} errors, {warnings} warnings.", file=sys.stderr)
    return 1 if errors else 0


def _say(dataset: Dataset) -> None:
    splits = dataset.samples["split"].value_counts()
    parts = ", ".join(f"{splits.get(split, 0)} {split}" for split in ("train", "val", "test"))
    print(f"Made {dataset.dataset_id}: {len(dataset.samples)} images ({parts}) of {' '.join(dataset.classes)}.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m catalog", description="Bring labelled images, and know that they are sound.",
        epilog="Datasets are kept below ODAP_DATA (default: data/).",
    )  # fmt: skip
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("phantom", help="make a dataset of simulated ultrasound")
    command.add_argument("--name", required=True, help="name of the dataset")
    command.add_argument("--images", type=int, default=3000, help="how many (default 3000)")
    command.add_argument("--size", type=int, default=128, help="side in pixels, 32 to 512 (default 128)")
    command.add_argument("--seed", type=int, default=0, help="seed of pictures and splits (default 0)")
    command.set_defaults(action=phantom)

    kinds = commands.add_parser("import", help="import images").add_subparsers(required=True, metavar="KIND")
    command = kinds.add_parser("folder", help="class folders, with or without train/val/test above")
    command.add_argument("source", type=Path, metavar="SRC", help="folder that holds a folder for each class")
    command.add_argument("--name", required=True, help="name of the dataset")
    command.add_argument("--patient-regex", metavar="REGEX", help="finds the patient in the file name (first group)")
    command.add_argument("--val", type=float, default=0.15, help="share of validation (default 0.15)")
    command.add_argument("--test", type=float, default=0.25, help="share of test (default 0.25)")
    command.add_argument("--seed", type=int, default=0, help="seed of the splits (default 0)")
    command.set_defaults(action=import_folder)

    command = commands.add_parser("list", help="list the datasets")
    command.set_defaults(action=show)

    command = commands.add_parser("check", help="say what is wrong with a dataset; exit 1 on errors")
    command.add_argument("name", metavar="NAME", help="NAME or NAME@VERSION")
    command.add_argument("--json", action="store_true", help="findings as JSON")
    command.set_defaults(action=inspect)
    return parser


if __name__ == "__main__":
    sys.exit(main())
