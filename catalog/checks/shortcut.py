"""Measure how well burned-in marks alone predict the class."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from catalog.burned_in_marks import Mark
from catalog.checks.finding import Finding
from catalog.near_duplicates import linked, near_pairs

Floats = NDArray[np.float64]

TELLING = 0.6  # least macro AUC that is worth a warning
_SIGMAS = 3.0
_FOLDS = 5


def burned_in(features: pd.DataFrame, classes: Sequence[str]) -> Iterator[Finding]:
    """Yield findings burned_in_marks (share by class) and shortcut (they predict the class).

    A model that scores above what marks alone give has learned something else too; one that scores no better may have
    learned nothing else. The warning does not say that a model does use the marks. It misses marks that the finder of
    catalog.burned_in_marks does not find, and is weak where marks are few; where the manifest has the marks (the
    phantom's), those are used. Crosses are placed on the organ, so a part of the AUC may be anatomy that the marks
    point at. The measured value or the text is not read, so a class name written in the image reveals more than is
    reported here.
    """
    marks = known_marks(features) or features["found_marks"].tolist()
    crosses = np.array([any(mark.kind == "caliper" for mark in one) for one in marks])
    texts = np.array([any(mark.kind == "text" for mark in one) for one in marks])
    marked = features.loc[crosses | texts, "sample_id"]
    if marked.empty:
        return
    shows = {name: np.array([name in labels for labels in features["labels"]]) for name in classes}
    by_class = [
        f"{what} on {carries.sum():,} of {len(features):,} pictures ("
        + ", ".join(f"{name} {carries[is_shown].mean():.0%}" for name, is_shown in shows.items() if is_shown.any())
        + ")"
        for what, carries in (("caliper crosses", crosses), ("text", texts))
    ]
    auc = marks_auc(mark_features(marks, features["width"], features["height"]), shows, _together(features))
    macro, chance = float(np.mean(list(auc.values()))) if auc else math.nan, _chance(shows)
    auc_text = f"AUC {macro:.2f}, chance {0.5:.2f} ± {chance:.2f}" if auc else "too few to say"
    text = " and ".join(by_class) + f"; how far they alone tell the class: {auc_text}."
    yield Finding("info", "burned_in_marks", text[0].upper() + text[1:], tuple(marked))
    if is_telling(macro, chance):
        best = max(auc, key=lambda name: auc[name])
        text = f"The class can be guessed from burned-in marks alone: AUC {macro:.2f} (one class against the rest, "
        text += f"mean of {len(auc)}; {best} {auc[best]:.2f}). Compare results on pictures with and without marks."
        yield Finding("warning", "shortcut", text, tuple(marked))


def is_telling(macro: float, chance: float) -> bool:
    """Check whether a macro AUC is worth a warning: large, and 3 standard deviations above 0.5."""
    return macro >= TELLING and macro - 0.5 >= _SIGMAS * chance


def known_marks(samples: pd.DataFrame) -> list[list[Mark]] | None:
    """Return the marks of the manifest, one list per sample; None where it has none at all."""
    if not samples["marks"].map(len).any():
        return None
    return [
        [Mark(box["label"], *(int(box[side]) for side in "xywh")) for box in _boxes(boxes) if box["label"] in marks]
        for boxes, marks in zip(samples["boxes"], samples["marks"], strict=True)
    ]


def mark_features(marks: Sequence[Iterable[Mark]], width: Iterable[int], height: Iterable[int]) -> Floats:
    """Compute the features of burned-in marks.

    For crosses and for text: whether there are any, how many (log), and the mean position (0 to 1). Distances between
    crosses are left out: they are the size of what was measured.

    Returns:
        (N, 8) float.
    """
    rows = []
    for one, w, h in zip(marks, width, height, strict=True):
        row: list[float] = []
        for kind in ("caliper", "text"):
            of_kind = [((mark.x + mark.w / 2) / w, (mark.y + mark.h / 2) / h) for mark in one if mark.kind == kind]
            x, y = np.mean(of_kind, axis=0) if of_kind else (0.5, 0.5)
            row += [float(bool(of_kind)), math.log1p(len(of_kind)), float(x), float(y)]
        rows.append(row)
    return np.array(rows, dtype=np.float64).reshape(len(rows), 8)


def marks_auc(features: Floats, shows: dict[str, NDArray[np.bool_]], groups: NDArray[np.int64]) -> dict[str, float]:
    """Compute the AUC of each class against the rest, from the features alone; 0.5 is chance.

    Logistic regression, each sample scored by a model trained without its group (5 folds). Classes with too few groups
    for that are left out.

    Args:
        features: (N, F).
        shows: by class, (N,) whether a sample shows it.
        groups: (N,) samples of one group are of one patient.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    auc = {}
    for name, is_shown in shows.items():
        if min(len(np.unique(groups[is_shown])), len(np.unique(groups[~is_shown]))) < 2 * _FOLDS:
            continue
        model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced"))
        folds = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=0)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="The least populated class")
            probs = cross_val_predict(model, features, is_shown, groups=groups, cv=folds, method="predict_proba")
        auc[name] = float(roc_auc_score(is_shown, probs[:, 1]))
    return auc


def _chance(shows: dict[str, NDArray[np.bool_]]) -> float:
    """Return the standard deviation of an AUC by chance alone, mean over classes.

    Source: Mann and Whitney 1947.
    """
    each = [
        math.sqrt((len(is_shown) + 1) / (12 * is_shown.sum() * (~is_shown).sum()))
        for is_shown in shows.values()
        if is_shown.any() and not is_shown.all()
    ]
    return float(np.mean(each)) if each else math.nan


def _together(features: pd.DataFrame) -> NDArray[np.int64]:
    """Find sets of samples that are of one patient, or near-duplicates.

    Returns:
        (N,) number of each sample's set.
    """
    patient = pd.factorize(features["patient"])[0]
    first = pd.Series(patient).drop_duplicates()
    same = np.stack([np.arange(len(features)), first.index.to_numpy()[patient]], axis=1)
    return linked(len(features), np.concatenate([same, near_pairs(features["fingerprint"].tolist())]))


def _boxes(boxes: Any) -> list[dict[str, Any]]:
    parsed: list[dict[str, Any]] = json.loads(boxes) if isinstance(boxes, str) else []
    return parsed
