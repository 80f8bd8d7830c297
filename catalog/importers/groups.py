"""Find columns of a table that group images: by lesion, examination, study, video or series."""

from __future__ import annotations

import argparse
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from catalog.errors import CatalogError
from catalog.importers.names import listed
from catalog.importers.table import Row, Table, short
from catalog.origin import FRAMES

NONE = "none"  # value of --group: only patients keep images together

_WORDS = re.compile(
    r"(?:^|_)(?:lesion|nodule|tumou?r|study|exam|examination|case|visit|encounter|session|accession|series|video|vid|"
    r"clip|cine|loop|movie|sequence|seq|scan|volume|vol|acquisition|acq|specimen|slide|biopsy|pregnancy|fetus|eye|"
    r"subject|person|participant|individual)(?:s|_?instance|_?file|_?id|_?uid|_?no|_?nr|_?num|_?number|_?name|_?key|_?code)*$"
)
_COUNTED = re.compile(
    r"(?:visit|encounter|session|series|sequence|seq|scan|volume|vol|acquisition|acq|exam)s?(?:_no|_nr)?$"
)
_LEAST = 3  # groups: one for each split
_SINGLE = 0.95  # distinct values per row above which a column without such a name does not group
_LARGEST = 1 / 3  # share of the rows that one group may have
_PURE = 0.95  # least share of the groups that have one label, in a column without such a name
_RUNNING = 20  # whole numbers up to this count visits or series of each patient, when each has many rows
_MANY_ROWS = 10


def add_group_option(parser: argparse.ArgumentParser, *, with_columns: bool) -> None:
    """Add --group, the choice of what keeps images together where patients are unknown."""
    if with_columns:
        what = "what keeps images together in splits where no column has the patient: a column, 'frames' (names that "
        what += "run on, such as vid1_001) or 'none' (default: a column such as lesion_id or study, else frames)"
    else:
        what = "what keeps images together in splits where patients are unknown: 'frames' (names that run on, such as "
        what += "vid1_001) or 'none' (default: frames, where names look like them)"
    choices = None if with_columns else (FRAMES, NONE)
    parser.add_argument("--group", metavar="COLUMN" if with_columns else None, choices=choices, help=what)


@dataclass(frozen=True)
class Groups:
    """The columns of a table that group its images.

    Attributes:
        used: the one used instead of patients, as the header has it; None where there is none or patients are known.
        columns: all of them.
        named: those whose names say that they group.
        notes: what was done, and how to choose otherwise.
    """

    used: str | None
    columns: tuple[str, ...]
    named: tuple[str, ...]
    notes: tuple[str, ...]


def find_groups(
    table: Table,
    labels: Mapping[int, Sequence[str]],
    patients: Sequence[str | None],
    taken: Sequence[str],
    wanted: str | None = None,
) -> Groups:
    """Find the columns that group images; choose one of them where patients are unknown.

    A column named `lesion_id`, `study`, `video` and the like groups when its values repeat, are three or more, and
    none has more than a third of the rows. A column with another name only looks like a group: it must also hold
    identifiers, and nearly all of these must have one label. Such a column is named in a note and not used. Of several
    named columns the one with the fewest values is used, as its groups contain the others'. Where patients are known,
    a column counts only if each of its groups is of one patient.

    Args:
        table: with its rows.
        labels: by line, the classes of each row.
        patients: of each row; None or empty where unknown.
        taken: columns that have a use already, in upper or lower case.
        wanted: of --group: a column, FRAMES, NONE, or None to choose.
    Raises:
        CatalogError: the wanted column is not there, or is empty.
    """
    _check_wanted(table, wanted, has_patients=any(patients))
    used_up = {name.casefold() for name in taken}
    stats = [_Column(table, name, labels, patients) for name in table.header if name and name.casefold() not in used_up]
    named = [one for one in stats if one.is_named_group]
    alike = [one.name for one in stats if not one.is_named and one.looks_like_group]
    chosen: str | None = None
    if wanted not in (None, FRAMES, NONE):
        chosen = next(name for name in table.header if name.casefold() == str(wanted).casefold())
    elif wanted is None and named and not any(patients):
        chosen = min(named, key=lambda one: one.n_values).name
    first = [] if chosen is None else [chosen]
    called = tuple(dict.fromkeys([*first, *(one.name for one in named)]))
    columns = tuple(dict.fromkeys([*called, *alike]))
    notes = () if any(patients) else tuple(_notes(table, chosen, columns, called, wanted))
    return Groups(chosen, columns, called, notes)


def _check_wanted(table: Table, wanted: str | None, *, has_patients: bool) -> None:
    """Refuse a column of --group that does not exist, is empty, or is not needed."""
    if wanted in (None, FRAMES, NONE):
        return
    if wanted not in table:
        columns = listed([short(name) for name in table.header if name])
        raise CatalogError(f"{table.name} has no column '{short(wanted)}' for --group; its columns are {columns}.")
    if has_patients:
        raise CatalogError(f"{table.name} has patients, which keep images together already; leave out --group.")
    if not any(table.raw(row, wanted) for row in table.rows):
        raise CatalogError(f"Column '{short(wanted)}' of {table.name} is empty; name another with --group.")


def group_cells(table: Table, groups: Groups, row: Row) -> dict[str, str]:
    """Return the values of a row in the columns that group, except empty ones."""
    cells = {name: table.raw(row, name) for name in groups.columns}
    return {name: cell for name, cell in cells.items() if cell}


class _Column:
    """Statistics of a column's values, to decide whether it groups images."""

    def __init__(
        self, table: Table, name: str, labels: Mapping[int, Sequence[str]], patients: Sequence[str | None]
    ) -> None:
        self.name = name
        rows = [
            (table.raw(row, name), tuple(labels[row.line]), who) for row, who in zip(table.rows, patients, strict=True)
        ]
        self._rows = [one for one in rows if one[0]]
        self._counts = Counter(cell for cell, _, _ in self._rows)
        self._n_all = len(rows)
        self.n_values = len(self._counts)
        self._spelt = re.sub(r"(?<=[a-z])(?=[A-Z])|[\s\-.#]+", "_", name).strip("_").casefold()
        self.is_named = bool(_WORDS.search(self._spelt))

    @property
    def is_named_group(self) -> bool:
        """Check whether its name says that it groups, and its values allow it."""
        return self.is_named and self._may_group() and self._has_identifiers() and not self._is_running_number()

    @property
    def looks_like_group(self) -> bool:
        """Check whether its values are identifiers that repeat, nearly all with one label."""
        if not self._may_group() or self.n_values > _SINGLE * len(self._rows):
            return False
        identifiers = sum(bool(re.search(r"\d", cell) and re.search(r"[^\d.,:\-/\s]", cell)) for cell in self._counts)
        return identifiers >= 0.9 * self.n_values and self.n_values >= len(self._rows) / 20 and self._is_pure()

    def _may_group(self) -> bool:
        n = len(self._rows)
        if 2 * n < self._n_all or not _LEAST <= self.n_values < n:
            return False
        if max(self._counts.values()) > max(2, _LARGEST * n):
            return False
        owners: dict[str, set[str | None]] = defaultdict(set)
        for cell, _, who in self._rows:
            owners[cell].add(who)
        return all(len(who) == 1 for who in owners.values())

    def _has_identifiers(self) -> bool:
        """Check whether its values name things rather than kinds: with digits, or many."""
        with_digit = sum(any(letter.isdigit() for letter in cell) for cell in self._counts)
        return 2 * with_digit >= self.n_values or self.n_values >= _RUNNING

    def _is_running_number(self) -> bool:
        """Check whether it counts visits or series of each patient from 1.

        Such a column has few whole numbers, each in many rows.
        """
        if not _COUNTED.search(self._spelt):
            return False
        is_whole = all(re.fullmatch(r"\d{1,3}(?:\.0)?", cell) for cell in self._counts)
        return is_whole and self.n_values <= _RUNNING and len(self._rows) >= _MANY_ROWS * self.n_values

    def _is_pure(self) -> bool:
        labels_of: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        for cell, label, _ in self._rows:
            labels_of[cell].add(label)
        several = [labels for cell, labels in labels_of.items() if self._counts[cell] > 1]
        every = {label for _, label, _ in self._rows}
        return len(every) > 1 and sum(len(labels) == 1 for labels in several) >= _PURE * len(several)


def _notes(
    table: Table, chosen: str | None, columns: Sequence[str], named: Sequence[str], wanted: str | None
) -> Iterator[str]:
    others = [short(name) for name in columns if name != chosen]
    if chosen is not None and wanted is None:
        also = f" (such as {listed(others)})" if others else ""
        yield (
            f"No column of {table.name} has the patient, so '{short(chosen)}' keeps images together in splits; choose "
            f"another column{also} with --group COLUMN, or --group none."
        )
    elif chosen is None and others:
        which = f"Column {others[0]} groups" if len(others) == 1 else f"Columns {listed(others)} group"
        doubt = "" if set(columns) <= set(named) else ", by the looks of it"
        yield (
            f"{which} images of {table.name}{doubt}; --group '{others[0]}' keeps those of one value together in splits."
        )
