"""Read a table of images with `path` and `label`, `labels` (`ac|bpd`), or 0/1 class columns."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath

from catalog.errors import CatalogError
from catalog.importers.columns import (
    CLASSES,
    PATHS,
    PATIENTS,
    Marked,
    Marks,
    adopt_label,
    adopt_split,
    class_columns,
    corner_columns,
    doubtful,
    fold_notes,
    names_of,
    own,
    splits_called,
    unused,
)
from catalog.importers.draft import Draft
from catalog.importers.groups import add_group_option, find_groups, group_cells
from catalog.importers.masks import find_masks, without_masks
from catalog.importers.names import DICOM_ENDINGS, below, listed
from catalog.importers.source import Finder, PatientOf, Source, nearest, open_beside
from catalog.importers.table import ENDINGS, Row, Table, images_in_no_row, read_table, samples_of, short
from catalog.importers.words import looks, mended, missing_notes, parts_of, split_notes
from catalog.new_sample import NewSample
from catalog.origin import Origin
from catalog.pictures import FORMATS, is_picture_name

SEVERAL = "|"  # separates the classes of `labels`, and boxes

_LIST = re.compile(r"^[\[({]\s*(['\"]).*\1\s*,?\s*[\])}]$")  # ['cyst', 'mass'], a list in a program's syntax

Labels = Callable[[Row], tuple[str, ...]]  # the classes of a row, the main one first; never empty


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this importer alone."""
    parser.add_argument("src", type=Path, metavar="TABLE", help="the table, or a folder or zip that holds one table")
    parser.add_argument(
        "--images", type=Path, metavar="DIR", help="folder or zip that paths start from (default: where the table is)"
    )
    parser.add_argument(
        "--classes",
        type=names_of,
        metavar="A,B",
        help="the classes in order, any other being refused; of 0/1 columns, those that are classes",
    )
    parser.add_argument(
        "--blank-as-0", action="store_true", help="a blank in a 0/1 column means that the class is absent"
    )
    parser.add_argument("--uncertain", choices=("0", "1"), help="what a -1 in a 0/1 column counts as")
    parser.add_argument("--none", metavar="CLASS", help="the class of images without a 1 in any 0/1 column")
    parser.add_argument(
        "--patient-regex",
        metavar="REGEX",
        help="takes the patient from each path, whatever the columns say: the first group, or all that matches",
    )
    add_group_option(parser, with_columns=True)


def from_options(options: argparse.Namespace) -> Draft:
    """Read the draft that the command line asks for."""
    marks = Marks(options.blank_as_0, options.uncertain, options.none)
    return read_csv(
        options.src,
        options.images,
        options.classes,
        marks=marks,
        patient_regex=options.patient_regex,
        group=options.group,
    )


def read_csv(
    source: Path,
    images: Path | None = None,
    classes: Sequence[str] | None = None,
    endings: Sequence[str] = tuple(FORMATS),
    marks: Marks | None = None,
    patient_regex: str | None = None,
    group: str | None = None,
) -> Draft:
    """Read a table of images; no image is opened yet.

    Columns: `path`, and `label`, or `labels` separated by "|", or one 0/1 column per class; optional `patient`,
    `split`, `device` and `box` (x y w h in pixels, several separated by "|", each of the main label). The main label
    of several is the one in `label`, where that column exists, else the first of `labels`, or of the classes.
    Where they are missing, `filename`, `image` and the like are read as `path`, else any column that names files;
    `class`, `category`, `target` and the like as `label`; `patient_id` as `patient`. A note says so. `x`, `y`, `width`
    and `height` are read as `box`; rows of one image that differ in the box alone are one sample.

    Args:
        source: the table, or a folder or zip with one table in it.
        images: folder or zip that paths are relative to; by default the table's folder, or the top of the source.
        classes: in order; by default those of the table, in alphabetical order or in that of the 0/1 columns.
        endings: that a path may lack, the likeliest first.
        marks: how blanks, -1 and rows without a 1 are read in 0/1 columns.
        patient_regex: searched in each path; its first group, or all of it, is the patient instead of any column's.
        group: what keeps images together where no column has the patient; see `find_groups`.
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
    finder = _FileFinder(files, tables[0], endings)
    table = read_table(files, tables[0], ["path"], PATHS, finder.are_files)
    table.leave_out_odd(files.files)
    table.adopt("patient", PATIENTS)
    adopt_split(table)
    if "labels" not in table:
        adopt_label(table, classes, SEVERAL)
    labels_of = _labels(table, classes, marks or Marks())
    labels = {row.line: labels_of(row) for row in table.rows}
    columns = labels_of.order() if isinstance(labels_of, Marked) else ()
    order = (*(classes or ()), *(name for name in columns if name not in (classes or ())))
    order = order or _alphabetical(table, labels)
    _check_classes(table, labels, order)
    path_of, patient_of = _Paths(table, finder), PatientOf(patient_regex)
    patients = [patient_of(table.cell(row, "path")) or table.cell(row, "patient") for row in table.rows]
    groups = find_groups(table, labels, patients, [*own(table), *columns, *corner_columns(table)], group)
    split_called = splits_called(table)

    def sample(row: Row) -> NewSample:
        name, main = path_of(row), labels[row.line][0]
        return NewSample(
            key=name,
            label=main,
            labels=labels[row.line],
            content=files.content(name),
            patient=patient_of(table.cell(row, "path")) or table.cell(row, "patient") or None,
            split=_split(table, row, split_called),
            device=table.cell(row, "device") or None,
            boxes=_boxes(table, row, main),
            group=(table.raw(row, groups.used) or None) if groups.used else None,
            columns=group_cells(table, groups, row),
        )

    samples = samples_of(table, sample)
    notes = (
        *table.notes,
        *table.label_of.notes(),
        *(labels_of.notes() if isinstance(labels_of, Marked) else ()),
        *split_notes(split_called),
        *fold_notes(table),
        *(() if classes else (*missing_notes(order), *doubtful(table, columns))),
        *groups.notes,
        *unused(table, (*columns, *groups.columns)),
        *images_in_no_row(files, samples),
    )
    origin = Origin(groups.used, named=groups.named)
    return without_masks(Draft(samples, order, f"table {table.name} with {files.title}", notes, origin=origin))


def _labels(table: Table, classes: Sequence[str] | None, marks: Marks) -> Labels | Marked:
    """Return the function that reads the classes of a row."""
    if "labels" in table:
        return lambda row: _several(table, row)
    named = classes and [name for name in classes if name != marks.none]
    if columns := class_columns(table, named, marks.blank_as_0):
        return Marked(table, columns, marks)
    if "label" in table:
        return lambda row: _single(table, row)
    raise CatalogError(
        f"{table.name} has neither 'label' (nor {', '.join(CLASSES[:4])}, ...) nor 'labels' nor columns of 0 and 1; "
        "add one of them, as the classes."
    )


def _single(table: Table, row: Row) -> tuple[str, ...]:
    label = table.label_of(table.written(row, "label"))
    _check_no_list(table, row, label)
    if not label:
        raise table.wrong(row, "it has no label; give it one or remove the row")
    if SEVERAL in label:
        raise table.wrong(row, f"its label '{short(label)}' names several classes; call the column 'labels' for that")
    return (label,)


def _check_no_list(table: Table, row: Row, cell: str) -> None:
    """Refuse a cell that holds a list of labels in a programming language's syntax."""
    if _LIST.search(cell):
        names = SEVERAL.join(part.strip(" '\"") for part in cell.strip("[(){}, ]").split(","))
        what = f"its label '{short(cell)}' is a list in brackets"
        raise table.wrong(row, f"{what}; write '{short(names)}' in a column called 'labels'")


def _several(table: Table, row: Row) -> tuple[str, ...]:
    _check_no_list(table, row, table.cell(row, "labels"))
    parts = table.written(row, "labels").split(SEVERAL)
    labels = [label for part in parts if (label := table.label_of(part.strip(" ")))]
    main = table.cell(row, "label")
    if main and labels and main not in labels:
        raise table.wrong(row, f"its label '{short(main)}' is not among its labels; add it there")
    if not main and not labels:
        raise table.wrong(row, "it has no labels; give it one or remove the row")
    return tuple(dict.fromkeys([main, *labels] if main else labels))


def _alphabetical(table: Table, labels: Mapping[int, tuple[str, ...]]) -> tuple[str, ...]:
    """Return all classes of a table, sorted.

    Two that look the same are refused as a slip, and so is one that joins two others.
    """
    written: dict[str, str] = {}
    for row in table.rows:
        for label in labels[row.line]:
            first = written.setdefault(looks(label), label)
            if first != label:
                what = f"'{short(label)}' is written '{short(first)}' above"
                raise table.wrong(row, f"{what}; write the class in one way, or name both with --classes")
    joined = {label: parts for label in written.values() if (parts := parts_of(label, written.values()))}
    for row in table.rows if joined else ():
        for label in set(labels[row.line]) & set(joined):
            named = " and ".join(f"'{short(part)}'" for part in joined[label])
            raise table.wrong(
                row,
                f"its label '{short(label)}' joins {named}, which are classes too; "
                f"write '{short(SEVERAL.join(joined[label]))}' in a column called 'labels', or give it another name",
            )
    return tuple(sorted(written.values()))


def _check_classes(table: Table, labels: Mapping[int, tuple[str, ...]], order: tuple[str, ...]) -> None:
    used: set[str] = set()
    for row in table.rows:
        if strange := [label for label in labels[row.line] if label not in order]:
            what = f"'{short(strange[0])}' is none of the classes ({', '.join(map(short, order))})"
            raise table.wrong(row, f"{what}; correct it or add it to --classes")
        used.update(labels[row.line])
    if empty := [name for name in order if name not in used]:
        text = f"Class '{short(empty[0])}' is in no row of {table.name}; add images of it or leave it out"
        others = short(",".join(name for name in order if name in used))
        raise CatalogError(f"{text} (--classes '{others}').")
    if len(order) < 2 or len(set(order)) < len(order):
        named = ", ".join(map(short, order))
        raise CatalogError(f"{table.name} needs at least two classes, each named once; it has: {named}.")


def _split(table: Table, row: Row, called: Mapping[str, str]) -> str | None:
    split = table.cell(row, "split")
    if split and split not in called:
        raise table.wrong(row, f"its split '{short(split)}' is none of train, val and test; correct it")
    return called[split] if split else None


def _boxes(table: Table, row: Row, label: str) -> list[dict[str, object]] | None:
    """Read boxes as x y w h in pixels, separated by blanks or commas, in brackets or not.

    All have one label. Four corner columns also make one box, or none where they are not a valid box, since such
    columns may mean something else.
    """
    cell = table.cell(row, "box")
    if not cell:
        corners = " ".join(table.cell(row, name) for name in corner_columns(table))
        box = _box(corners)
        return [{"label": label, **box}] if box else None
    boxes: list[dict[str, object]] = []
    for text in cell.split(SEVERAL):
        if (box := _box(text)) is None:
            raise table.wrong(
                row,
                f"its box '{short(text)}' must be four numbers, x y w h in pixels with w and h above 0, "
                "the point being the decimal sign; correct it or leave it empty",
            )
        boxes.append({"label": label, **box})
    return boxes


def _box(text: str) -> dict[str, float] | None:
    """Parse the four numbers of a box; None for anything else."""
    try:
        x, y, width, height = (float(number) for number in re.split(r"[\s,]+", text.strip(" ()[]")))
    except ValueError:
        return None
    is_box = min(x, y) >= 0 and min(width, height) > 0 and max(x, y, width, height) < math.inf
    return {"x": x, "y": y, "w": width, "h": height} if is_box else None


class _FileFinder:
    """Finds files of the source by the paths in a table.

    Args:
        files: the source.
        name: of the table in it; paths start from its folder.
        endings: that a path may lack, the likeliest first.
    """

    def __init__(self, files: Source, name: str, endings: Sequence[str]) -> None:
        self.files, self._endings = files, endings
        self._find, self._base = Finder(files.files, files.top), str(PurePosixPath(name).parent)

    def place(self, cell: str) -> str | None:
        """Return the path below the source that a cell means, or None if it leads out or is no path."""
        return below(cell.removeprefix(f"{self.files.top}/"))  # it may be an absolute path into the images' folder

    def __call__(self, path: str) -> str | None:
        """Return the file of a path, with or without its ending; None without one.

        Raises:
            CatalogError: there are several.
        """
        is_whole = PurePosixPath(path).suffix.lower() in {*FORMATS, *DICOM_ENDINGS}  # dots in a UID begin no ending
        endings = ("",) if is_whole else ("", *self._endings)
        try:
            return next((name for end in endings if (name := self._find(path + end, [self._base]))), None)
        except CatalogError:  # a picture and its mask may have one name
            if self._find is self._without_masks:
                raise
            self._find = self._without_masks
            return self(path)

    @cached_property
    def _without_masks(self) -> Finder:
        """Build a finder of files other than masks.

        It is made only where a name could mean several files, because it opens some images.
        """
        masks = find_masks([name for name in self.files.files if is_picture_name(name)], self.files.content).image_of
        return Finder([name for name in self.files.files if name not in masks], self.files.top)

    def are_files(self, cells: Sequence[str]) -> bool:
        """Check whether cells, except blanks, name files."""
        return any(cells) and all(self._is_file(cell) for cell in cells if cell)

    def _is_file(self, cell: str) -> bool:
        try:
            place = self.place(cell)
            return bool(place and self(place))
        except CatalogError:  # it could be several
            return True


class _Paths:
    """Finds the file that a row names, by its name in the source."""

    def __init__(self, table: Table, finder: _FileFinder) -> None:
        self._table, self._finder = table, finder

    def __call__(self, row: Row) -> str:
        written = self._table.cell(row, "path")
        if not written:
            raise self._table.wrong(row, "it has no path; name its image or remove the row")
        path = self._finder.place(written)
        if path is None:
            what = f"'{short(written)}' leads out of the images or is no path"
            raise self._table.wrong(row, f"{what}; write it relative to the table, or to the folder in --images")
        try:
            file = self._finder(path) or self._finder(mended(path))
        except CatalogError as error:
            raise self._table.wrong(row, str(error).rstrip(".")) from None
        if file is None:
            what = f"there is no file '{short(path)}' in {self._finder.files.title}"
            near = nearest(path, self._finder.files.files)
            like = f" (the nearest is '{short(near)}')" if near else ""
            raise self._table.wrong(row, f"{what}{like}; correct the path, or name the images' folder with --images")
        return file
