"""Render the report of a study as one HTML file: plan, progress, answers, costs, curves."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

import store
from comparisons.store_reader import StoreReader
from comparisons.study_answers import StudyAnswers, answer
from comparisons.study_sentences import (
    answer_sentence,
    effect_sentence,
    family_sentence,
    knob_value,
    samples_name,
    score_name,
    side_name,
    verdict_phrase,
)
from report import study_pictures
from report.gather import ReportError, rows_of
from report.text import STUDY_LANGUAGES, StudyTexts
from studies import Study
from system.atomic_files import atomic_write


def render(study: Study, language: str = "en") -> str:
    """Render what a study has shown so far as one self-contained HTML document.

    Raises:
        ReportError: the language is not available; one sentence.
        store.StoreError: the store cannot be read.
    """
    texts = _texts(language)
    with store.read():
        answers = answer(study, StoreReader())
    environment = Environment(
        loader=PackageLoader("report", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {
        "points": lambda value: "–" if value != value else f"{100 * value:+.1f}",
        "sides": lambda sides: _sides(sides, language),
        "samples": lambda samples: samples_name(samples, language),
        "score": lambda score: score_name(score, language),
        "sentence": lambda row: answer_sentence(row, language),
        "phrase": lambda row: verdict_phrase(row, language),
        "state": lambda state: dict(texts.study_states).get(state, state),
        "number": lambda value: f"{value:,.0f}",
        "count": lambda value: f"{value:.1f}",
    }
    return environment.get_template("study.html").render(
        t=texts,
        study=study,
        answers=answers,
        rows=answers.questions.to_dict("records"),
        family=family_sentence(answers.questions, language),
        forest=_forest(answers.questions, language),
        maps=_maps(answers, language),
        curves=[(name, study_pictures.curves(rows)) for name, rows in answers.curves.groupby("dataset", sort=False)],
        by_class=rows_of(answers.by_class),
        costs=rows_of(answers.costs),
        grid=_grid(answers),
        behind=_behind(answers),
        made_at=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
    )


def write(study: Study, out: Path, language: str = "en") -> Path:
    """Write the report of a study; an old file is replaced whole or not at all.

    Raises:
        ReportError: the language is not available, or the file cannot be written; one sentence.
    """
    text = render(study, language)
    try:
        with atomic_write(out) as temporary:
            temporary.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ReportError(f"{out} cannot be written ({error.strerror or error}); name another file.") from error
    return out


def write_pictures(study: Study, folder: Path, language: str = "en") -> list[Path]:
    """Write the figures of a study's report as SVG files, and return them.

    They are main.svg and explored.svg (the verdicts of both families), curves-DATASET.svg and map-QUESTION.svg.

    Raises:
        ReportError: the language is not available, or a file cannot be written; one sentence.
        store.StoreError: the store cannot be read.
    """
    _texts(language)
    with store.read():
        answers = answer(study, StoreReader())
    families = {"main": answers.questions["main"], "explored": ~answers.questions["main"]}
    pictures = {
        **{name: _forest(answers.questions[rows], language) for name, rows in families.items() if rows.any()},
        **{f"curves-{name}": study_pictures.curves(rows) for name, rows in answers.curves.groupby("dataset")},
        **{f"map-{name}": picture for name, picture, _ in _maps(answers, language)},
    }
    files = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, picture in pictures.items():
            files.append(folder / f"{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}.svg")
            with atomic_write(files[-1]) as temporary:
                temporary.write_text(f"{picture}\n", encoding="utf-8")
    except OSError as error:
        raise ReportError(f"{folder} cannot be written ({error.strerror or error}); name another folder.") from error
    return files


def _texts(language: str) -> StudyTexts:
    texts = STUDY_LANGUAGES.get(language)
    if texts is None:
        raise ReportError(f"The report is not written in '{language}'; choose {' or '.join(STUDY_LANGUAGES)}.")
    return texts


def _maps(answers: StudyAnswers, language: str) -> list[tuple[str, Markup, list[str]]]:
    """Return the name of each question over a grid of knobs, its map, and what each knob does."""
    maps, effects = [], answers.knob_effects
    asked = answers.questions[answers.questions["values"].map(len) > 0]
    for (question, source), rows in asked.groupby(["question", "source"], sort=False):
        of_map = effects[(effects["question"] == question) & (effects["source"] == source)]
        sentences = [effect_sentence(row, language) for row in of_map.to_dict("records")]
        picture = study_pictures.knob_map(rows, lambda value: knob_value(value, language))
        maps.append((f"{question} · {source}", picture, sentences))
    return maps


def _forest(questions: pd.DataFrame, language: str) -> Markup:
    rows = questions.sort_values("main", ascending=False, kind="stable")
    labels = [f"{row.question} · {row.dataset}" for row in rows.itertuples()]
    return study_pictures.forest(rows, labels, [verdict_phrase(row, language) for row in rows.to_dict("records")])


def _sides(sides: tuple[str, ...], language: str) -> str:
    names = [side_name(side, language) for side in sides]
    pairs = [f"{first} − {second}" for first, second in zip(names[::2], names[1::2], strict=True)]
    return pairs[0] if len(pairs) == 1 else f"({pairs[0]}) − ({pairs[1]})"


def _grid(answers: StudyAnswers) -> list[tuple[str, list[int], list[tuple[str, list[str]]]]]:
    """Return the seeds of each dataset, and of each arm the state at every seed.

    It is empty where there is no cell.
    """
    tables = []
    for dataset, cells in answers.grid.groupby("dataset", sort=False):
        seeds = sorted(cells["seed"].unique())
        states = {(row.arm, row.seed): str(row.state) for row in cells.itertuples()}
        arms = cells["arm"].drop_duplicates()
        rows = [(str(arm), [states.get((arm, seed), "") for seed in seeds]) for arm in arms]
        tables.append((str(dataset), [int(seed) for seed in seeds], rows))
    return tables


def _behind(answers: StudyAnswers) -> list[tuple[str, str, str, str]]:
    """Return question, dataset, side and the runs of its seeds."""
    grouped = answers.stages.groupby(["question", "dataset", "side"], sort=False)["run_id"]
    return [(str(key[0]), str(key[1]), str(key[2]), ", ".join(ids)) for key, ids in grouped]
