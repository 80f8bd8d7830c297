"""A table of images and their classes: `path` and `label`, or `labels` as `ac|bpd`, or one 0/1 column a class."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from catalog.builder import NewSample
from catalog.errors import CatalogError
from catalog.importers.draft import Draft
from catalog.importers.names import DICOM_ENDINGS, SPLIT_FOLDERS, below, listed, nfc
from catalog.importers.source import Finder, Source, left_out, open_beside
from catalog.importers.table import ENDINGS, Row, Table, images_in_no_row, read_table, samples_of, short
from catalog.pictures import FORMATS

SEVERAL = "|"  # between the classes of `labels`, and between boxes

_OWN = {"path", "label", "labels", "patient", "split", "box", "device"}
# What others call the columns, the likeliest first.
_PATHS = (
    "image_path", "file_path", "filename", "image", "file", "filepath", "imagepath", "img_path", "file_name",
    "image_name", "imagename", "image_file", "img", "image_id", "imageid", "img_id", "id",
)  # fmt: skip
_CLASSES = ("class", "category", "target", "diagnosis", "class_name", "classname", "dx", "plane", "y")
_PATIENTS = ("patient_id", "patientid", "patient_no", "patient_num", "subject", "subject_id")
_CALL_IT = "or call the column that holds the classes 'label'"
_TRUE, _FALSE = {"1", "1.0"}, {"0", "0.0"}

Labels = Callable[[Row], tuple[str, ...]]  # the classes of a row, the main one first; never empty


def add_options(parser: argparse.ArgumentParser) -> None:
    """Options of this importer alone."""
    parser.add_argument("src", type=Path, metavar="TABLE", help="the table, or a folder or zip that holds one table")
    parser.add_argument(
        "--images", type=Path, metavar="DIR", help="folder or zip that paths start from (default: where the table is)"
    )
    parser.add_argument(
        "--classes",
        type=_names,
        metavar="A,B",
        help="the classes in order, any other being refused; of 0/1 columns, those that are classes",
    )


def from_options(options: argparse.Namespace) -> Draft:
    """The draft that the command line asks for."""
    return read_csv(options.src, options.images, options.classes)


def read_csv(
    source: Path,
    images: Path | None = None,
    classes: Sequence[str] | None = None,
    endings: Sequence[str] = tuple(FORMATS),
) -> Draft:
    """Read a table of images; no picture is opened yet.

    Columns: `path`, and `label`, or `labels` separated by "|", or one 0/1 column a class; optional `patient`,
    `split`, `device` and `box` (x y w h in pixels, several separated by "|", each of the main label). The main label
    of several is the one in `label`, where that column is there, else the first of `labels`, or of the classes.
    `filename`, `image` and the like stand for `path`, `class`, `category`, `target` and the like for `label`, and
    `patient_id` for `patient`, where those are not there; a note says so.

    Args:
        source: the table, or a folder or zip with one table in it.
        images: folder or zip that paths are relative to; without it they are to the table, or to the source's top.
        classes: in order; without it those of the table, in alphabetical order or in that of the 0/1 columns.
        endings: that a path may lack, the likeliest first.
    Returns:
        Samples by key, the path below the source.
    Raises:
        CatalogError: no table or several, a row that is not as above, a path that leads out of the source or to no
            file, an image in two rows, a patient in two splits, an unknown label, a class in no row, or fewer than two.
    """
    files, tables = open_beside(source, images, ENDINGS, "the table (CSV or TSV), or a folder or zip that holds it")
    if len(tables) > 1:
        raise CatalogError(
            f"{source} holds {len(tables)} tables ({listed(tables)}); name the table itself, with --images {source}."
        )
    table = read_table(files, tables[0], ["path"], _PATHS)
    table.adopt("patient", _PATIENTS)
    if "labels" not in table:
        _adopt_label(table, classes)
    labels_of, columns = _labels(table, classes)
    labels = {row.line: labels_of(row) for row in table.rows}
    order = tuple(classes or columns or _alphabetical(table, labels))
    _check_classes(table, labels, order)
    path_of = _Paths(table, files, tables[0], endings)

    def sample(row: Row) -> NewSample:
        name, main = path_of(row), labels[row.line][0]
        return NewSample(
            key=name,
            label=main,
            labels=labels[row.line],
            content=files.content(name),
            patient=table.cell(row, "patient") or None,
            split=_split(table, row),
            device=table.cell(row, "device") or None,
            boxes=_boxes(table, row, main),
        )

    samples = samples_of(table, sample)
    used = _own(table) | {name.casefold() for name in columns}
    unused = [name for name in table.header if name and name.casefold() not in used]
    notes = (
        *table.notes,
        *(() if classes else _doubtful(table, columns)),
        *left_out(unused, "column without a use was", "columns without a use were"),
        *images_in_no_row(files, samples),
    )
    return Draft(samples, order, f"table {table.name} with {files.title}", notes)


def _labels(table: Table, classes: Sequence[str] | None) -> tuple[Labels, tuple[str, ...]]:
    """What gives the classes of a row, and the 0/1 columns that it reads."""
    if "labels" in table:
        return lambda row: _several(table, row), ()
    if columns := _class_columns(table, classes):
        return lambda row: _marked(table, row, columns), columns
    if "label" in table:
        return lambda row: _single(table, row), ()
    raise CatalogError(
        f"{table.name} has neither 'label' (nor {', '.join(_CLASSES[:4])}, ...) nor 'labels' nor columns of 0 and 1; "
        "add one of them, as the classes."
    )


def _class_columns(table: Table, classes: Sequence[str] | None) -> tuple[str, ...]:
    """The columns that are a class each; none where the classes are in `label` alone."""
    others = {name.casefold(): name for name in table.header if name and name.casefold() not in _own(table)}
    if classes is not None:
        missing = [name for name in classes if name.casefold() not in others]
        if missing and "label" not in table:
            raise CatalogError(
                f"{table.name} has no column '{short(missing[0])}', which --classes names; correct either, {_CALL_IT}."
            )
        is_theirs = not missing and ("label" not in table or all(_is_mostly_0_1(table, name) for name in classes))
        return tuple(classes) if is_theirs else ()
    if "label" in table and not {table.cell(row, "label") for row in table.rows} & set(others.values()):
        return ()
    return tuple(name for name in others.values() if _is_mostly_0_1(table, name))


def _own(table: Table) -> set[str]:
    """The columns that are read, in small letters; all others may be classes."""
    return _OWN | {name.casefold() for name in table.adopted.values()}


def _adopt_label(table: Table, classes: Sequence[str] | None) -> None:
    """Find what stands for `label`: a column of nothing but the named classes, else one that is no class itself."""
    if classes and not all(name in table for name in classes):
        table.adopt("label", _CLASSES, lambda name: _is_of(table, name, classes))
    table.adopt("label", _CLASSES, lambda name: _is_a_label(table, name))


def _is_of(table: Table, column: str, classes: Sequence[str]) -> bool:
    """Whether a column holds these classes only; empty cells are complained of when they are read."""
    found = {table.raw(row, column) for row in table.rows} - {""}
    return bool(found) and found <= set(classes)


def _is_a_label(table: Table, column: str) -> bool:
    """Whether a column holds the classes, rather than being one of several classes of 0 and 1."""
    others = [name for name in table.header if name and name != column and name.casefold() not in _own(table)]
    return not (_is_mostly_0_1(table, column) and any(_is_mostly_0_1(table, name) for name in others))


def _doubtful(table: Table, columns: Sequence[str]) -> Iterator[str]:
    """A note where a 0/1 column counts as one class of several, though by its name it may hold the classes."""
    if likely := [name for name in columns if name.casefold() in _CLASSES and "label" not in table]:
        yield (
            f"Column '{short(likely[0])}' of {table.name} counts as one of the classes "
            f"{listed([short(name) for name in columns])}; if it holds the classes itself, call it 'label'."
        )


def _is_mostly_0_1(table: Table, column: str) -> bool:
    return 2 * sum(table.raw(row, column) in _TRUE | _FALSE for row in table.rows) > len(table.rows)


def _single(table: Table, row: Row) -> tuple[str, ...]:
    label = table.cell(row, "label")
    if not label:
        raise table.wrong(row, "it has no label; give it one or remove the row")
    if SEVERAL in label:
        raise table.wrong(row, f"its label '{short(label)}' names several classes; call the column 'labels' for that")
    return (label,)


def _several(table: Table, row: Row) -> tuple[str, ...]:
    labels = [label for part in table.cell(row, "labels").split(SEVERAL) if (label := part.strip())]
    main = table.cell(row, "label")
    if main and labels and main not in labels:
        raise table.wrong(row, f"its label '{short(main)}' is not among its labels; add it there")
    if not main and not labels:
        raise table.wrong(row, "it has no labels; give it one or remove the row")
    return tuple(dict.fromkeys([main, *labels] if main else labels))


def _marked(table: Table, row: Row, columns: Sequence[str]) -> tuple[str, ...]:
    labels = []
    for column in columns:
        cell = table.cell(row, column)
        if cell not in _TRUE | _FALSE:
            raise table.wrong(
                row,
                f"column '{short(column)}' has '{short(cell)}' where 0 or 1 must stand; "
                "correct it, or name the columns that are classes with --classes",
            )
        if cell in _TRUE:
            labels.append(column)
    main = table.cell(row, "label")
    if main and main not in labels:
        raise table.wrong(row, f"its label '{short(main)}' has no 1 in a column of that name; correct either")
    if not labels:
        others = "add a column for what is none of them, such as 'other'"
        raise table.wrong(row, f"no class has a 1; {others}, {_CALL_IT}")
    return tuple(dict.fromkeys([main, *labels] if main else labels))


def _alphabetical(table: Table, labels: Mapping[int, tuple[str, ...]]) -> tuple[str, ...]:
    """All classes of a table; two that differ in their case only are taken for a slip."""
    written: dict[str, str] = {}
    for row in table.rows:
        for label in labels[row.line]:
            first = written.setdefault(label.casefold(), label)
            if first != label:
                what = f"'{short(label)}' is written '{short(first)}' above"
                raise table.wrong(row, f"{what}; write the class in one way, or name both with --classes")
    return tuple(sorted(written.values()))


def _check_classes(table: Table, labels: Mapping[int, tuple[str, ...]], order: tuple[str, ...]) -> None:
    seen: set[str] = set()
    for row in table.rows:
        if strange := [label for label in labels[row.line] if label not in order]:
            what = f"'{short(strange[0])}' is none of the classes ({', '.join(map(short, order))})"
            raise table.wrong(row, f"{what}; correct it or add it to --classes")
        seen.update(labels[row.line])
    if empty := [name for name in order if name not in seen]:
        raise CatalogError(f"Class '{short(empty[0])}' is in no row of {table.name}; add images of it or leave it out.")
    if len(order) < 2 or len(set(order)) < len(order):
        named = ", ".join(map(short, order))
        raise CatalogError(f"{table.name} needs at least two classes, each named once; it has: {named}.")


def _split(table: Table, row: Row) -> str | None:
    split = table.cell(row, "split")
    if split and split.casefold() not in SPLIT_FOLDERS:
        raise table.wrong(row, f"its split '{short(split)}' is none of train, val and test; correct it")
    return SPLIT_FOLDERS[split.casefold()] if split else None


def _boxes(table: Table, row: Row, label: str) -> list[dict[str, object]] | None:
    """Boxes as x y w h in pixels, by blanks or commas, in brackets or not; all of one label."""
    cell = table.cell(row, "box")
    if not cell:
        return None
    boxes: list[dict[str, object]] = []
    for text in cell.split(SEVERAL):
        try:
            x, y, width, height = (float(number) for number in re.split(r"[\s,]+", text.strip(" ()[]")))
        except ValueError:
            x = y = width = height = math.nan
        if not (min(x, y) >= 0 and min(width, height) > 0 and max(x, y, width, height) < math.inf):
            raise table.wrong(
                row,
                f"its box '{short(text)}' must be four numbers, x y w h in pixels with w and h above 0, "
                "the point being the decimal sign; correct it or leave it empty",
            )
        boxes.append({"label": label, "x": x, "y": y, "w": width, "h": height})
    return boxes


class _Paths:
    """The file that a row names, by its name in the source."""

    def __init__(self, table: Table, files: Source, name: str, endings: Sequence[str]) -> None:
        self._table, self._files, self._endings = table, files, endings
        self._find, self._base = Finder(files.files, files.top), str(PurePosixPath(name).parent)

    def __call__(self, row: Row) -> str:
        said = self._table.cell(row, "path")
        if not said:
            raise self._table.wrong(row, "it has no path; name its image or remove the row")
        path = below(said.removeprefix(f"{self._files.top}/"))  # a whole path that leads to where the images are
        if path is None:
            what = f"'{short(said)}' leads out of the images or is no path"
            raise self._table.wrong(row, f"{what}; write it relative to the table, or to the folder in --images")
        try:
            is_whole = PurePosixPath(path).suffix.lower() in {*FORMATS, *DICOM_ENDINGS}  # in a UID, dots end nothing
            endings = ("",) if is_whole else ("", *self._endings)
            found = next((name for end in endings if (name := self._find(path + end, [self._base]))), None)
        except CatalogError as error:
            raise self._table.wrong(row, str(error).rstrip(".")) from None
        if found is None:
            what = f"there is no file '{short(path)}' in {self._files.title}"
            raise self._table.wrong(row, f"{what}; correct the path, or name the images' folder with --images")
        return found


def _names(text: str) -> tuple[str, ...]:
    return tuple(nfc(name.strip()) for name in text.split(",") if name.strip())
