"""Recognize the columns of other people's tables, and those that are one class each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from catalog.errors import CatalogError
from catalog.importers.names import listed, nfc
from catalog.importers.source import left_out
from catalog.importers.table import Row, Table, short
from catalog.importers.words import mended, split_names

OWN = {"path", "label", "labels", "patient", "split", "box", "device"}
# Other names of the columns, the likeliest first.
PATHS = (
    "image_path", "file_path", "filename", "image", "file", "filepath", "imagepath", "img_path", "file_name",
    "image_name", "imagename", "image_file", "img", "image_index", "image_id", "imageid", "img_id", "id_code", "id",
)  # fmt: skip
CLASSES = (
    "class", "category", "target", "diagnosis", "class_name", "classname", "dx", "plane", "diagnostic", "pathology",
    "finding", "finding_label", "finding_labels", "disease", "label_name", "image_label", "ground_truth", "y",
)  # fmt: skip
SEVERAL_CLASSES = ("finding_labels", "findings", "classes", "categories", "tags", "class", "category", "target")
PATIENTS = (
    "patient_id", "patientid", "patient_no", "patient_num", "subject", "subject_id", "patient_number", "patient_code",
    "case", "case_id", "caseid", "participant_id",
)  # fmt: skip
CORNERS = (("x", "y", "width", "height"), ("x", "y", "w", "h"))  # of one box, in four columns
FLAGS = {"is_train": "train", "istrain": "train", "is_training": "train", "is_test": "test", "istest": "test"}
_REST = {"train": "test", "test": "train"}  # what a 0 in such a column means
FOLDS = ("fold", "folds", "kfold", "fold_id", "fold_no", "cv_fold")
CALL_IT = "or call the column that holds the classes 'label'"

_TRUE, _FALSE, _UNSURE = {"1", "1.0"}, {"0", "0.0"}, {"-1", "-1.0"}
_YES, _NO = _TRUE | {"true", "yes"}, _FALSE | {"false", "no"}


@dataclass(frozen=True)
class Marks:
    """How columns of one class each are read.

    Attributes:
        blank_as_0: a blank means that the class is absent.
        uncertain: "0" or "1", which -1 counts as; None refuses it.
        none: the class of a row without a 1; None refuses it.
    """

    blank_as_0: bool = False
    uncertain: str | None = None
    none: str | None = None


def own(table: Table) -> set[str]:
    """Return the columns with a meaning, in lower case; all others may be classes."""
    return OWN | {name.casefold() for name in table.adopted.values()}


def class_columns(table: Table, classes: Sequence[str] | None, blank_as_0: bool = False) -> tuple[str, ...]:
    """Return the columns that are a class each; none where `label` holds the classes.

    These are the columns with 0 or 1 in more than half of their rows. With a -1 in any candidate, or where there are
    none and no label either, they are the columns that hold nothing but 0, 1, -1, true, false, yes, no and blanks.

    Raises:
        CatalogError: `classes` names a column that does not exist, and there is no label; or, among columns of 0 and 1,
            one has a 1 in some rows and blanks in others, unless a blank is a 0.
    """
    others = {name.casefold(): name for name in table.header if name and name.casefold() not in own(table)}
    if classes is not None:
        missing = [name for name in classes if name.casefold() not in others]
        if missing and "label" not in table:
            raise CatalogError(
                f"{table.name} has no column '{short(missing[0])}', which --classes names; correct either, {CALL_IT}."
            )
        is_theirs = not missing and ("label" not in table or all(is_mostly_0_1(table, name) for name in classes))
        return tuple(classes) if is_theirs else ()
    if "label" in table:
        named = {table.cell(row, "label") for row in table.rows} & set(others.values())
        return tuple(name for name in others.values() if named and is_mostly_0_1(table, name))
    mostly = tuple(name for name in others.values() if is_mostly_0_1(table, name))
    marked = tuple(name for name in others.values() if _is_marked(table, name))
    is_unsure = any(_UNSURE & set(table.values(name)) for name in marked)
    if len(marked) > 1 and (is_unsure or not mostly):
        return marked
    sparse = [name for name in marked if mostly and name not in mostly and _is_sparse(table, name)]
    if sparse and not blank_as_0:
        first, names = short(sparse[0]), short(",".join(mostly))
        raise CatalogError(
            f"{table.name}: column '{first}' has a 1 in some rows and is blank in others, beside columns of 0 and 1; "
            f"if a blank means that the class is absent, say --blank-as-0; if it is no class, say --classes '{names}'."
        )
    return tuple(name for name in others.values() if name in mostly or name in sparse)


def is_mostly_0_1(table: Table, column: str) -> bool:
    """Check whether more than half of a column's cells are 0 or 1."""
    return 2 * sum(n for cell, n in table.values(column).items() if cell in _TRUE | _FALSE) > len(table.rows)


def _is_marked(table: Table, column: str) -> bool:
    """Check whether a column says present or unsure somewhere, and holds only such values."""
    cells = {cell.casefold() for cell in table.values(column)}
    return bool(cells & (_YES | _UNSURE)) and cells <= _YES | _NO | _UNSURE | {""}


def _is_sparse(table: Table, column: str) -> bool:
    """Check whether a column has a 1 somewhere and blanks, and perhaps a 0."""
    cells = set(table.values(column))
    return bool(cells & _TRUE) and "" in cells and cells <= _TRUE | _FALSE | {""}


class Marked:
    """Reads the classes of a row from columns of one class each.

    Args:
        columns: those that are the classes, in order.
        marks: how blanks, -1 and rows without a 1 are read; without any 0 in the table, a blank is one.
    """

    def __init__(self, table: Table, columns: Sequence[str], marks: Marks) -> None:
        self.columns, self._table, self._marks = tuple(columns), table, marks
        cells = {cell.casefold() for name in columns for cell in table.values(name)}
        self._is_without_0 = "" in cells and not cells & _NO
        self._is_present_by_cell: dict[str, bool] = {}
        self._none_rows: list[str] = []

    def __call__(self, row: Row) -> tuple[str, ...]:
        """Return the classes of a row, the main one first.

        Raises:
            CatalogError: a cell that is neither 0 nor 1, a row of no class, or a label that has no 1.
        """
        labels = [column for column in self.columns if self._is_present(row, column)]
        main = self._table.cell(row, "label")
        if main and main not in labels:
            raise self._table.wrong(row, f"its label '{short(main)}' has no 1 in a column of that name; correct either")
        if not labels and self._marks.none:
            self._none_rows.append(f"row {row.line}")
            labels = [self._marks.none]
        if not labels:
            others = "add a column for what is none of them, such as 'other', or name their class with --none"
            raise self._table.wrong(row, f"no class has a 1; {others}, {CALL_IT}")
        return tuple(dict.fromkeys([main, *labels] if main else labels))

    def order(self) -> tuple[str, ...]:
        """Return the classes; that of rows without a 1 comes last, if there are such rows."""
        return tuple(
            dict.fromkeys([*self.columns, *([self._marks.none] if self._marks.none and self._none_rows else [])])
        )

    def notes(self) -> Iterator[str]:
        """Describe what was read differently from how it is written, one sentence each."""
        if self._is_without_0:
            names = listed([short(name) for name in self.columns])
            yield f"The columns {names} of {self._table.name} have no 0, so a blank in them was read as 0."
        if self._none_rows:
            images = (
                "1 image without a 1 was"
                if len(self._none_rows) == 1
                else f"{len(self._none_rows):,} images without a 1 were"
            )
            yield f"{images} read as '{self._marks.none}'."

    def _is_present(self, row: Row, column: str) -> bool:
        cell = self._table.written(row, column)
        if (is_present := self._is_present_by_cell.get(cell)) is not None:
            return is_present
        self._is_present_by_cell[cell] = self._reads(row, column, mended(cell))
        return self._is_present_by_cell[cell]

    def _reads(self, row: Row, column: str, cell: str) -> bool:
        value = cell.casefold()
        if value in _UNSURE and self._marks.uncertain is not None:
            value = self._marks.uncertain
        if not value and (self._marks.blank_as_0 or self._is_without_0):
            value = "0"
        if value in _YES | _NO:
            return value in _YES
        remedy = "if a blank means that the class is absent, say --blank-as-0; " if not value else ""
        remedy += "for what is uncertain, say --uncertain 0 or --uncertain 1; " if value in _UNSURE else ""
        raise self._table.wrong(
            row,
            f"column '{short(column)}' has '{short(cell)}' where 0 or 1 must stand; "
            f"{remedy}correct it, or name the columns that are classes with --classes",
        )


def doubtful(table: Table, columns: Sequence[str]) -> Iterator[str]:
    """Note a class column whose name says that it may hold the class names itself."""
    if likely := [name for name in columns if name.casefold() in CLASSES and "label" not in table]:
        yield (
            f"Column '{short(likely[0])}' of {table.name} counts as one of the classes "
            f"{listed([short(name) for name in columns])}; if it holds the classes itself, call it 'label'."
        )


def adopt_label(table: Table, classes: Sequence[str] | None, several: str) -> None:
    """Find a column for `label` or `labels`, where neither exists.

    That is a column of nothing but the named classes, else one of lists of classes, else one that is no class itself.

    Args:
        several: separates the classes of a list.
    """
    if "label" not in table:
        table.adopt(
            "labels",
            SEVERAL_CLASSES,
            lambda name: any(several in cell.strip(several) for cell in table.values(name)),
        )
    if "labels" in table:
        return
    if classes and not all(name in table for name in classes):
        table.adopt("label", CLASSES, lambda name: _is_of(table, name, classes))
    table.adopt("label", CLASSES, lambda name: _is_a_label(table, name))


def adopt_split(table: Table) -> None:
    """Find a column for `split`: one of words for splits with training, else `is_train`."""
    table.adopt_by_values("split", _are_splits, own(table))
    table.adopt("split", tuple(FLAGS), lambda name: _is_flag(table, name))


def splits_called(table: Table) -> dict[str, str]:
    """Map the cells of the column `split` to splits; in `is_train`, 1 is training and 0 test."""
    adopted = table.adopted.get("split", "").casefold().replace(" ", "_")
    if adopted not in FLAGS or not _is_flag(table, table.adopted["split"]):
        return split_names(table.values("split"))
    meant = FLAGS[adopted]
    return {cell: meant if cell.casefold() in _YES else _REST[meant] for cell in table.values("split")}


def fold_notes(table: Table) -> Iterator[str]:
    """Note a column that numbers folds, since nothing says which are for training."""
    folds = [name for name in table.header if name.casefold().replace(" ", "_") in FOLDS]
    if folds and "split" not in table:
        yield (
            f"Column '{short(folds[0])}' of {table.name} may number folds and was not read as a split; write train, "
            "val and test in a column called 'split' to keep them."
        )


def _is_flag(table: Table, column: str) -> bool:
    cells = {cell.casefold() for cell in table.values(column)}
    return bool(cells & _YES) and bool(cells & _NO) and cells <= _YES | _NO


def _are_splits(values: Mapping[str, int]) -> bool:
    called = split_names(values)
    return len(called) == len(values) and "train" in called.values() and len(set(called.values())) > 1


def _is_of(table: Table, column: str, classes: Sequence[str]) -> bool:
    """Check whether a column holds these classes only; empty cells are refused when read."""
    cells = set(table.values(column)) - {""}
    return bool(cells) and cells <= set(classes)


def _is_a_label(table: Table, column: str) -> bool:
    """Check whether a column holds the classes, and is no 0/1 class column or box side."""
    others = [name for name in table.header if name and name != column and name.casefold() not in own(table)]
    if column.casefold() in corner_columns(table):
        return False
    return not (is_mostly_0_1(table, column) and any(is_mostly_0_1(table, name) for name in others))


def corner_columns(table: Table) -> tuple[str, ...]:
    """Return the four columns that make a box, where there is no column `box`; else none."""
    return next((four for four in CORNERS if "box" not in table and all(name in table for name in four)), ())


def unused(table: Table, columns: Sequence[str]) -> Iterator[str]:
    """Note the columns that are not read; `columns` are the classes."""
    used = own(table) | {name.casefold() for name in columns} | set(corner_columns(table))
    names = [name for name in table.header if name and name.casefold() not in used]
    yield from left_out(names, "column without a use was", "columns without a use were")


def names_of(text: str) -> tuple[str, ...]:
    """Split the names in an option at commas."""
    return tuple(mended(nfc(name)) for name in text.split(",") if name.strip())
