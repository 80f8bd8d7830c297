"""Render the report from its template; all data is escaped, and the file can run no script."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeGuard

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined

import catalog
import store
from analysis.comparison_verdicts import MARGIN
from comparisons.claim import with_verdict_names
from comparisons.collapse_sentences import baseline_sentence, collapse_sentence, collapsed_sides
from comparisons.sentence_texts import SENTENCE_TEXTS
from comparisons.version_sentences import refusal
from report import pictures
from report.checklist import items
from report.gather import Compared, DatasetPart, Gathered, ReportError, RunPart, gather, rows_of
from report.provenance import made_by
from report.text import LANGUAGES
from system.atomic_files import atomic_write

Pairs = tuple[tuple[str, str], ...]


def render(run_ids: Sequence[str], language: str = "en", margin: float = MARGIN) -> str:
    """Render the report of some runs as one self-contained HTML document.

    Args:
        language: one of LANGUAGES.
        margin: the largest difference that does not matter; a fraction.
    Raises:
        ReportError: a run cannot be reported, or the language is not available; one sentence.
        store.StoreError: the store cannot be read.
    """
    texts = LANGUAGES.get(language)
    if texts is None:
        raise ReportError(f"The report is not written in '{language}'; choose {' or '.join(LANGUAGES)}.")
    with store.read():
        gathered = gather(run_ids, margin)
    environment = Environment(
        loader=PackageLoader("report", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"percent": _percent, "number": _number, "settings": _settings, "share": _share}
    environment.tests["known"] = _known
    environment.filters |= {"named": _named, "counted": _counted, "points": _points, "made_by": made_by}
    folders = {dataset.dataset_id: _folder(dataset) for dataset in gathered.datasets}
    return environment.get_template("template.html").render(
        t=texts,
        gathered=gathered,
        comparisons=[_worded(language, pair) for pair in gathered.comparisons],
        items=items(gathered),
        refused=_refusals(gathered, language),
        collapsed=lambda part: collapse_sentence(str(part.run["run_id"]), part.answers, SENTENCE_TEXTS[language]),
        baselines=lambda part: baseline_sentence(part.answers, SENTENCE_TEXTS[language]),
        made_at=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        picture=lambda part, path: _picture(folders, part, path),
        map_=lambda part, sample_id, file: _map(folders, part, sample_id, file),
    )


def write(run_ids: Sequence[str], out: Path, language: str = "en", margin: float = MARGIN) -> Path:
    """Write the report of some runs; an old file is replaced whole or not at all.

    Raises:
        ReportError: a run cannot be reported, or the file cannot be written; one sentence.
    """
    text = render(run_ids, language, margin)
    try:
        with atomic_write(out) as temporary:
            temporary.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ReportError(f"{out} cannot be written ({error.strerror or error}); name another file.") from error
    return out


def _folder(dataset: DatasetPart) -> Path | None:
    known = Path(str(dataset.known.get("folder", "")))
    if dataset.known and known.is_dir():
        return known
    return None if dataset.described is None else dataset.described.folder


def _picture(folders: dict[str, Path | None], part: RunPart, path: str) -> str | None:
    folder = folders[str(part.run["dataset_id"])]
    return None if folder is None else pictures.thumbnail(folder / path)


def _map(folders: dict[str, Path | None], part: RunPart, sample_id: str, file: str) -> str | None:
    folder = folders[str(part.run["dataset_id"])]
    try:
        path = catalog.open_dataset(str(part.run["dataset_id"])).image_path(sample_id)
    except catalog.CatalogError:
        return None
    return None if folder is None else pictures.thumbnail(path, store.runs_root() / file)


def _named(key: str, pairs: Pairs) -> str:
    return dict(pairs).get(key, key)


def _counted(counts: dict[str, int], pairs: Pairs) -> str:
    return ", ".join(f"{_named(name, pairs)} {n}" for name, n in counts.items())


def _known(value: float | None) -> TypeGuard[float]:
    return value is not None and value == value


def _percent(value: float | None) -> str:
    return f"{100 * value:.1f}" if _known(value) else "–"


def _worded(language: str, compared: Compared) -> dict[str, Any]:
    """Word a comparison as the pages do."""
    claim = compared.claim
    sentences = [claim.on_mining(language) if compared.shows_mining else "", claim.sentence(language)]
    return {
        "collapsed": collapsed_sides(compared.answers, compared.answers, SENTENCE_TEXTS[language]),
        "sentence": " ".join([*filter(None, sentences), claim.settling(language)]).strip(),
        "a": compared.a.run["run_id"], "b": compared.b.run["run_id"],
        "names": (claim.subject.name_a, claim.subject.name_b),
        "rows": rows_of(with_verdict_names(claim.rows, language)),
        "overall": rows_of(with_verdict_names(claim.overall, language)),
        "versions": claim.on_versions(language), "changed": compared.changed,
        "labels_of": "" if claim.versions is None else claim.versions.labels_of,
        "scoring": claim.comparison.scoring, "seeds": compared.seeds, "margin": claim.margin, "keys": compared.keys,
    }  # fmt: skip


def _refusals(gathered: Gathered, language: str) -> dict[str, str | None]:
    """Say why runs are not compared with the first; None where they only share no test sample."""
    first = gathered.runs[0].run
    return {str(part.run["run_id"]): refusal(first, part.run, language) for part in gathered.runs[1:]}


def _points(value: float | None) -> str:
    return f"{100 * value:+.1f}" if _known(value) else "–"


def _number(value: float | None, digits: int = 2) -> str:
    return f"{value:.{digits}f}" if _known(value) else "–"


def _share(count: int, of: int) -> float:
    return 0.0 if of == 0 else count / of


def _settings(recipe: Any) -> str:
    """Return a recipe as YAML, as people write it."""
    try:
        values = json.loads(recipe) if isinstance(recipe, str) else recipe
    except ValueError:
        return str(recipe)
    return str(yaml.safe_dump(values, sort_keys=False, allow_unicode=True))
