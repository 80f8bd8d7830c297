"""Compare a staged run with its control of equal budget: effect, cost, gains and losses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from analysis.trajectories import gained_and_lost
from comparisons.claim import Claim, judge
from comparisons.control_runs import candidates, default_scoring, shows_mining
from dashboard.charts import differences, training_curves
from dashboard.comparison import more_seeds, two_runs
from dashboard.comparison.two_runs import Chosen
from dashboard.reads import run_queries, table_frames
from dashboard.text import T, called, duration, language, name_of, plain, stage_name
from dashboard.widgets import claims, downloads, drill_down, stage_warnings, url_state, versions
from dashboard.widgets.url_state import StageKey


def choose() -> tuple[str, str | None] | None:
    """Choose a staged run and another to compare it with; None, with a sentence, without stages.

    The page chooses a control by itself: a run that differs in `control` alone. Any other run can be chosen.
    """
    runs, ended = run_queries.runs(), run_queries.stages()
    staged = runs[(runs["rounds"] > 0) & ~runs["control"].astype(bool)]
    if staged.empty:
        st.info(T.stages_need, icon=":material/info:")
        return None
    place = st.columns([5, 5, 2], gap="medium")
    ids = [str(run_id) for run_id in staged["run_id"]]
    asked = url_state.view("run")
    if asked not in ids and (runs["run_id"] == asked).any():
        st.info(T.not_staged.format(run=plain(asked)), icon=":material/info:")
        url_state.forget("run")
    run_id = url_state.choose_known(
        "run", T.staged_run, ids, url_state.explain_unknown_run, default=table_frames.default_run(staged, ended),
        show=_labelled(staged), place=place[0],
    )  # fmt: skip
    claims.choose_margin(place[2])
    if run_id is None:
        return None
    if run_queries.stages(run_id).empty:
        url_state.explain_no_stage(run_id)
        return None
    others = candidates(runs, ended, run_queries.run(run_id))
    exact = [str(other) for other in others[others["is_control"]]["run_id"]]
    if not exact:
        st.info(T.no_exact_control.format(dataset=plain(run_queries.run(run_id)["dataset_id"])), icon=":material/info:")
        more_seeds.offer_control(run_queries.run(run_id))
    label_of = _labelled(others, set(exact))
    options = [*([] if exact else [""]), *map(str, others["run_id"])]
    known = set(map(str, runs["run_id"]))
    other = url_state.choose_known(
        "control", T.other_run, options,
        lambda value: T.not_comparable_run.format(run=plain(value)) if value in known
        else url_state.explain_unknown_run(value),
        show=label_of, default=options[0], place=place[1], depends=True,
    )  # fmt: skip
    return None if other is None else (run_id, other or None)


def explain_other_run(run_id: str, other: str) -> bool:
    """Draw how the other run differs from the staged one; return whether it is its control."""
    others = candidates(run_queries.runs(), run_queries.stages(), run_queries.run(run_id)).set_index("run_id")
    if bool(others.loc[other, "is_control"]):
        st.caption(f":material/balance: {T.control_exact}")
        return True
    keys = ", ".join(others.loc[other, "keys"])
    st.warning(plain(T.control_other.format(keys=keys)), icon=":material/difference:")
    return False


def _labelled(runs: pd.DataFrame, controls: set[str] | None = None) -> Callable[[str], str]:
    seeds = {str(row.run_id): row.seed for row in runs.itertuples()}

    def label(run_id: str) -> str:
        if not run_id:
            return T.none_chosen
        control = f" · {T.control_mark}" if controls and run_id in controls else ""
        return f"{run_id} · {T.seed} {seeds[run_id]}{control}"

    return label


def last_shared_stages(run_id: str, other: str) -> tuple[Chosen, Chosen] | None:
    """Return both runs at the last position that both reached; None, with a sentence.

    The staged run is second.
    """
    last = min(int(run_queries.stages(each)["position"].max()) for each in (run_id, other))
    chosen = []
    for each in (other, run_id):
        ended = run_queries.stages(each)
        row = ended[ended["position"] == last].iloc[0]
        chosen.append(Chosen(run_queries.run(each), StageKey(int(row["round"]), str(row["stage"]))))
    refusal = two_runs.explain_incomparable(*chosen)
    if refusal:
        st.info(refusal, icon=":material/info:")
        return None
    return chosen[0], chosen[1]


def read_ahead(run_id: str, control: str) -> None:
    """Read what the page needs of both runs while the store is opened once."""
    with run_queries.together():
        run_queries.metrics(sorted((run_id, control)))
        for each in (control, run_id):
            run_queries.predictions_of_run(each, "test")


def draw_effect(both: tuple[Chosen, Chosen], is_control: bool) -> Claim | None:
    """Draw in one sentence whether mining is still needed, with its numbers and its cost."""
    other, staged = both
    chosen = url_state.view("score")  # chosen in `draw_class_effects`, further down the page
    metric = chosen if chosen in dict(T.score_names) else T.score_names[0][0]
    scoring = default_scoring(other.run, staged.run)
    matched = versions.choose(other.run, staged.run)
    more = two_runs.choose_seeds(other, staged)
    stage_warnings.draw(two_runs.stage_pair(other, staged, more).keys)
    comparison = two_runs.compare(other, staged, scoring, metric, more)
    if comparison is None:
        return None
    subject = two_runs.subject_of(other, staged, comparison.n_seeds)
    claim = judge(comparison, subject, metric, claims.margin(), matched)
    if is_control and shows_mining(*(_stage_row(each) for each in both)):
        st.markdown(f"**{plain(claim.on_mining(language()))}**")
    elif is_control:
        st.info(T.before_mining, icon=":material/hourglass_top:")
    claims.draw_headline(claim)
    versions.draw(matched, other.run, staged.run)
    costs = [
        table_frames.cost_until(run_queries.stages(each.run_id), each.stage.round, each.stage.stage) for each in both
    ]
    cost = T.effect_cost.format(
        steps=costs[1].steps, control_steps=costs[0].steps, samples=costs[1].samples, control_samples=costs[0].samples
    )
    processor = {"time": duration(costs[1].cpu_seconds), "control_time": duration(costs[0].cpu_seconds)}
    recorded = all(each.cpu_seconds == each.cpu_seconds for each in costs)  # NaN: not recorded
    st.caption(f"{cost} {T.effect_processor.format(**processor)}" if recorded else cost)
    more_seeds.offer(other.run, staged.run, claim.subject)
    return claim


def _stage_row(chosen: Chosen) -> pd.Series:
    return table_frames.stage_rows(run_queries.stages(chosen.run_id), chosen.stage.round, chosen.stage.stage).iloc[0]


def draw_class_effects(claim: Claim, both: tuple[Chosen, Chosen]) -> None:
    """Draw the net effect on every class, as a figure and a table."""
    metric = url_state.switch("score", T.score, T.score_names)
    two_runs.draw_class_bars(both, claim, name_of(T.score_names, metric), "class_effect")
    claims.draw_table(claim)


def stage_table(run_id: str, control: str | None) -> pd.DataFrame:
    """Return the stages of both runs with their costs and scores; the control first."""
    ids = [run_id] if control is None else [control, run_id]  # the order, and so the colours, of the figure of effects
    ended = pd.concat([run_queries.stages(each) for each in ids], ignore_index=True)
    table = table_frames.stage_table(ended, run_queries.headlines(sorted(ids)))
    return table.merge(stage_warnings.table(ended), how="left")


def draw_table(ended: pd.DataFrame, other: str | None, is_control: bool) -> None:
    """Draw every stage of both runs with its cost, score and gain; `ended` of `stage_table`."""
    of_versions = {str(run_queries.run(run_id)["dataset_id"]) for run_id in ended["run_id"].unique()}
    rows = table_frames.with_steps(ended, other)
    if len(of_versions) > 1:  # each is scored on the test samples and labels of its own version
        rows = rows.assign(lead=float("nan"))
        st.caption(f":material/difference: {T.own_versions}")
    percents = ("accuracy", "macro_f1", "since", "lead")
    points: dict[str, Any] = {"format": "%+.1f", "width": "small"}
    st.dataframe(
        table_frames.in_percent(rows, percents),
        key="staged_table",
        hide_index=True,
        width="stretch",
        placeholder="–",
        column_order=(
            "run_id", "name", *(["collapse"] if rows["collapse"].notna().any() else []), "accuracy", "since", "lead",
            "macro_f1", "n", "steps", "samples_seen", "samples_used", "processor",
        ),
        column_config={
            "run_id": T.column_run,
            "name": T.stage,
            "collapse": st.column_config.TextColumn(T.column_collapse, width="small", help=T.collapse_help),
            "accuracy": st.column_config.NumberColumn(T.column_accuracy, format="%.1f %%", width="small"),
            "since": st.column_config.NumberColumn(T.column_since, help=T.since_help, **points),
            "lead": st.column_config.NumberColumn(
                T.column_lead if is_control else T.column_other_lead, help=T.lead_help, **points
            ),
            "macro_f1": st.column_config.NumberColumn(T.column_macro_f1, format="%.1f %%", width="small"),
            "n": st.column_config.NumberColumn(T.column_n, width="small"),
            "steps": st.column_config.NumberColumn(T.column_steps, width="small"),
            "samples_seen": st.column_config.NumberColumn(T.column_samples_seen, width="small"),
            "samples_used": st.column_config.NumberColumn(
                T.column_samples_used, width="small", help=T.samples_used_help
            ),
            "processor": st.column_config.TextColumn(T.column_processor, width="small", help=T.processor_help),
        },
    )  # fmt: skip
    downloads.download(rows.drop(columns=["thresholds"]), "stages")


def draw_curves(ended: pd.DataFrame) -> None:
    """Draw the test accuracy at the end of each stage of both runs; `ended` of `stage_table`."""
    table = ended.drop(columns=["thresholds"])
    figure = training_curves.stage_scores(ended, "accuracy", T.column_accuracy)
    drill_down.figure(figure, "stage_scores", table, drill_down.setter("mistakes"))
    rows = {f"{row.run_id}|{row.position}": row for row in ended.itertuples()}
    options = {bar: T.stage_bar.format(run=row.run_id, stage=row.name) for bar, row in rows.items()}
    chosen = drill_down.choose("mistakes", options)
    st.caption(T.behind_hint)
    if chosen:
        stage = rows[chosen]
        drill_down.mistakes(str(stage.run_id), int(stage.round), str(stage.stage), options[chosen], "mistakes")


def draw_gains(run_id: str, control: str | None) -> None:
    """Draw what both runs gained and lost of each class between two stages."""
    ended = run_queries.stages(run_id)
    if len(ended) < 2:
        st.info(T.one_stage_only, icon=":material/hourglass_top:")
        return
    names = {str(row.position): stage_name(int(row.round), str(row.stage)) for row in ended.itertuples()}
    place = st.columns(2)
    keys = list(names)
    start = url_state.choose("from", T.from_stage, keys[:-1], show=names.__getitem__, default=keys[0], place=place[0])
    later = keys[keys.index(start) + 1 :]
    end = url_state.choose("to", T.to_stage, later, show=names.__getitem__, default=later[-1], place=place[1])
    classes, changes = list(run_queries.run(run_id)["classes"]), []
    for each in (control, run_id):
        if each is not None:
            before, now = run_queries.predictions_of_run(each, "test").at_both(int(start), int(end))
            if len(before.sample_index):
                changes.append((each, gained_and_lost(before.true, before.right, now.right, classes)))
    numbers = pd.concat([rows.assign(run=each) for each, rows in changes]) if changes else None
    drill_down.figure(differences.gained_lost(changes), "gained_lost", numbers, drill_down.setter("gain"))
    st.caption(f"{T.gained_caption} {T.behind_hint}")
    _gained_samples({each for each, _ in changes}, classes, int(start), int(end))


def _gained_samples(runs: set[str], classes: list[str], start: int, end: int) -> None:
    """Draw the test samples of a class that a run gained or lost, as chosen in figure or box."""
    words = {"gained": T.gained_word, "lost": T.lost_word}
    bars = {f"{run}|{what}|{name}": (run, what, name) for name in classes for run in sorted(runs) for what in words}
    options = {
        bar: T.gain_bar.format(class_name=name, what=words[what], run=run) for bar, (run, what, name) in bars.items()
    }
    chosen = drill_down.choose("gain", options)
    if not chosen:
        return
    run_id, what, name = bars[chosen]
    predictions = run_queries.decisions(run_id, "test")
    before, after = (
        predictions[predictions["position"] == position].set_index("sample_id") for position in (start, end)
    )
    right, now_right = before["correct"].astype(bool), after["correct"].astype(bool).reindex(before.index)
    moved = before[(before["label"] == name) & (right != now_right) & (now_right == (what == "gained"))]
    rows = run_queries.samples(str(run_queries.run(run_id)["dataset_id"])).merge(
        moved[["predicted"]].rename(columns={"predicted": "was"}).assign(now=after["predicted"]), on="sample_id"
    )
    title = T.class_title.format(bar=plain(options[chosen]), n=len(rows))
    drill_down.samples(run_queries.run(run_id), rows, _move_lines, title, "gain")


def _move_lines(row: Any) -> tuple[str, ...]:
    return f"**{called(row.label)}**", T.was_now.format(was=called(row.was), now=called(row.now))
