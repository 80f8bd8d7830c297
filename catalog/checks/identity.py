"""Find what may still identify a patient: metadata, patient ids, file names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pandas as pd

from catalog.checks.finding import Finding, listed, pictures
from catalog.private import HASHED

_NUMBERED = re.compile(r"(?:.*/)?\d{6}_\d{3}\.png")  # names that the DICOM importer gives to frames


def identities(features: pd.DataFrame, has_patients: bool) -> Iterator[Finding]:
    """Yield findings metadata, patient_ids and file_names.

    The messages do not repeat what they warn of, because findings are stored. Simulated images, whose ambiguity is
    known, have invented patients and are not reported.
    """
    telling = features[features["metadata"].map(len) > 0]
    if len(telling):
        kinds = Counter(kind for one in telling["metadata"] for kind in one)
        text = f"{pictures(len(telling), 'holds', 'hold')} more than pixels "
        text += f"({listed(f'{kind} in {n:,}' for kind, n in sorted(kinds.items()))}), which may name the patient; "
        yield Finding("warning", "metadata", f"{text}import them again.", tuple(telling["sample_id"]))
    real = features[features["ambiguity"].isna()]
    plain = real[~real["patient"].map(_is_hash)] if has_patients else real[:0]
    if len(plain):
        n = plain["patient"].nunique()
        text = (
            f"{n:,} patient{' has an id that is no hash' if n == 1 else 's have ids that are no hashes'} and may name "
        )
        text += "a person; import again without --keep-patient-ids."
        yield Finding("warning", "patient_ids", text, tuple(plain["sample_id"]))
    called = real[~real["key"].map(lambda key: _is_hash(key.partition(".")[0]) or bool(_NUMBERED.fullmatch(key)))]
    if len(called):
        text = (
            f"{pictures(len(called), 'keeps its name', 'keep their names')} from the source, which may name a person; "
        )
        yield Finding("info", "file_names", f"{text}import again without --keep-names.", tuple(called["sample_id"]))


def _is_hash(text: str) -> bool:
    return HASHED.fullmatch(text) is not None
