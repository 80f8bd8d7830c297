"""Read delimited text with any separator, in five encodings; errors name file and row."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from catalog import limits
from catalog.errors import CatalogError
from catalog.importers.names import has_control, listed, nfc
from catalog.importers.source import Source, left_out, passed_over, read_text_bytes
from catalog.importers.words import Mender, mended
from catalog.new_sample import NewSample
from catalog.pictures import is_picture_name

ENDINGS = (".csv", ".tsv")
SEPARATORS = ",;\t"

_DECLARED = re.compile(
    r"\s*\"?sep=([^\w\s\"]|\t)\"?[,;\t]*[ ]*(?=[\r\n]|$)", re.IGNORECASE
)  # the first line of files saved by a spreadsheet program
# A character that is no letter or mark of Western Europe in Windows-1252, or more than two of these in a row.
_NOT_WESTERN = re.compile(r"[^\x00-\x7fÀ-ÖØ-öø-ÿŒœŠšŽžŸ°µ§²³–—‘’“”…]|[^\x00-\x7f]{3}")
_KOREAN_PAIR = re.compile(rb"[\xa1-\xfe][\xa1-\xfe]")

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SHOWN = 80  # letters of a cell in a sentence
_SAMPLED = 50  # rows that say whether a column fits


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one line; `line` is where it begins in the file, the first being 1."""

    line: int
    cells: tuple[str, ...]


class Table:
    """A table with a header; column names match whatever their case and surrounding blanks.

    Args:
        name: of the file, for error messages.
        data: its bytes: UTF-8 with or without BOM, UTF-16 with BOM, CP949 or Windows-1252.
        needed: required columns; the separator is the one that finds most of them in the header.
        also: other names of the first needed column, the likeliest first.
        fits: whether cells are those of the first needed column: a column that fits is used for it whatever its name.
    Attributes:
        header: names of the columns, stripped, composed (NFC), in one line each.
        rows: those that are not blank.
        notes: what was not plain, one sentence each.
        adopted: columns read from another column, and the name of that as the header has it.
        label_of: cleans labels, and has the notes on it.
    Raises:
        CatalogError: another encoding, a broken quote, a row of another length than the header, a column missing or
            there twice, or no row at all.
    """

    def __init__(
        self,
        name: str,
        data: bytes,
        needed: Iterable[str],
        also: Sequence[str] = (),
        fits: Callable[[Sequence[str]], bool] | None = None,
    ) -> None:
        self.name = PurePosixPath(name).name
        text, encoding = self._decoded(data)
        self.notes: tuple[str, ...] = (
            () if encoding is None else (f"{self.name} was read as {encoding}, not as UTF-8.",)
        )
        needed = tuple(needed)
        self.adopted: dict[str, str] = {}
        self.label_of = Mender()
        self._values: dict[int, Counter[str]] = {}  # counts of a column's values, by its index
        separator = _separator(text, (*needed, *also))
        if declared := _DECLARED.match(text):
            separator, text = declared[1], "\n" * declared[0].count("\n") + text[declared.end() :]
        records = self._records(text, separator)
        first = next(records, None)
        if first is None:
            raise CatalogError(f"{self.name} is empty; its first line must name the columns: {', '.join(needed)}, ...")
        limits.check("columns", len(first.cells), self.name)
        self.header = tuple(" ".join(mended(_CONTROL.sub(" ", cell)).split()) for cell in first.cells)
        self._place = self._places()
        self.rows: list[Row] = []
        if fits and needed[0] not in self:
            self.rows = list(self._checked(records))
            self._adopt_fitting(needed[0], also, fits)
        if also:
            self.adopt(needed[0], also)
        self._check_columns(needed, also)
        self.rows = self.rows or list(self._checked(records))
        if not self.rows:
            raise CatalogError(f"{self.name} has a header but no rows; give every image one.")

    def __contains__(self, column: str) -> bool:
        return column.casefold() in self._place

    def leave_out_odd(self, files: Iterable[str]) -> None:
        """Leave out the rows of files whose names have control characters, with a note.

        No path in a dataset may have any.

        Args:
            files: all files of the source.
        """
        place, odd = self._place["path"], {name for name in files if has_control(name)}
        names = [nfc(row.cells[place].strip()) for row in self.rows]
        keeps = [row for row, name in zip(self.rows, names, strict=True) if name not in odd]
        if len(keeps) in {0, len(self.rows)}:
            return
        self.rows, names = keeps, [name for name in names if name in odd]
        rows = "row whose image's name is no plain text was", "rows whose images' names are no plain text were"
        self.notes += tuple(left_out(names, *rows))

    def adopt(self, column: str, others: Sequence[str], use: Callable[[str], bool] = lambda name: True) -> None:
        """Use the first of other names for a column that is missing, and note it.

        Args:
            column: that is wanted.
            others: in lower case, with '_' between words; the header may have other capitals, blanks or '-'.
            use: whether a column of the header can be it at all.
        """
        written = {_spelt(name): name for name in reversed(self.header) if name}
        substitute = next((written[other] for other in others if other in written and use(written[other])), None)
        if column in self or substitute is None:
            return
        self._take(column, substitute)

    def adopt_by_values(self, column: str, fits: Callable[[Counter[str]], bool], taken: Iterable[str]) -> None:
        """Use the first column whose values fit for a column that is missing, and note it.

        Args:
            column: that is wanted.
            fits: decides from how often each value is in a column.
            taken: columns that have another use, in lower case.
        """
        used = set(taken)
        for name in self.header if column not in self else ():
            if name and name.casefold() not in used and fits(self.values(name)):
                self._take(column, name)
                return

    def _take(self, column: str, name: str) -> None:
        self.adopted[column] = name
        self._place[column] = self._place[name.casefold()]
        self.notes += (f"Column '{short(name)}' of {self.name} was read as '{column}'.",)

    def _adopt_fitting(self, column: str, others: Sequence[str], fits: Callable[[Sequence[str]], bool]) -> None:
        """Adopt a column by its content.

        One of the other names is preferred, else any column whose cells are not just a few values.
        """
        self.adopt(column, others, lambda name: fits(self._sampled(name)))
        for name in self.header if column not in self else ():
            cells = self._sampled(name) if name else []
            if name and fits([name]):
                first = short(", ".join(cell for cell in self.header if cell))
                raise CatalogError(
                    f"{self.name} has no header: its first line ({first}) is a row already; "
                    "put a line above it that names the columns, such as path,label."
                )
            if 2 * len(set(cells)) > len(cells) and fits(cells):
                self._take(column, name)
                return

    def _sampled(self, column: str) -> list[str]:
        rows = self.rows[:: max(1, len(self.rows) // _SAMPLED)]
        return [self.raw(row, column) for row in rows]

    def cell(self, row: Row, column: str) -> str:
        """Return the cleaned text of a cell; "" where it is empty, or the column is missing.

        A path is only composed (NFC) and stripped: a file name may really have invisible characters.

        Raises:
            CatalogError: it has control characters or line breaks.
        """
        cell = self.written(row, column).strip()
        return cell if column == "path" else mended(cell)

    def written(self, row: Row, column: str) -> str:
        """Return a cell with its blanks and invisible characters, for `label_of`; see `cell`."""
        cell = nfc(row.cells[self._place[column.casefold()]]) if column in self else ""
        if _CONTROL.search(cell.strip()):
            raise self.wrong(row, f"{column} has a line break or a control character; remove it")
        return _CONTROL.sub("", cell)

    def raw(self, row: Row, column: str) -> str:
        """Return a cell with all its characters, to decide whether a column is of use; see `cell`."""
        if column not in self:
            return ""
        return mended(row.cells[self._place[column.casefold()]])

    def values(self, column: str) -> Counter[str]:
        """Count the values of a column, as `raw` returns them; empty for a missing column."""
        if column not in self:
            return Counter()
        place = self._place[column.casefold()]
        if place not in self._values:
            counts = self._values[place] = Counter()
            for cell, n in Counter(row.cells[place] for row in self.rows).items():
                counts[mended(cell)] += n
        return self._values[place]

    def wrong(self, row: Row, what: str) -> CatalogError:
        """Return the error for a row."""
        return CatalogError(f"{self.name} row {row.line}: {what}.")

    def _decoded(self, data: bytes) -> tuple[str, str | None]:
        """Decode the text; return its encoding too where that is not UTF-8."""
        tried: tuple[tuple[str, str | None], ...] = (
            ("utf-8-sig", None),
            ("cp949", "CP949"),
            ("cp1252", "Windows-1252"),
        )
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            tried = (("utf-16", "UTF-16"),)
        for codec, encoding in tried:
            try:
                text = data.decode(codec)
            except UnicodeDecodeError:
                continue
            if "\0" in text:
                break
            if codec == "cp949" and not _KOREAN_PAIR.search(data) and _is_western(data):
                continue  # a letter with an accent and the next one make a rare syllable
            if codec == "cp1252" and not _is_western(data):
                break
            return text, encoding
        raise CatalogError(f"{self.name} is no text in UTF-8, CP949 or UTF-16 with its mark; save it as CSV in UTF-8.")

    def _records(self, text: str, separator: str) -> Iterator[Row]:
        """Yield all records that are not blank."""
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        line = 1
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield Row(line, tuple(cells))
                line = reader.line_num + 1
        except csv.Error as error:
            raise CatalogError(
                f"{self.name} row {line}: the quotes or cells cannot be told apart ({ascii(str(error))[1:-1]}); "
                'put quotes around the whole cell, and double each quote in it ("").'
            ) from None

    def _places(self) -> dict[str, int]:
        place: dict[str, int] = {}
        for index, column in enumerate(self.header):
            if column and column.casefold() in place:
                raise CatalogError(f"{self.name} has the column '{short(column)}' twice; remove or rename one.")
            if column:
                place[column.casefold()] = index
        return place

    def _check_columns(self, needed: tuple[str, ...], also: Sequence[str]) -> None:
        missing = next((column for column in needed if column not in self), None)
        if missing is None:
            return
        present = listed([short(column) for column in self.header if column]) or "none"
        nor = f" (nor {', '.join(also[:4])}, ...)" if also and missing == needed[0] else ""
        raise CatalogError(
            f"{self.name} has no column '{missing}'{nor}; its columns are {present}, and the first line must name them."
        )

    def _checked(self, records: Iterator[Row]) -> Iterator[Row]:
        for number, row in enumerate(records, start=1):
            limits.check("rows", number, self.name)
            if len(row.cells) != len(self.header):
                cells = "cell" if len(row.cells) == 1 else "cells"
                what = f"it has {len(row.cells)} {cells} where the header has {len(self.header)}"
                raise self.wrong(row, f"{what}; put quotes around cells that hold a separator")
            yield row


def read_table(
    source: Source,
    name: str,
    needed: Iterable[str],
    also: Sequence[str] = (),
    fits: Callable[[Sequence[str]], bool] | None = None,
) -> Table:
    """Read a table of a source, or at an absolute path; see Table."""
    return Table(name, read_text_bytes(source, name), needed, also, fits)


def samples_of(table: Table, make: Callable[[Row], NewSample]) -> list[NewSample]:
    """Make one sample per row, by key.

    Rows of one image that differ in their boxes alone make one sample with all boxes.

    Raises:
        CatalogError: one image in two rows of other kinds, a patient in two splits, or a split in some rows only.
    """
    row_of: dict[str, Row] = {}
    split_of: dict[str, tuple[str, Row]] = {}
    samples: dict[str, NewSample] = {}
    n_merged = 0
    for row in table.rows:
        sample = make(row)
        if (first := samples.get(sample.key)) and (merged := _with_boxes(first, sample)):
            samples[sample.key] = merged
            n_merged += 1
            continue
        if sample.key in row_of:
            line, what = row_of[sample.key].line, f"'{short(sample.key)}' is in row"
            several = ", with 'a|b' in a column called 'labels' where it shows several classes"
            is_of_others = set(samples[sample.key].labels) != set(sample.labels)
            raise table.wrong(row, f"{what} {line} already; give each image one row{several if is_of_others else ''}")
        row_of[sample.key] = row
        if samples and (sample.split is None) != (next(iter(samples.values())).split is None):
            raise table.wrong(row, "some rows have a split and others none; fill the column or leave it empty")
        if sample.patient is not None and sample.split is not None:
            split, first_row = split_of.setdefault(sample.patient, (sample.split, row))
            if split != sample.split:
                who = f"patient '{short(sample.patient)}' is in {sample.split}, but in {split} in row {first_row.line}"
                raise table.wrong(row, f"{who}; keep each patient in one split")
        samples[sample.key] = sample
    if n_merged:
        rows = "1 row repeats" if n_merged == 1 else f"{n_merged:,} rows repeat"
        table.notes += (f"{rows} an image with another box, and only the box was added.",)
    return sorted(samples.values(), key=lambda sample: sample.key)


def _with_boxes(first: NewSample, other: NewSample) -> NewSample | None:
    """Merge the boxes of two samples; None where they differ in more, or have no boxes."""
    fields = [(one.label, one.labels, one.patient, one.split, one.device) for one in (first, other)]
    if not (first.boxes and other.boxes) or fields[0] != fields[1]:
        return None
    return replace(first, boxes=[*first.boxes, *(box for box in other.boxes if box not in first.boxes)])


def images_in_no_row(source: Source, samples: Iterable[NewSample]) -> Iterator[str]:
    """Note images that lie in the source and are in no sample."""
    keys = {sample.key for sample in samples}
    others = [name for name in source.files if is_picture_name(name) and name not in keys]
    yield from left_out(others, "image that no row names was", "images that no row names were")
    yield from passed_over(source)


def _separator(text: str, needed: tuple[str, ...]) -> str:
    """Return the separator that finds most needed columns, else the one with most columns."""
    head = next((line for line in text.splitlines() if line.strip(f" {SEPARATORS}")), "")

    def found(separator: str) -> tuple[int, int]:
        names = {_spelt(cell.strip(' "')) for cell in head.split(separator)}
        return len(names & {_spelt(column) for column in needed}), len(names)

    return max(SEPARATORS, key=found)


def _is_western(data: bytes) -> bool:
    """Check whether bytes are Western European text in Windows-1252.

    Its letters with accents must be among plain ones.
    """
    try:
        return _NOT_WESTERN.search(data.decode("cp1252")) is None
    except UnicodeDecodeError:
        return False


def _spelt(column: str) -> str:
    """Return a column's name in lower case, with one '_' between words."""
    return re.sub(r"[\s_-]+", "_", column.strip()).casefold()


def short(text: str) -> str:
    """Shorten a text for a sentence."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
