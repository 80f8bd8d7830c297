"""Define the command `python -m catalog phantom`."""

from __future__ import annotations

import argparse
from typing import Any

from catalog.dataset import Dataset
from catalog.paths import checked_name

# Option, what its value is called, its type, and its help: fields of `PhantomSettings`, which checks their bounds.
_OPTIONS: tuple[tuple[str, str, type, str], ...] = (
    ("images", "N", int, "how many"),
    ("size", "PIXELS", int, "side, 48 to 2048"),
    ("seed", "N", int, "of all that is random"),
    ("hard", "SHARE", float, "of images whose class shows in one small detail"),
    ("toss", "SHARE", float, "of images whose label is a matter of chance, with a known probability"),
    ("rare", "SHARE", float, "of the hard images of a class whose detail has an uncommon form and place"),
    ("imbalance", "RATIO", float, "images of the commonest class for each of the rarest"),
    ("mark-bias", "P", float, "that calipers and text of a training image are those of its class"),
    ("shift", "DEVICE", str, "a scanner that only test patients are scanned with, half of them"),
    ("label-noise", "SHARE", float, "of training images that get a wrong label; clean_label keeps the right one"),
    ("val", "SHARE", float, "validation"),
    ("test", "SHARE", float, "test"),
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of a phantom; those that are not given are the preset's."""
    parser.add_argument("--name", required=True, help="what to call it: 1 to 64 of a-z, 0-9, _ and -")
    parser.add_argument(
        "--preset",
        default="demo",
        help="where the other options start: demo (default), claims (small details decide) or shortcut (marks tell "
        "the class in training only)",
    )
    for option, value, kind, text in _OPTIONS:
        parser.add_argument(f"--{option}", type=_reader(kind), metavar=value, help=text)
    parser.add_argument("--devices", type=_names, metavar="A,B", help="only these scanners, such as fan-A,linear-A")
    parser.add_argument("--workers", type=_reader(int), metavar="N", help="processes (default: one a core)")


def make(options: argparse.Namespace) -> Dataset:
    """Make the phantom that the options ask for.

    Raises:
        CatalogError: an option is not valid; one sentence.
    """
    checked_name(options.name)
    from catalog.phantom import PhantomSettings, make_dataset  # scipy takes a while to load

    fields = [option.replace("-", "_") for option, *_ in _OPTIONS] + ["devices"]
    given = {name: getattr(options, name) for name in fields if getattr(options, name) is not None}
    settings = PhantomSettings.of(options.preset, given)
    return make_dataset(options.name, settings, preset=options.preset, workers=options.workers)


def _reader(kind: type) -> Any:
    def read(text: str) -> Any:
        try:
            return kind(text)
        except ValueError:
            wanted = "a whole number" if kind is int else "a number"
            raise argparse.ArgumentTypeError(f"'{text}' is not {wanted}") from None

    return read


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())
