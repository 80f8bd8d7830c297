"""Word the versions and devices that a run used."""

from __future__ import annotations

import store
from report.text.provenance import ProvenanceTexts


def made_by(column: object, texts: ProvenanceTexts) -> list[str]:
    """Word the versions and device of a run's start, and of each resume in other ones.

    Args:
        column: `environment` of table `runs`.
    """
    return [
        _sentence(environment, texts.resumed_by if position else texts.made_by, texts)
        for position, environment in enumerate(store.environments(column))
    ]


def _sentence(environment: store.Environment, sentence: str, texts: ProvenanceTexts) -> str:
    if not environment:
        return texts.made_by_unknown
    known = {key: str(environment.get(key) or "?") for key in ("odap", "torch", "python", "device")}
    commit, cuda, threads = (environment.get(key) for key in ("commit", "cuda", "threads"))
    words = texts.by_changed_commit if environment.get("dirty") else texts.by_commit
    return sentence.format(
        **known,
        commit=words.format(commit=str(commit)[:12]) if commit else "",
        cuda=texts.by_cuda.format(cuda=cuda) if cuda else "",
        threads=texts.by_threads.format(threads=threads) if threads else "",
    )
