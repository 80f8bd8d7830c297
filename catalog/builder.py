"""Write one version of a dataset completely, or leave nothing."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from catalog import manifest, origin
from catalog.dataset import Dataset, open_dataset
from catalog.errors import CatalogError, explained
from catalog.metadata import without_metadata
from catalog.near_duplicates import fingerprint
from catalog.new_sample import NewSample, Pixels
from catalog.origin import Origin
from catalog.parallel import ordered_map
from catalog.paths import checked_name
from catalog.pictures import MAX_BYTES, BadPicture, decode, encode_png, is_grey, n_pixels
from catalog.private import Privacy, Sentence, masked, without_names
from catalog.progress import progress
from catalog.spelling import escaped
from catalog.splits import Shares, split_by_patient
from catalog.staging import put_in_place, staged
from catalog.unusable import check_rows

_LARGE = 8_000_000  # pixels; only one image larger than this is decoded at a time

CHANGES = "changes.json"
LEFT_OUT = "left_out.json"


def save_dataset(
    name: str,
    samples: Iterable[NewSample],
    *,
    classes: Sequence[str],
    source: str,
    total: int | None = None,
    shares: Shares | None = None,
    seed: int = 0,
    on_bad: Callable[[str], None] | None = None,
    changes: Sequence[Mapping[str, Any]] | None = None,
    privacy: Privacy | None = None,
    came: Origin | None = None,
) -> Dataset:
    """Create the next version of a dataset from samples.

    Every image is decoded, checked and stored; then splits are drawn and the manifest is written. All of this happens
    in a hidden folder, which is renamed at the end; a failure or Ctrl-C removes it. Images are processed one by one, so
    that memory holds the table only.

    Args:
        name: 1 to 64 of a-z, 0-9, _ and -.
        samples: in any order, each key once.
        classes: all allowed labels, in the order of probabilities and matrices.
        source: where the samples come from, for people.
        total: how many samples there will be, where that is known.
        shares: of validation and test, for samples that come without a split; default 0.15 and 0.25.
        seed: of the splits.
        on_bad: called with one sentence for each unusable image, which is then left out (`left_out` lists them later).
            Without it the first unusable image is an error.
        changes: changes against the version this one is made from, stored as changes.json next to the manifest. The
            images and their order are then kept as they are.
        privacy: how patients and files are named, in `left_out` too; None where no name identifies a patient.
        came: what else the importer knows of the images; stored as origin.json for the check.
    Returns:
        The stored dataset.
    Raises:
        CatalogError: one sentence naming what is wrong and the remedy; nothing is left on disk.
    """
    checked_name(name)
    shares = shares or Shares()
    order = _class_order(classes)
    length = total if total is not None else len(samples) if isinstance(samples, Sequence) else 0
    with staged() as folder, explained(folder), progress(length, f"Making {name}") as bar:
        store = _Storer(folder, order, privacy, as_it_is=changes is not None)
        rows, unusable = [], []
        for row in ordered_map(store, enumerate(samples, start=1)):
            bar.step()
            if isinstance(row, str):
                if on_bad is None:
                    raise CatalogError(row)
                on_bad(row)
                unusable.append(row.stored)
            else:
                rows.append(row)
        if changes is None:
            rows.sort(key=lambda row: str(row["key"]))
        check_rows(rows, order, store.bad)
        has_patients = any(row["patient"] is not None for row in rows)
        _fill_patients(rows)
        _fill_splits(rows, shares, seed)  # ordered by the source's names: the secret key does not change the splits
        for row in rows:
            row["key"] = row["kept_key"]
        manifest.write(rows, folder / manifest.FILE)
        description = {
            "name": name,
            "version": 0,
            "classes": list(order),
            "n_samples": len(rows),
            "channels": 1 if all(row["grey"] for row in rows) else 3,
            "has_patients": has_patients,
            "grouped_by": came.grouped_by if came and not has_patients else None,
            "content_hash": manifest.content_hash(manifest.read(folder / manifest.FILE)),
            "source": escaped(source),
            "seed": seed,
            "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        if came is not None:
            origin.write(came, rows, folder)
        if changes is not None:
            _write_list(folder / CHANGES, [dict(change) for change in changes])
        if unusable:
            _write_list(folder / LEFT_OUT, unusable)
        version = put_in_place(folder, name, description, privacy)
    return open_dataset(f"{name}@{version}")


def left_out(dataset: Dataset) -> list[str]:
    """Return one sentence for each image left out of a version; empty if all were usable.

    Raises:
        CatalogError: the list cannot be read.
    """
    return read_list(dataset.folder / LEFT_OUT)


def read_list(path: Path) -> list[Any]:
    """Read a JSON list stored next to a manifest; return [] if the file is missing.

    Raises:
        CatalogError: the file cannot be read.
    """
    if not path.is_file():
        return []
    try:
        items: list[Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CatalogError(f"{path} cannot be read; restore it from a backup.") from error
    return items


def _write_list(path: Path, items: Sequence[Any]) -> None:
    path.write_text(json.dumps(items, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


class _Storer:
    """Stores one image per call; returns its manifest row, or why it cannot be used."""

    def __init__(self, folder: Path, order: Mapping[str, int], privacy: Privacy | None, as_it_is: bool) -> None:
        self.folder, self.order, self.privacy, self.as_it_is = folder, order, privacy, as_it_is
        self._large = Lock()
        self.bad: dict[int, tuple[list[str], Sentence]] = {}  # number in the source -> (classes, reason)
        (folder / manifest.IMAGES).mkdir()

    def __call__(self, numbered: tuple[int, NewSample]) -> dict[str, Any] | Sentence:
        number, sample = numbered
        key = _checked_key(sample.key)
        labels = _checked_labels(sample, key, self.order)
        data = loaded(sample)
        is_large = not isinstance(data, Sentence) and n_pixels(data) > _LARGE
        with self._large if is_large else nullcontext():  # one at a time, or memory would grow with the cores
            return self._row(number, sample, key, labels, data)

    def _row(
        self, number: int, sample: NewSample, key: str, labels: list[str], data: bytes | Sentence
    ) -> dict[str, Any] | Sentence:
        loaded_picture = data if isinstance(data, Sentence) else decoded_bytes(data, sample)
        if isinstance(loaded_picture, Sentence):
            why = Sentence(loaded_picture, self._without_names(number, key, loaded_picture))
            self.bad[number] = labels, why
            return why
        data, picture = loaded_picture
        stored_key = key if self.privacy is None else self.privacy.key(key)
        if not self.as_it_is:
            data, is_png = without_metadata(data, key, picture)
            stored_key = f"{stored_key}.png" if is_png and not stored_key.lower().endswith(".png") else stored_key
        path = self._put(f"{manifest.IMAGES}/{stored_key}", data, key)
        sha256 = hashlib.sha256(data).hexdigest()
        return {
            "sample_id": manifest.sample_id(sha256, stored_key),
            "key": key,
            "kept_key": stored_key,
            "path": path,
            "patient": None if sample.patient is None else self._patient(sample.patient),
            "split": sample.split,
            "label": sample.label,
            "labels": labels,
            "sha256": sha256,
            "width": picture.width,
            "height": picture.height,
            "ambiguity": sample.ambiguity,
            "device": sample.device,
            "boxes": None if sample.boxes is None else json.dumps([dict(box) for box in sample.boxes]),
            "marks": list(sample.marks),
            "mask": None if sample.mask is None else self._mask(sample.mask, key, stored_key, picture.size),
            "clean_label": sample.clean_label,
            "difficulty": sample.difficulty,
            "subgroup": sample.subgroup,
            "label_probability": sample.label_probability,
            "against_marks": sample.against_marks,
            "grey": is_grey(picture),
            "fingerprint": fingerprint(picture) if sample.patient is None else None,
            "group": None if sample.group is None else self._patient(sample.group),
            "columns": sample.columns,
        }

    def _patient(self, patient: str) -> str:
        return unicodedata.normalize("NFC", patient) if self.privacy is None else self.privacy.patient(patient)

    def _without_names(self, number: int, key: str, sentence: Sentence) -> str:
        """Return the reason as it is stored: the image is named by its number in the source."""
        if self.privacy is None:
            return sentence
        if self.privacy.keep_names:
            return f"{key} {sentence.stored}"
        return f"Image {number:,} of the source, in the order of paths, {sentence.stored}"

    def _mask(self, mask: NDArray[np.uint8 | np.uint16], key: str, stored_key: str, size: tuple[int, int]) -> str:
        if mask.shape[::-1] != size:
            text = f"{key} has {size[0]} x {size[1]} pixels but a mask of shape {mask.shape}; make them one."
            raise CatalogError(masked(text, key))
        name = stored_key if stored_key.endswith(".png") else f"{stored_key}.png"
        return self._put(f"{manifest.MASKS}/{name}", encode_png(mask), key)

    def _put(self, path: str, data: bytes, key: str) -> str:
        """Write a new file below the folder and return its path; refuse an existing one."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with file.open("xb") as stream:
                stream.write(data)
        except FileExistsError:
            text = f"{key} is there twice; each picture needs a path of its own."
            raise CatalogError(masked(text, key)) from None
        return path


def decoded(sample: NewSample) -> tuple[bytes, Image.Image] | Sentence:
    """Read and decode a sample's image (mode L or RGB).

    Returns:
        Its bytes and the image, or one sentence on why it is unusable. `stored` of that sentence has no subject, so
        that it does not name the image.
    """
    data = loaded(sample)
    return data if isinstance(data, Sentence) else decoded_bytes(data, sample)


def loaded(sample: NewSample) -> bytes | Sentence:
    """Read the bytes of a sample's image, or return one sentence as `decoded` does."""
    try:
        return _bytes(sample.content)
    except BadPicture as error:
        return _unusable(sample, error)
    except OSError as error:
        reason = f"cannot be read ({error.strerror or 'it is damaged'})."
        return Sentence(escaped(f"{unicodedata.normalize('NFC', sample.key)} {reason}"), reason)


def decoded_bytes(data: bytes, sample: NewSample) -> tuple[bytes, Image.Image] | Sentence:
    """Decode bytes that are already loaded; see `decoded`."""
    try:
        return data, decode(data, unicodedata.normalize("NFC", sample.key))
    except BadPicture as error:
        return _unusable(sample, error)


def _unusable(sample: NewSample, error: BadPicture) -> Sentence:
    key = unicodedata.normalize("NFC", sample.key)
    return Sentence(escaped(f"{key} {error}."), escaped(f"{without_names(error.args[0])}."))


def _bytes(content: Path | Pixels | Callable[[], Pixels]) -> bytes:
    if callable(content):
        content = content()
    if isinstance(content, bytes):
        if len(content) > MAX_BYTES:
            raise BadPicture(f"has more than {MAX_BYTES // 2**20} MiB; make it smaller")
        return content
    if isinstance(content, Path):
        if content.stat().st_size > MAX_BYTES:
            raise BadPicture(f"has more than {MAX_BYTES // 2**20} MiB; make it smaller")
        return content.read_bytes()
    return encode_png(content)


def _checked_key(key: str) -> str:
    """Return a valid key in NFC, so that one name typed on two systems is one key."""
    key = unicodedata.normalize("NFC", key)
    parts = PurePosixPath(key).parts
    is_below = bool(parts) and key == "/".join(parts) and parts[0] != "/" and ".." not in parts
    if not is_below or "\\" in key or any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in key):
        raise CatalogError(f"{key!r} is no path below a dataset; rename it without '..', '\\' or control characters.")
    return key


def _class_order(classes: Sequence[str]) -> dict[str, int]:
    order = {name: position for position, name in enumerate(classes)}
    if len(order) < 2 or len(order) != len(classes):
        got = ", ".join(classes) or "none"
        raise CatalogError(f"A dataset needs at least two classes, each named once; got: {got}.")
    return order


def _checked_labels(sample: NewSample, key: str, order: Mapping[str, int]) -> list[str]:
    labels = {sample.label, *sample.labels}
    if sample.clean_label is not None and sample.clean_label not in order:
        text = f"{key} was '{sample.clean_label}' before noise, which is no class; leave it out."
        raise CatalogError(masked(text, key))
    if strange := sorted(labels - set(order)):
        text = f"{key} is labelled '{strange[0]}', which is no class; classes are: {', '.join(order)}."
        raise CatalogError(masked(text, key))
    if sample.split is not None and sample.split not in manifest.SPLITS:
        text = f"{key} is in split '{sample.split}'; splits are: {', '.join(manifest.SPLITS)}."
        raise CatalogError(masked(text, key))
    return sorted(labels, key=lambda label: order[label])


def _fill_patients(rows: Sequence[dict[str, Any]]) -> None:
    """Fill missing patients with the group, or else with an id made from the file's hash.

    The same bytes thus count as the same patient.
    """
    for row in rows:
        if row["patient"] is None:
            row["patient"] = row["group"] or f"image-{row['sha256'][:16]}"


def _fill_splits(rows: Sequence[dict[str, Any]], shares: Shares, seed: int) -> None:
    """Draw missing splits; draw a missing validation split from the source's training split."""
    present = {row["split"] for row in rows}
    if present == {None}:
        open_rows, drawn = list(rows), shares
    elif None in present:
        missing = next(row["key"] for row in rows if row["split"] is None)
        text = f"{missing} has no split while others have one; give all of them one, or none."
        raise CatalogError(masked(text, missing))
    else:
        open_rows = [row for row in rows if row["split"] == "train"]
        val = 0.0 if "val" in present else shares.val / (1 - shares.test) if "test" in present else shares.val
        drawn = Shares(val, 0.0 if "test" in present else shares.test)
    if not open_rows or not (drawn.val or drawn.test):
        return
    frame = pd.DataFrame(open_rows, columns=["key", "sha256", "patient", "label", "labels", "fingerprint"])
    for row, split in zip(open_rows, split_by_patient(frame, drawn, seed), strict=True):
        row["split"] = split
