"""Read FETAL_PLANES_DB as published: `Images/` and its table, in a folder or a zip.

Burgos-Artizzu et al., Scientific Reports 10, 10200 (2020); Zenodo record 3904280, CC BY 4.0.
"""

from __future__ import annotations

import argparse
from pathlib import Path, PurePosixPath

from catalog.errors import CatalogError
from catalog.importers.draft import Draft
from catalog.importers.source import Source, left_out, open_source
from catalog.importers.table import Row, Table, images_in_no_row, read_table, samples_of, short
from catalog.importers.words import looks, split_of
from catalog.new_sample import NewSample
from catalog.pictures import is_picture_name

TABLE = "FETAL_PLANES_DB_data.csv"
COLUMNS = ("Image_name", "Patient_num", "Plane", "Brain_plane", "Operator", "US_Machine", "Train")
BRAIN = "Fetal brain"
PLANES = ("Fetal abdomen", BRAIN, "Fetal femur", "Fetal thorax", "Maternal cervix", "Other")
BRAIN_PLANES = ("Trans-cerebellum", "Trans-thalamic", "Trans-ventricular")
NO_BRAIN_PLANES = ("Not A Brain", "Other")  # these add nothing to the plane

_WANTED = "the folder or zip as published (Zenodo record 3904280)"
_SPLITS = {"1": "train", "0": "test"}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this importer alone."""
    parser.add_argument("src", type=Path, metavar="SRC", help="folder or zip with Images/ and FETAL_PLANES_DB_data.csv")


def from_options(options: argparse.Namespace) -> Draft:
    """Read the draft that the command line asks for."""
    return read_fetal_planes(options.src)


def read_fetal_planes(source: Path) -> Draft:
    """Read the table of FETAL_PLANES_DB; no image is opened yet.

    The plane is the main label; a brain of one of three standard planes has that as its second label. Published
    training and test splits are kept, and validation is left to be drawn from training. The machine becomes the device;
    the operator is left out.

    Args:
        source: the folder or zip as published, or with some of its rows only.
    Returns:
        Samples by key; the classes that occur, of six planes and three brain planes, in that order.
    Raises:
        CatalogError: no such table, a column or an image is missing, a value that the publication does not have, an
            image in two rows, or a patient in training and test.
    """
    files = open_source(source, _WANTED)
    tables = [name for name in files.files if PurePosixPath(name).name.casefold() == TABLE.casefold()]
    if len(tables) != 1:
        what = f"holds no {TABLE}" if not tables else f"holds {TABLE} {len(tables)} times"
        raise CatalogError(f"{source} {what}; name {_WANTED}.")
    table = read_table(files, tables[0], COLUMNS)
    image_of = _Images(table, files)
    mistaken: list[str] = []

    def sample(row: Row) -> NewSample:
        name = image_of(row)
        plane = _value(table, row, "Plane", PLANES)
        brain_plane = _value(table, row, "Brain_plane", BRAIN_PLANES + NO_BRAIN_PLANES)
        if plane != BRAIN and brain_plane in BRAIN_PLANES:
            mistaken.append(name)
        is_second = plane == BRAIN and brain_plane in BRAIN_PLANES
        return NewSample(
            key=name,
            label=plane,
            labels=(plane, brain_plane) if is_second else (plane,),
            content=files.content(name),
            patient=_some(table, row, "Patient_num"),
            split=_split(table, row),
            device=table.cell(row, "US_Machine") or None,
        )

    samples = samples_of(table, sample)
    present = {label for sample in samples for label in sample.labels}
    notes = (
        *table.notes,
        *left_out(mistaken, "brain plane of what is no brain was", "brain planes of what is no brain were"),
        *images_in_no_row(files, samples),
    )
    classes = tuple(name for name in PLANES + BRAIN_PLANES if name in present)
    return Draft(samples, classes, f"FETAL_PLANES_DB (Burgos-Artizzu et al. 2020, CC BY 4.0), {files.title}", notes)


class _Images:
    """Finds the image of a row.

    Names in the table have no ending, and may differ in case from the files'.
    """

    def __init__(self, table: Table, files: Source) -> None:
        self._table, self._title = table, files.title
        self._named: dict[str, list[str]] = {}
        for name in files.files:
            if is_picture_name(name):
                self._named.setdefault(PurePosixPath(name).stem.casefold(), []).append(name)

    def __call__(self, row: Row) -> str:
        written = _some(self._table, row, "Image_name")
        stem = PurePosixPath(written).stem if is_picture_name(written) else written
        matches = self._named.get(stem.casefold(), [])
        if len(matches) != 1:
            meant = f"could be {matches[0]} or {matches[1]}" if matches else "is no image"
            raise self._table.wrong(row, f"'{short(written)}' {meant} in {self._title}; name {_WANTED}")
        return matches[0]


def _some(table: Table, row: Row, column: str) -> str:
    cell = table.cell(row, column)
    if not cell:
        raise table.wrong(row, f"its {column} is empty; name {_WANTED}")
    return cell


def _split(table: Table, row: Row) -> str:
    """Return the published split: 1 for training and 0 for test; or in words."""
    if (named := split_of(table.cell(row, "Train"))) in _SPLITS.values():
        return named or ""
    return _SPLITS[_value(table, row, "Train", tuple(_SPLITS))]


def _value(table: Table, row: Row, column: str, allowed: tuple[str, ...]) -> str:
    """Return the allowed value that a cell holds, ignoring case and blanks."""
    cell = table.cell(row, column)
    for value in allowed:
        if looks(cell) == looks(value):
            return value
    raise table.wrong(row, f"its {column} '{short(cell)}' is none of {', '.join(allowed)}; name {_WANTED}")
