"""Warn of collapsed predictions and of stages that learned from next to nothing.

Warnings stand wherever results of such a stage are shown. Every finished stage is judged once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import pandas as pd
import streamlit as st

import store
from analysis.prediction_collapse import CollapseCheck
from analysis.starved_epochs import starved_stages
from comparisons.collapse_sentences import baseline_sentence, check_stages, collapse_mark, collapsed_sides
from comparisons.sentence_texts import SENTENCE_TEXTS
from comparisons.stage_comparison import RunStageKey
from dashboard.reads import run_queries
from dashboard.text import T, language, percent, plain, stage_name

_Stage = tuple[str, int, str, object]  # a key, and when the stage ended: another store may have a run of the same name


@st.cache_resource(max_entries=4, show_spinner=False)
def _judged(path: str) -> dict[_Stage, CollapseCheck | None]:
    """Return the checks made so far of one store's stages; a finished stage never changes."""
    return {}


def find(keys: Sequence[RunStageKey]) -> dict[RunStageKey, CollapseCheck | None]:
    """Check the test predictions of finished stages for collapse.

    Stages that were not checked before are read from the store together, by one query.
    """
    stages = run_queries.stages()
    ended = dict(zip(keys_of(stages), stages["finished_at"], strict=True))
    judged, stage_of = _judged(str(store.results_path())), {key: (*key, ended[key]) for key in keys if key in ended}
    missing = [key for key, stage in stage_of.items() if stage not in judged]
    if missing:
        metrics = run_queries.metrics(sorted({run_id for run_id, *_ in missing}))
        checks = check_stages(run_queries.runs(), metrics, missing)
        judged.update({stage_of[key]: check for key, check in checks.items()})
    return {key: judged.get(stage_of[key]) if key in stage_of else None for key in keys}


def keys_of(stages: pd.DataFrame) -> list[RunStageKey]:
    """Return the keys of rows of stages."""
    return [(str(row.run_id), int(row.round), str(row.stage)) for row in stages.itertuples()]


def table(stages: pd.DataFrame) -> pd.DataFrame:
    """Return whether the predictions of stages collapsed, with baselines of accuracy.

    Returns:
        run_id, round, stage, collapse (text; None: not), majority, chance (NaN: not known, or tables score the run on
        other labels than its classes).
    """
    checks = find(keys_of(stages))
    on_scheme = {
        str(row.run_id): _scheme(row.recipe) != "base" for row in run_queries.runs().itertuples()
    }  # such runs are scored in tables on the dataset's own labels
    rows = []
    for key, check in checks.items():
        base = None if check is None or on_scheme[key[0]] else check.baselines
        shares = (float("nan"), float("nan")) if base is None else (base.majority, base.chance)
        rows.append((*key, collapse_mark(check, SENTENCE_TEXTS[language()]), *shares))
    columns = ["run_id", "round", "stage", "collapse", "majority", "chance"]
    return pd.DataFrame(rows, columns=columns).astype({"collapse": object, "majority": float, "chance": float})


def draw(keys: Iterable[RunStageKey]) -> None:
    """Warn of every stage whose predictions collapsed."""
    keys = list(keys)
    sentences = [plain(sentence) for sentence in collapsed_sides(find(keys), keys, SENTENCE_TEXTS[language()])]
    if sentences:  # one box for all seeds
        st.warning("\n\n".join(sentences), icon=":material/warning:")


def draw_baselines(key: RunStageKey) -> None:
    """Show the scores that guesses without a model reach on the same test samples."""
    sentence = baseline_sentence(find([key])[key], SENTENCE_TEXTS[language()])
    if sentence:
        st.caption(plain(sentence))


def warn_of_starved(run_ids: Sequence[str]) -> None:
    """Warn of every stage with an epoch that learned from less than 5 % of its samples."""
    starved = starved_stages(run_queries.epochs(list(dict.fromkeys(run_ids))))
    for row in starved.itertuples():
        words = T.starved_stage.format(
            run=plain(row.run_id), stage=stage_name(int(row.round), str(row.stage)), n=row.n, epochs=row.epochs,
            lowest=percent(row.lowest),
        )  # fmt: skip
        st.warning(words, icon=":material/filter_alt:")


def _scheme(recipe: object) -> str:
    settings = json.loads(recipe) if isinstance(recipe, str) else recipe
    return str(settings.get("label_scheme", "base")) if isinstance(settings, dict) else "base"
