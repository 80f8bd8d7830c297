"""Draw the scores of a run's maps: whether they point at the object, and shortcut tests."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from analysis.bootstrap import FEWEST_PATIENTS
from analysis.map_baselines import (
    BASELINES,
    FEWEST_PICTURES,
    Standing,
    compare_with_baselines,
    has_too_few,
    judge_gains,
)
from dashboard.frame import map_jobs
from dashboard.reads import run_queries
from dashboard.text import T, name_of, percent, plain, stage_short
from dashboard.widgets import downloads, url_state

FLIPS = ("flips, marks painted out", "flips, marks painted in")
_ALL = ""  # no dataset has a class of this name: it stands for all classes


def draw(run: dict[str, Any]) -> None:
    """Draw the tables of the scores, or the button that computes them."""
    run_id = str(run["run_id"])
    scores, stages = run_queries.map_scores(run_id), run_queries.stages(run_id)
    scored = set(zip(scores["round"], scores["stage"], strict=True))
    if scores.empty:
        map_jobs.offer(map_jobs.scores(run_id, T.no_scores))
        return
    if not set(zip(stages["round"], stages["stage"], strict=True)) <= scored:
        map_jobs.offer(map_jobs.scores(run_id, T.stages_unscored))
    methods = [str(name) for name in scores["method"].drop_duplicates()]
    chosen = url_state.choose("method", T.method, methods) if len(methods) > 1 else methods[0]
    scores = scores[scores["method"] == chosen]
    _localisation(run, scores)
    _shortcuts(run, scores)
    st.caption(T.scored_by.format(method=plain(chosen), layers=plain("; ".join(scores["layer"].drop_duplicates()))))
    downloads.download(scores, "map_scores")


def _localisation(run: dict[str, Any], scores: pd.DataFrame) -> None:
    st.subheader(T.localisation_title)
    score = url_state.switch("map_score", T.map_score, T.map_scores)
    of_score = scores[scores["score"] == score]
    if not of_score["n"].sum():
        st.info(T.no_marks if score == "energy on marks" else T.no_boxes, icon=":material/info:")
        return
    last = _judge_last_stage(scores)
    last = last[last["score"] == score]
    own = of_score[~of_score["maps"].isin(BASELINES)]
    of_baselines = last[last["maps"].isin(BASELINES)]
    columns = _by_stage(own) | {
        name_of(T.baselines, name): of_baselines[of_baselines["maps"] == name] for name in BASELINES
    }
    _table(columns, f"localisation_{score}", _classes(run, own))
    _headline(score, last)
    road = scores[scores["score"] == "ROAD"].sort_values("position", kind="stable")
    road = road[road["position"] == road["position"].max()]
    if len(road) and not has_too_few(road).any():
        parts = " · ".join(f"{plain(name_of(T.baselines, row.maps))} {row.value:+.3f}" for row in road.itertuples())
        st.caption(T.road.format(stage=_stage(road), n=int(road["n"].max()), parts=parts))


def _judge_last_stage(scores: pd.DataFrame) -> pd.DataFrame:
    """Judge the maps of the last stage against each baseline, by every score on the page.

    The maps of all classes together are judged.
    """
    last = scores[scores["score"].isin(dict(T.map_scores)) & (scores["position"] == scores["position"].max())]
    spoken = last["class_name"].isna() & last["maps"].isin(BASELINES)
    last = last.assign(standing=pd.Series(None, index=last.index, dtype=object))
    columns = ["gain_low", "gain_high", "standing"]
    last.loc[spoken, columns] = judge_gains(last[spoken])[columns]
    return last


def _headline(score: str, last: pd.DataFrame) -> None:
    """Draw one sentence on all classes at the last stage, against the best baseline."""
    whole = compare_with_baselines(last[last["class_name"].isna()]).iloc[0]
    if bool(has_too_few(whole.to_frame().T)[0]):
        st.markdown(
            T.points_few.format(
                score=plain(name_of(T.map_scores, score)), stage=_stage(last), n=whole["n"],
                patients=_patients(whole), pictures=FEWEST_PICTURES, fewest=FEWEST_PATIENTS,
            )
        )  # fmt: skip
        st.caption(dict(T.map_score_help)[score])
        return
    standings = {Standing.ABOVE.value: T.points_better, Standing.BELOW.value: T.points_worse}
    words = T.on_marks if score == "energy on marks" else standings.get(whole["standing"], T.points_unshown)
    st.markdown(
        words.format(
            score=plain(name_of(T.map_scores, score)),
            stage=_stage(last),
            value=_with_interval(whole),
            n=whole["n"],
            baseline=plain(name_of(T.baselines, str(whole["baseline"]))),
            other=percent(whole["baseline_value"]),
            gain=_gain(whole),
        )
    )
    st.caption(dict(T.map_score_help)[score])


def _with_interval(row: pd.Series) -> str:
    """Write a share with its interval, if it has one."""
    if pd.isna(row["low"]):
        return percent(row["value"])
    return T.share_interval.format(value=percent(row["value"]), low=percent(row["low"]), high=percent(row["high"]))


def _patients(row: pd.Series) -> str:
    """Write how many patients a mean rests on; a dash if that was not recorded."""
    return "–" if pd.isna(row["n_groups"]) else str(int(row["n_groups"]))


def _gain(row: pd.Series) -> str:
    """Write how much more a method's maps score than a baseline's."""
    if pd.isna(row["gain_low"]):
        return T.gain_alone
    points = {name: 100 * row[name] for name in ("gain", "gain_low", "gain_high")}
    return T.gain_interval.format(**points)


def _shortcuts(run: dict[str, Any], scores: pd.DataFrame) -> None:
    st.subheader(T.shortcuts_title)
    flips = scores[scores["score"].isin(FLIPS)]
    if flips.empty:
        st.info(T.no_flips, icon=":material/info:")
        return
    st.caption(T.shortcuts_help)
    for change in FLIPS:
        st.markdown(f"**{dict(T.changes)[change]}**")
        of_change = flips[flips["score"] == change]
        if of_change.empty:
            st.caption(dict(T.no_change)[change])
            continue
        _table(_by_stage(of_change), change, _classes(run, of_change))
        last = of_change[of_change["position"] == of_change["position"].max()]
        whole, each = last[last["class_name"].isna()].iloc[0], last[last["class_name"].notna()]
        if bool(has_too_few(whole.to_frame().T)[0]):
            few = {
                "n": whole["n"],
                "patients": _patients(whole),
                "pictures": FEWEST_PICTURES,
                "fewest": FEWEST_PATIENTS,
            }
            st.markdown(T.flips_few.format(stage=_stage(last), **few))
            continue
        enough = each[~has_too_few(each)]
        if enough.empty or (whole["value"] > 0 and not (enough["value"] > 0).any()):
            numbers = {"value": _with_interval(whole), "n": whole["n"], "pictures": FEWEST_PICTURES}
            st.markdown(T.flips_unnamed.format(stage=_stage(last), **numbers, fewest=FEWEST_PATIENTS))
            continue
        worst = enough.sort_values(["value", "n"], ascending=False, kind="stable").iloc[0]
        words = T.flips if worst["value"] > 0 else T.no_flip
        st.markdown(
            words.format(
                stage=_stage(last),
                value=_with_interval(whole),
                n=whole["n"],
                worst=plain(worst["class_name"]),
                worst_value=_with_interval(worst),
                worst_n=worst["n"],
            )
        )


def _by_stage(scores: pd.DataFrame) -> dict[str, pd.DataFrame]:
    ordered = scores.sort_values("position", kind="stable")
    return {stage_short(int(rows["round"].iloc[0]), str(rows["stage"].iloc[0])): rows
            for _, rows in ordered.groupby("position")}  # fmt: skip


def _classes(run: dict[str, Any], scores: pd.DataFrame) -> list[str]:
    scored = set(scores["class_name"].dropna())
    return [_ALL, *(str(name) for name in run["classes"] if name in scored)]


def _table(columns: dict[str, pd.DataFrame], key: str, classes: list[str]) -> None:
    """Draw one row per class, one column per stage or baseline; shares with their sample counts."""
    table = pd.DataFrame({T.column_class: [name or T.all_classes for name in classes]})
    for label, rows in columns.items():
        cells = {_ALL if row.class_name != row.class_name or row.class_name is None else str(row.class_name):
                f"{percent(row.value)} ({row.n})" for row in rows.itertuples()}  # fmt: skip
        table[label] = [cells.get(name) for name in classes]
    st.dataframe(
        table, key=f"scores_{url_state.digest([key, *classes])}", hide_index=True, width="stretch", placeholder="–"
    )


def _stage(scores: pd.DataFrame) -> str:
    return stage_short(int(scores["round"].iloc[0]), str(scores["stage"].iloc[0]))
