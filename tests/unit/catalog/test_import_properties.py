"""Any table makes a draft or one sentence, and nothing outside the catalog is touched."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from catalog import CatalogError, Dataset, list_datasets, save_dataset
from catalog.importers import read_draft
from catalog.importers.csv_table import read_csv
from catalog.importers.words import mended

TABLES = {"csv": "labels.csv", "fetal-planes": "FETAL_PLANES_DB_data.csv"}
IMAGES = [f"Images/{i}.png" for i in range(4)]
HEADERS = {
    "csv": ["path", "label", "labels", "patient", "split", "box", "device", "a", "b", "note"],
    "fetal-planes": ["Image_name", "Patient_num", "Plane", "Brain_plane", "Operator", "US_Machine", "Train "],
}
LIKELY = [
    *IMAGES, "0", "1", "2", "3", "1.0", "a", "b", "a|b", "|", "", " ", "train", "test", "val", "1 2 3 4", "1e999 0 0 0",
    "P1", "Fetal brain", "Other", "Fetal femur", "Trans-thalamic", "Not A Brain", "../secret.png", "/etc/passwd",
    "C:\\x", "Images", ".", "..", "\0", '"', '""', "'", "\ufeff", "\u202e", "\u2028", "\ud55c", "\u1112\u1161\u11ab",
    "x" * 2000,
]  # fmt: skip
HEADS = [b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"path,label\n"]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp949", "latin-1"]

cells = st.one_of(st.sampled_from(LIKELY), st.text(max_size=8))
quick = settings(deadline=None, max_examples=40)
one_sentence = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{10,600}\.")


@dataclass(frozen=True)
class Place:
    """A source of four images, a data folder, and a secret beside both."""

    source: Path
    data: Path

    def around(self) -> dict[str, str]:
        """Return the files outside the data folder, except the tables that a test writes."""
        found = {}
        for file in self.source.parent.rglob("*"):
            if file.is_file() and file.name not in TABLES.values() and self.data not in file.parents:
                found[str(file)] = hashlib.sha256(file.read_bytes()).hexdigest()
        return found

    def versions(self) -> set[str]:
        """Return the folders of datasets, and what an import left next to them."""
        return {str(folder) for pattern in ("*/*", ".*") for folder in self.data.glob(pattern)}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    root = tmp_path_factory.mktemp("imports")
    for seed, name in enumerate(["secret.png", *(f"source/{image}" for image in IMAGES)]):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.random.default_rng(seed).integers(0, 256, (8, 8), dtype=np.uint8)).save(root / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ODAP_DATA", str(root / "data"))
        yield Place(root / "source", root / "data")


@dataclass(frozen=True)
class Imported:
    """The result of an import: a dataset or its output, other files touched, and checks."""

    dataset: Dataset | None
    said: str
    touched: list[str]
    counted: bool
    listed: bool


def imported(place: Place, kind: str, table: bytes) -> Imported:
    for name in TABLES.values():
        (place.source / name).unlink(missing_ok=True)
    (place.source / TABLES[kind]).write_bytes(table)
    around, versions = set(place.around().items()), place.versions()
    dataset, said, counted = None, "", True
    try:
        draft = read_draft(kind, [str(place.source)])
        counted = draft.preview().n_samples == len(draft.samples) > 0
        dataset = save_dataset("tiny", draft.samples, classes=draft.classes, source=draft.source)
    except CatalogError as error:
        said = str(error)
    made = set() if dataset is None else {str(dataset.folder)}
    touched = {path for path, _ in around ^ set(place.around().items())} | place.versions() ^ versions ^ made
    return Imported(dataset, said, sorted(touched), counted, len(list_datasets()) == bool(made or versions))


@st.composite
def tables(draw: st.DrawFn, kind: str) -> bytes:
    """Draw a table of nearly the right form: columns missing, doubled or shuffled, any cells."""
    header = draw(st.lists(st.one_of(st.sampled_from(HEADERS[kind]), cells), max_size=8))
    header = draw(st.sampled_from([header, HEADERS[kind], HEADERS[kind][:2]]))
    n_cells = st.just(len(header)) | st.integers(0, 8)
    rows = draw(st.lists(n_cells.flatmap(lambda n: st.lists(cells, min_size=n, max_size=n)), max_size=6))
    separator = draw(st.sampled_from(",;\t"))
    stream = io.StringIO()
    if draw(st.booleans()):
        csv.writer(stream, delimiter=separator).writerows([header, *rows])
        text = stream.getvalue()
    else:
        text = "\n".join(separator.join(row) for row in [header, *rows])
    return text.encode(draw(st.sampled_from(ENCODINGS)), errors="replace")


@st.composite
def nearly_sound(draw: st.DrawFn, kind: str) -> bytes:
    """Draw a sound table, sometimes with too few patients, with one cell or byte replaced."""
    people = draw(st.integers(1, 4))
    if kind == "csv":
        rows = [[image, "ab"[i % 2], str(i % people), "", ""] for i, image in enumerate(IMAGES)]
    else:
        rows = [
            [str(i), str(i % people), ("Other", "Fetal brain")[i % 2], "Other", "x", "y", str(i % people % 2)]
            for i in range(4)
        ]
    rows.insert(0, ["path", "label", "patient", "split", "box"] if kind == "csv" else HEADERS[kind])
    rows = [list(row) for row in rows]
    row = draw(st.integers(0, len(rows) - 1))
    rows[row][draw(st.integers(0, len(rows[row]) - 1))] = draw(cells)
    stream = io.StringIO()
    csv.writer(stream, delimiter=";").writerows(rows)
    data = bytearray(stream.getvalue().encode())
    if draw(st.booleans()):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data)


@pytest.mark.parametrize("kind", list(TABLES))
class TestMalformed:
    @quick
    @given(head=st.sampled_from(HEADS), body=st.binary(max_size=200))
    @example(head=b"", body=b"path,label\n" + b"x" * 200_000 + b",a\n")
    def test_any_bytes(self, place: Place, kind: str, head: bytes, body: bytes) -> None:
        done = imported(place, kind, head + body)
        assert done.dataset is not None or one_sentence.fullmatch(done.said)
        assert done.touched == [] and done.counted and done.listed

    @quick
    @given(data=st.data())
    def test_any_table(self, place: Place, kind: str, data: st.DataObject) -> None:
        done = imported(place, kind, data.draw(tables(kind)))
        assert done.dataset is not None or one_sentence.fullmatch(done.said)
        assert done.touched == [] and done.counted and done.listed

    @quick
    @given(data=st.data())
    def test_a_sound_table_with_one_flaw(self, place: Place, kind: str, data: st.DataObject) -> None:
        done = imported(place, kind, data.draw(nearly_sound(kind)))
        assert done.dataset is not None or one_sentence.fullmatch(done.said)
        assert done.touched == [] and done.counted and done.listed


letters = st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="|")
words = st.text(letters, min_size=1, max_size=6)
named = words.map(mended).filter(bool)


@quick
@given(
    labels=st.lists(named, min_size=2, max_size=4, unique=True),
    people=st.lists(named, min_size=4, max_size=4),
    separator=st.sampled_from(",;\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    apart=st.booleans(),
)
def test_what_is_written_is_read(place, labels, people, separator, encoding, apart) -> None:
    rows = [(image, labels[i % len(labels)], people[i], f"{i} 0 {i + 1} 2.5") for i, image in enumerate(IMAGES)]
    stream = io.StringIO()
    csv.writer(stream, delimiter=separator).writerows([("PATH", " Label", "Patient ", "box"), *rows])
    text = unicodedata.normalize("NFD", stream.getvalue()) if apart else stream.getvalue()
    file = place.source.parent / "written.csv"
    file.write_bytes(text.encode(encoding))
    draft = read_csv(file, place.source, labels)
    file.unlink()
    assert draft.classes == tuple(labels)
    assert [(sample.key, sample.label, sample.labels, sample.patient) for sample in draft.samples] == [
        (image, label, (label,), patient) for image, label, patient, _ in rows
    ]
    assert [sample.boxes for sample in draft.samples] == [
        [{"label": row[1], "x": i, "y": 0, "w": i + 1, "h": 2.5}] for i, row in enumerate(rows)
    ]
