"""Choose and compare two runs; draw their scores by class and where they disagree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from analysis.ground_truth import GroundTruthUnknown
from analysis.run_comparison import RunComparison, StagePredictions
from comparisons import stage_comparison
from comparisons.claim import Claim
from comparisons.stage_comparison import RunStageKey, StagePair
from comparisons.subject import Subject, name_sides
from comparisons.version_sentences import refusal
from dashboard.charts import differences
from dashboard.reads import run_queries, table_frames
from dashboard.text import T, called, language, name_of, number, plain
from dashboard.widgets import drill_down, url_state, versions
from dashboard.widgets.url_state import StageKey


@dataclass(frozen=True)
class Chosen:
    """One side of a comparison: a run and one of its stages."""

    run: dict[str, Any]
    stage: StageKey

    @property
    def run_id(self) -> str:
        """Return the run's id."""
        return str(self.run["run_id"])


def choose() -> tuple[Chosen, Chosen] | None:
    """Choose run and stage of both sides; None, with a sentence, if they cannot be compared."""
    if len(run_queries.runs()) < 2:
        st.info(T.need_two, icon=":material/compare_arrows:")
        return None
    _follow_run()
    default_a, default_b = _defaults()
    left, right = st.columns(2, gap="large")
    with left:
        a = _side("a", T.run_a, default_a)
    with right:
        b = _side("b", T.run_b, default_b)
    if a is None or b is None:
        return None
    if refusal := explain_incomparable(a, b):
        st.info(refusal, icon=":material/info:")
        return None
    return a, b


def _side(name: str, label: str, default: str | None) -> Chosen | None:
    run_id = url_state.run(name=name, label=label, default=default)
    stage = url_state.stage(run_id, name=f"stage_{name}") if run_id else None
    return Chosen(run_queries.run(run_id), stage) if run_id and stage else None


def _follow_run() -> None:
    """Forget the pair if a run outside of it has been chosen on another page since."""
    chosen, before = url_state.view("run"), st.session_state.get(_PAIR_OF)
    st.session_state[_PAIR_OF] = chosen
    if before is not None and chosen != before and chosen not in {url_state.view("a"), url_state.view("b")}:
        for name in ("a", "b", "stage_a", "stage_b"):
            url_state.forget(name)


def _defaults() -> tuple[str | None, str | None]:
    """Return the default pair: the newest multi-label run and its best single-label rival.

    The rival has the same dataset version and the most results to show. The run that was chosen on another page is one
    of the two if it has a rival on its dataset version; of several rivals one with the same seed is taken.
    """
    runs = run_queries.runs()
    runs = runs[runs["run_id"].isin(set(run_queries.stages()["run_id"]))]
    chosen = runs[runs["run_id"] == url_state.view("run")]
    if len(chosen):
        rivals = runs[runs["dataset_id"] == chosen["dataset_id"].iloc[0]]
        is_one = (rivals["objective"] != chosen["objective"].iloc[0]) | (rivals["run_id"] == chosen["run_id"].iloc[0])
        runs = pd.concat([rivals[is_one], runs[~runs["run_id"].isin(rivals["run_id"])]]) if is_one.sum() > 1 else runs
    multis = runs[runs["objective"] == "sigmoid"]
    if len(chosen):
        multis = multis.sort_values("seed", key=lambda seeds: seeds != chosen["seed"].iloc[0], kind="stable")
    for multi in multis.itertuples():
        single = runs[(runs["objective"] == "softmax") & (runs["dataset_id"] == multi.dataset_id)]
        same_seed = single[single["seed"] == multi.seed]
        if len(single):
            return table_frames.default_run(same_seed if len(same_seed) else single, run_queries.stages()), str(
                multi.run_id
            )
    ids = [*map(str, runs["run_id"]), None, None]
    return ids[0], ids[1]


def subject_of(a: Chosen, b: Chosen, n_seeds: int) -> Subject:
    """Name both sides for figures and sentences, as recipes or as single runs."""
    return name_sides(a.run, b.run, a.stage.label, b.stage.label, n_seeds)


def explain_incomparable(a: Chosen, b: Chosen) -> str | None:
    """Return the reason why two runs cannot be compared, as a sentence; None if they can."""
    if (a.run_id, a.stage) == (b.run_id, b.stage):
        return T.same_run
    sentence = refusal(a.run, b.run, language())
    return None if sentence is None else plain(sentence)


_PAIR_OF = "_pair_of"  # the run that was chosen on other pages when the pair was

# Scores of decisions are quick under all resamples; areas take half a second and are computed when they are chosen.
_TOGETHER = (("precision", "recall", "f1"), ("average_precision", "auroc"))


@st.cache_resource(max_entries=8, show_spinner=False)
def _compared(token: str, pair: StagePair, scoring: str, metrics: tuple[str, ...]) -> RunComparison | None:
    """Compare two stages, and the same stages under other seeds; cached."""
    with run_queries.together():
        return stage_comparison.compare(run_queries, pair, scoring, metrics)


def compare(
    a: Chosen, b: Chosen, scoring: str, metric: str, more: Sequence[tuple[str, str]] = ()
) -> RunComparison | None:
    """Compare the chosen stages; None, with a sentence, if that is not possible.

    That is so if they share no sample, or if the true labels are not known.

    Args:
        metric: the chosen score; it and the scores that are computed with it are compared for every class.
        more: runs of other seeds, whose same stages are compared too.
    """
    metrics = next(together for together in _TOGETHER if metric in together)
    both = stage_pair(a, b, more)
    token = "|".join(run_queries.run_token(run_id) for run_id in both.run_ids)
    try:
        with st.spinner(T.comparing):
            comparison: RunComparison | None = _compared(token, both, scoring, metrics)
    except GroundTruthUnknown:
        st.info(T.no_one_label if scoring == "label" else T.no_all_labels, icon=":material/info:")
        return None
    if comparison is None:
        st.info(T.no_shared.format(a=plain(a.run_id), b=plain(b.run_id)), icon=":material/info:")
    return comparison


def stage_pair(a: Chosen, b: Chosen, more: Sequence[tuple[str, str]] = ()) -> StagePair:
    """Return the two stages, with those of other seeds, as a `StagePair`."""
    return StagePair(_key(a), _key(b), tuple(more), versions.labels_of())


def choose_seeds(a: Chosen, b: Chosen) -> list[tuple[str, str]]:
    """Choose whether other seeds are compared too, if there are any."""
    more = stage_comparison.with_other_seeds(run_queries.runs(), run_queries.stages(), _key(a), _key(b)).more
    if not more:
        return []
    options = tuple((key, name.format(n=len(more) + 1)) for key, name in T.seeds_names)
    return list(more) if url_state.switch("seeds", T.seeds, options, default="all") == "all" else []


def _key(chosen: Chosen) -> RunStageKey:
    return chosen.run_id, chosen.stage.round, chosen.stage.stage


def load_sides(a: Chosen, b: Chosen) -> tuple[StagePredictions, StagePredictions] | None:
    """Load both sides with validation samples; None, with a sentence, if labels are not known."""
    try:
        return stage_comparison.load_sides(run_queries, stage_pair(a, b), "labels")
    except GroundTruthUnknown:
        st.info(T.no_all_labels, icon=":material/info:")
        return None


def draw_disagreements(a: Chosen, b: Chosen, samples: pd.DataFrame) -> None:
    """Draw the samples on which the two runs disagree, with both predictions."""
    counts = samples["kind"].value_counts()
    options = tuple((kind, f"{name} ({int(counts.get(kind, 0))})") for kind, name in T.discordance_names)
    kind = url_state.switch("kind", T.discordance_kind, options)
    chosen = samples[samples["kind"] == kind]
    if chosen.empty:
        st.info(T.no_discordance, icon=":material/check:")
        return
    ranked = chosen.assign(certainty=chosen[["prob_a", "prob_b"]].min(axis=1)).sort_values("certainty", ascending=False)
    title = plain(name_of(options, kind))
    drill_down.samples(
        a.run, ranked, card_lines, title, f"disagree_{url_state.digest([a.stage, b.run_id, b.stage])}", arrows=True
    )


def draw_class_bars(both: tuple[Chosen, Chosen], claim: Claim, label: str, name: str) -> None:
    """Draw one score of every class on both sides, and the samples of the chosen bar.

    Args:
        label: the name of the score on screen.  name: that of the figure.
    """
    comparison, rows, sides = claim.comparison, claim.rows, (claim.subject.name_a, claim.subject.name_b)
    figure = differences.class_comparison(rows, *sides, label)
    drill_down.figure(figure, name, rows, drill_down.setter("bar"))
    options = {
        f"{side}|{class_name}": words.format(class_name=class_name, side=called)
        for class_name in rows["class_name"]
        for side, words, called in (
            ("a", T.class_bar, sides[0]),
            ("b", T.class_bar, sides[1]),
            ("gap", T.class_gap, ""),
        )
    }
    chosen = drill_down.choose("bar", options)
    st.caption(f"{T.behind_hint} {T.class_bar_hint}")
    if chosen:
        side, _, class_name = chosen.partition("|")
        samples = comparison.samples
        wrong = {each: samples[f"wrong_{each}"].map(lambda classes: class_name in classes) for each in ("a", "b")}
        samples = samples[wrong["a"] != wrong["b"] if side == "gap" else wrong[side]]
        title = T.class_title.format(bar=plain(options[chosen]), n=len(samples))
        drill_down.samples(both[side == "b"].run, samples, card_lines, title, "class_bar")


def card_lines(row: Any) -> tuple[str, ...]:
    """Write the card of a sample of `RunComparison.samples`: its labels and both predictions."""
    return (
        f"**{called(', '.join(row.labels))}**",
        _prediction(T.column_a, row.correct_a, row.said_a, row.prob_a),
        _prediction(T.column_b, row.correct_b, row.said_b, row.prob_b),
    )


def _prediction(side: str, correct: bool, predicted: str, prob: float) -> str:
    words = T.side_right if correct else T.side_wrong
    return words.format(
        side=side, predicted=called(predicted) if predicted else T.no_class_predicted, prob=number(prob)
    )
