"""What a comparison found, in one sentence of a language: pages and the report say the very same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd

from analysis.bootstrap import FEWEST_PATIENTS

MOST = 6  # classes that a sentence names a side; more than these nobody reads to the end
LONGEST = 60  # characters of a name

# Another language brings the same keys with the same placeholders.
ENGLISH: Final[Mapping[str, str]] = {
    "better": "{winner} is better on {classes}",
    "gain": "{class_name} ({metric} {points:+.1f} points, 95 % {low:.1f} to {high:.1f})",
    "unshown": "no difference shown on {classes}",
    "others": "the others",
    "any": "any class ({metric})",
    "one": "{class_name} ({metric})",
    "not_comparable": "not comparable on {classes}",
    "too_few": "not comparable on {classes} (fewer than {fewest} patients)",
    "more": "{n} more",
    "nothing": "Nothing to compare.",
    "and": " and ",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "average_precision": "average precision",
    "auroc": "AUROC",
    "accuracy": "accuracy",
}
KOREAN: Final[Mapping[str, str]] = {
    "better": "{winner} 우세: {classes}",
    "gain": "{class_name} ({metric} {points:+.1f}점, 95 % {low:.1f}~{high:.1f})",
    "unshown": "차이가 확인되지 않음: {classes}",
    "others": "나머지",
    "any": "모든 클래스 ({metric})",
    "one": "{class_name} ({metric})",
    "not_comparable": "비교할 수 없음: {classes}",
    "too_few": "환자가 {fewest}명 미만이어서 비교할 수 없음: {classes}",
    "more": "그 밖의 {n}개",
    "nothing": "비교할 것이 없습니다.",
    "and": ", ",
    "precision": "정밀도",
    "recall": "재현율",
    "f1": "F1",
    "average_precision": "평균 정밀도",
    "auroc": "AUROC",
    "accuracy": "정확도",
}
WORDS: Final[Mapping[str, Mapping[str, str]]] = {"en": ENGLISH, "ko": KOREAN}


def summary_sentence(
    frame: pd.DataFrame, name_a: str, name_b: str, metric: str = "f1", words: Mapping[str, str] = ENGLISH
) -> str:
    """What `analysis.comparison.compare_per_class` found for one metric, in one sentence.

    A class is called better where the interval leaves 0 out. No finding is not a finding of equality: the sentence
    says "no difference shown". Classes that fewer than FEWEST_PATIENTS patients have, and those without an interval,
    are named as not comparable. Of more than MOST classes the largest differences are named and the others counted;
    names are cut at LONGEST characters.

    Args:
        words: of WORDS.
    """
    rows = frame[frame["metric"] == metric]
    name = words.get(metric, metric)
    known, enough = rows["low"].notna() & rows["high"].notna(), rows["n_groups"] >= FEWEST_PATIENTS
    measured = rows[known & enough]
    b_better, a_better = measured[measured["low"] > 0], measured[measured["high"] < 0]
    unshown = [_cut(of) for of in measured.drop(b_better.index).drop(a_better.index)["class_name"]]
    parts = []
    for winner, found, sign in ((name_b, b_better, 1), (name_a, a_better, -1)):
        if len(found):
            largest = found["difference"].abs().sort_values(ascending=False, kind="stable").index[:MOST]
            told = [_gain(words, row, name, sign) for row in found[found.index.isin(largest)].to_dict("records")]
            parts.append(words["better"].format(winner=_cut(winner), classes=_listed(words, told, len(found))))
    if unshown:
        several = words["others"] if parts else words["any"].format(metric=name)
        one = unshown[0] if parts else words["one"].format(class_name=unshown[0], metric=name)
        parts.append(words["unshown"].format(classes=several if len(unshown) > 1 else one))
    for why, without in (("not_comparable", rows[~known & enough]), ("too_few", rows[~enough])):
        missing = [_cut(of) for of in without["class_name"]]
        if missing:
            told_of = _listed(words, missing[:MOST], len(missing))
            parts.append(words[why].format(classes=told_of, fewest=FEWEST_PATIENTS))
    if not parts:
        return words["nothing"]
    sentence = "; ".join(parts) + "."
    return sentence if len(b_better) + len(a_better) else sentence[0].upper() + sentence[1:]


def _gain(words: Mapping[str, str], row: dict[str, object], metric: str, sign: int) -> str:
    low, high = sorted(100 * sign * float(str(row[name])) for name in ("low", "high"))
    points = 100 * sign * float(str(row["difference"]))
    return words["gain"].format(class_name=_cut(row["class_name"]), metric=metric, points=points, low=low, high=high)


def _listed(words: Mapping[str, str], names: list[str], of: int) -> str:
    """Names in a row; those of `of` that are not named are counted at the end."""
    told = [*names, words["more"].format(n=of - len(names))] if of > len(names) else names
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])}{words['and']}{told[-1]}"


def _cut(name: object) -> str:
    text = " ".join(str(name).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
