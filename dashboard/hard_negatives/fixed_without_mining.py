"""Compare what a round fixed of its mined samples with what its control has right of them."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import streamlit as st

from analysis.bootstrap import FEWEST_PATIENTS
from analysis.confidence_intervals import mean_intervals
from analysis.recipe_differences import controls_of
from analysis.regression_to_mean import FixesComparison, FixesVerdict, compare_fixes
from dashboard.reads import run_queries, table_frames
from dashboard.text import T, percent, plain, stage_name
from dashboard.widgets import downloads

_SENTENCES = {
    FixesVerdict.MORE: "anyway_more",
    FixesVerdict.FEWER: "anyway_fewer",
    FixesVerdict.UNSHOWN: "anyway_unshown",
    FixesVerdict.TOO_FEW_PATIENTS: "anyway_few",
}


def draw(run: dict[str, Any], of_round: pd.DataFrame, history: pd.DataFrame, round_: int) -> None:
    """Draw how many mined samples are right after the round, with and without mining.

    Args:
        of_round: sample_id and patient of the samples mined for the round.  history: predictions of these samples at
            every stage of the run.
    """
    st.subheader(T.anyway_title)
    mining_and_closing = _mining_and_closing(run, round_)
    if mining_and_closing is None:
        st.info(T.anyway_wait, icon=":material/hourglass_top:")
        return
    before, after = (_right(history, of_round, int(stage["position"])) for stage in mining_and_closing)
    if before.all():
        st.info(T.anyway_none_wrong, icon=":material/info:")
        return
    controls = controls_of(run_queries.runs(), run)
    ready = [control for control in controls if _reached(control, int(mining_and_closing[1]["position"]))]
    if not ready:
        _draw_without_control(of_round, before, after)
        words = T.anyway_control_wait.format(control=plain(controls[0])) if controls else T.anyway_no_control.format(
            dataset=plain(run["dataset_id"])
        )  # fmt: skip
        st.info(words, icon=":material/info:")
        return
    control_history = run_queries.history(ready[0], sorted(of_round["sample_id"]))
    control_before, control_after = (
        _right(control_history, of_round, int(stage["position"])) for stage in mining_and_closing
    )
    fixes = compare_fixes(before, after, control_before, control_after, of_round["patient"])
    st.markdown(f"{_sentence(fixes, ready[0])} {_shared(fixes, ready[0])}")
    if fixes.n_both:
        _table(fixes, str(run["run_id"]), ready[0])
        names = [stage_name(int(stage["round"]), str(stage["stage"])) for stage in mining_and_closing]
        st.caption(T.anyway_caption.format(round=round_, before=names[0], after=names[1], patients=fixes.n_patients))


def _mining_and_closing(run: dict[str, Any], round_: int) -> tuple[pd.Series, pd.Series] | None:
    """Return the stage that mined for a round and the one that ended it; None before its end."""
    ended = run_queries.stages(str(run["run_id"]))
    refined = (json.loads(run["recipe"] or "{}").get("refined") or {}).get("epochs", 1)
    mining = ended[ended["round"] == round_ - 1]
    closing = table_frames.stage_rows(ended, round_, "refined" if refined else "hard_negative")
    return None if mining.empty or closing.empty else (mining.iloc[-1], closing.iloc[-1])


def _reached(run_id: str, position: int) -> bool:
    return bool((run_queries.stages(run_id)["position"] >= position).any())


def _right(history: pd.DataFrame, of_round: pd.DataFrame, position: int) -> pd.Series:
    """Return whether each mined sample was right at a stage, in the order of `of_round`."""
    correct = history[history["position"] == position].set_index("sample_id")["correct"]
    return correct.reindex(of_round["sample_id"]).astype(bool)


def _draw_without_control(of_round: pd.DataFrame, before: pd.Series, after: pd.Series) -> None:
    wrong = ~before.to_numpy()
    fixed = after.to_numpy()[wrong]
    share = mean_intervals(fixed[:, None].astype(float), of_round["patient"].to_numpy()[wrong], shares=True).iloc[0]
    words = T.anyway_alone.format(
        fixed=int(fixed.sum()), mined=int(wrong.sum()), share=percent(share["value"]), low=percent(share["low"]),
        high=percent(share["high"]),
    )  # fmt: skip
    st.markdown(words)


def _sentence(fixes: FixesComparison, control: str) -> str:
    if fixes.verdict == FixesVerdict.NOTHING_SHARED:
        return str(T.anyway_none_shared.format(control=plain(control)))
    shares = fixes.sides["share"]
    words: str = getattr(T, _SENTENCES[fixes.verdict])
    sentence = words.format(
        run=percent(shares.iloc[0]), control=percent(shares.iloc[1]), points=100 * fixes.difference,
        low=100 * fixes.low, high=100 * fixes.high, apart=fixes.n_apart, fewest=FEWEST_PATIENTS,
    )  # fmt: skip
    return f"**{sentence}**"


def _shared(fixes: FixesComparison, control: str) -> str:
    return str(T.anyway_same.format(mined=fixes.n_mined_wrong, control=plain(control), both=fixes.n_both))


def _table(fixes: FixesComparison, run_id: str, control: str) -> None:
    table = fixes.sides.assign(
        side=[T.anyway_this, T.anyway_control], run_id=[run_id, control], n_wrong=fixes.n_both
    )[["side", "run_id", "n_wrong", "n_fixed", "share", "low", "high"]]  # fmt: skip
    share: dict[str, Any] = {"format": "%.1f %%", "width": "small"}
    st.dataframe(
        table.assign(**{name: 100 * table[name] for name in ("share", "low", "high")}),
        key="anyway",
        hide_index=True,
        width="stretch",
        placeholder="–",
        column_config={
            "side": "",
            "run_id": T.column_run,
            "n_wrong": T.column_wrong_before,
            "n_fixed": T.column_right_after,
            "share": st.column_config.NumberColumn(T.column_right_share, **share),
            "low": st.column_config.NumberColumn(T.column_share_low, **share),
            "high": st.column_config.NumberColumn(T.column_share_high, **share),
        },
    )
    downloads.download(table, "fixed_anyway")
