"""Delimited text as teams send it: any of three separators and four encodings, every complaint with file and row."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from catalog.builder import NewSample
from catalog.errors import CatalogError
from catalog.importers.names import listed, nfc
from catalog.importers.source import Source, left_out, passed_over, read_text_bytes
from catalog.pictures import is_picture_name

ENDINGS = (".csv", ".tsv")
SEPARATORS = ",;\t"

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SHOWN = 80  # letters of a cell in a sentence


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one line; `line` is where it begins in the file, the first being 1."""

    line: int
    cells: tuple[str, ...]


class Table:
    """A table with a header, its names found whatever their case and the blanks around them.

    Args:
        name: of the file, for sentences.
        data: its bytes: UTF-8 with or without BOM, UTF-16 with BOM, or CP949.
        needed: columns that must be there; the separator is the one that finds most of them in the header.
        also: other names of the first needed column, the likeliest first.
    Attributes:
        header: names of the columns, stripped, composed (NFC), in one line each.
        rows: those that are not blank.
        notes: what was not plain, one sentence each.
        adopted: columns that another stands for, and the name of that as the header has it.
    Raises:
        CatalogError: another encoding, a broken quote, a row of another length than the header, a column missing or
            there twice, or no row at all.
    """

    def __init__(self, name: str, data: bytes, needed: Iterable[str], also: Sequence[str] = ()) -> None:
        self.name = PurePosixPath(name).name
        text, encoding = self._decoded(data)
        self.notes: tuple[str, ...] = (
            () if encoding is None else (f"{self.name} was read as {encoding}, not as UTF-8.",)
        )
        needed = tuple(needed)
        self.adopted: dict[str, str] = {}
        records = self._records(text, _separator(text, (*needed, *also)))
        first = next(records, None)
        if first is None:
            raise CatalogError(f"{self.name} is empty; its first line must name the columns: {', '.join(needed)}, ...")
        self.header = tuple(" ".join(_CONTROL.sub(" ", nfc(cell)).split()) for cell in first.cells)
        self._place = self._places()
        if also:
            self.adopt(needed[0], also)
        self._check_columns(needed, also)
        self.rows = list(self._checked(records))
        if not self.rows:
            raise CatalogError(f"{self.name} has a header but no rows; give every image one.")

    def __contains__(self, column: str) -> bool:
        return column.casefold() in self._place

    def adopt(self, column: str, others: Sequence[str], use: Callable[[str], bool] = lambda name: True) -> None:
        """Let the first of other names stand for a column that is not there, and note it.

        Args:
            column: that is wanted.
            others: in small letters, with '_' between words; the header may have other capitals, blanks or '-'.
            use: whether a column of the header can be it at all.
        """
        written = {_spelt(name): name for name in reversed(self.header) if name}
        found = next((written[other] for other in others if other in written and use(written[other])), None)
        if column in self or found is None:
            return
        self.adopted[column] = found
        self._place[column] = self._place[found.casefold()]
        self.notes += (f"Column '{short(found)}' of {self.name} was read as '{column}'.",)

    def cell(self, row: Row, column: str) -> str:
        """What stands in a column, stripped and composed (NFC); "" where there is nothing, or no such column.

        Raises:
            CatalogError: it has control characters or line breaks.
        """
        cell = self.raw(row, column)
        if _CONTROL.search(cell):
            raise self.wrong(row, f"{column} has a line break or a control character; remove it")
        return cell

    def raw(self, row: Row, column: str) -> str:
        """As `cell`, whatever characters it has: for looking whether a column is of use at all."""
        if column not in self:
            return ""
        return nfc(row.cells[self._place[column.casefold()]]).strip()

    def wrong(self, row: Row, what: str) -> CatalogError:
        """The error that says what is wrong with a row."""
        return CatalogError(f"{self.name} row {row.line}: {what}.")

    def _decoded(self, data: bytes) -> tuple[str, str | None]:
        """The text, and its encoding where that is not UTF-8."""
        tried: tuple[tuple[str, str | None], ...] = (("utf-8-sig", None), ("cp949", "CP949"))
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            tried = (("utf-16", "UTF-16"),)
        for codec, encoding in tried:
            try:
                text = data.decode(codec)
            except UnicodeDecodeError:
                continue
            if "\0" in text:
                break
            return text, encoding
        raise CatalogError(f"{self.name} is no text in UTF-8, CP949 or UTF-16 with its mark; save it as CSV in UTF-8.")

    def _records(self, text: str, separator: str) -> Iterator[Row]:
        """All records that are not blank."""
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        line = 1
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield Row(line, tuple(cells))
                line = reader.line_num + 1
        except csv.Error as error:
            raise CatalogError(
                f"{self.name} row {line}: the quotes or cells cannot be told apart ({error}); "
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
        there = listed([short(column) for column in self.header if column]) or "none"
        nor = f" (nor {', '.join(also[:4])}, ...)" if also and missing == needed[0] else ""
        raise CatalogError(
            f"{self.name} has no column '{missing}'{nor}; its columns are {there}, and the first line must name them."
        )

    def _checked(self, records: Iterator[Row]) -> Iterator[Row]:
        for row in records:
            if len(row.cells) != len(self.header):
                cells = "cell" if len(row.cells) == 1 else "cells"
                what = f"it has {len(row.cells)} {cells} where the header has {len(self.header)}"
                raise self.wrong(row, f"{what}; put quotes around cells that hold a separator")
            yield row


def read_table(source: Source, name: str, needed: Iterable[str], also: Sequence[str] = ()) -> Table:
    """A table of a source, or at an absolute path; see Table."""
    return Table(name, read_text_bytes(source, name), needed, also)


def samples_of(table: Table, make: Callable[[Row], NewSample]) -> list[NewSample]:
    """A sample a row, by key.

    Raises:
        CatalogError: one image in two rows, a patient in two splits, or a split in some rows only.
    """
    seen: dict[str, Row] = {}
    split_of: dict[str, tuple[str, Row]] = {}
    samples: list[NewSample] = []
    for row in table.rows:
        sample = make(row)
        if sample.key in seen:
            first = seen[sample.key].line
            raise table.wrong(row, f"'{short(sample.key)}' is in row {first} already; give each image one row")
        seen[sample.key] = row
        if samples and (sample.split is None) != (samples[0].split is None):
            raise table.wrong(row, "some rows have a split and others none; fill the column or leave it empty")
        if sample.patient is not None and sample.split is not None:
            split, first_row = split_of.setdefault(sample.patient, (sample.split, row))
            if split != sample.split:
                who = f"patient '{short(sample.patient)}' is in {sample.split}, but in {split} in row {first_row.line}"
                raise table.wrong(row, f"{who}; keep each patient in one split")
        samples.append(sample)
    return sorted(samples, key=lambda sample: sample.key)


def images_in_no_row(source: Source, samples: Iterable[NewSample]) -> Iterator[str]:
    """Notes on what lies in the source and is in no sample."""
    keys = {sample.key for sample in samples}
    others = [name for name in source.files if is_picture_name(name) and name not in keys]
    yield from left_out(others, "image that no row names was", "images that no row names were")
    yield from passed_over(source)


def _separator(text: str, needed: tuple[str, ...]) -> str:
    """The one that finds most of the needed columns in the header, else the one that makes most columns."""
    head = next((line for line in text.splitlines() if line.strip(f" {SEPARATORS}")), "")

    def found(separator: str) -> tuple[int, int]:
        names = {_spelt(cell.strip(' "')) for cell in head.split(separator)}
        return len(names & {_spelt(column) for column in needed}), len(names)

    return max(SEPARATORS, key=found)


def _spelt(column: str) -> str:
    """A column's name in small letters, with one '_' between words."""
    return re.sub(r"[\s_-]+", "_", column.strip()).casefold()


def short(text: str) -> str:
    """A text, cut for a sentence."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
