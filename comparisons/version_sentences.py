"""Say how runs of two dataset versions are compared, or why two runs cannot be."""

from __future__ import annotations

from analysis.version_changes import Change
from comparisons.dataset_versions import Run, VersionPair, is_other_version, only_in_one
from comparisons.sentences import MOST, join_names, shorten
from comparisons.version_texts import VERSION_TEXTS


def refusal(run_a: Run, run_b: Run, language: str = "en") -> str | None:
    """Say why two runs cannot be compared; None where they can.

    Args:
        run_a, run_b: rows of `store.runs`.
    """
    words = VERSION_TEXTS[language]
    ids = {"a": run_a["run_id"], "b": run_b["run_id"]}
    if run_a["dataset_id"] != run_b["dataset_id"] and not is_other_version(run_a, run_b):
        return words["other_dataset"].format(**ids, a_dataset=run_a["dataset_id"], b_dataset=run_b["dataset_id"])
    names = [shorten(name) for name in only_in_one(list(run_a["classes"]), list(run_b["classes"]))]
    if names:
        return words["other_classes"].format(**ids, classes=join_names(words, names[:MOST], len(names)))
    return None


def versions_sentence(versions: VersionPair | None, language: str = "en") -> str:
    """Say on which samples two versions are compared, by which labels, and what changed.

    Empty where both runs have one version.
    """
    if versions is None:
        return ""
    words, counts = VERSION_TEXTS[language], versions.counts()
    names = {"older": versions.older, "newer": versions.newer, "labels_of": versions.labels_of}
    parts = [words["compared"].format(**names, n=len(versions.shared), split=words[versions.split])]
    if counts[Change.RELABELLED]:
        parts.append(words["relabelled"].format(**names, n=counts[Change.RELABELLED]))
    left_out = [
        words[change].format(**names, n=counts[change])
        for change in (Change.EXCLUDED, Change.ADDED, Change.MOVED)
        if counts[change]
    ]
    if left_out:
        parts.append(words["left_out"].format(parts=", ".join(left_out)))
    if not counts[Change.RELABELLED] and not left_out:
        parts.append(words["nothing_changed"])
    return " ".join(parts)
