"""Draw the claim of a comparison: margin, headline, scores of both sides, table of verdicts."""

from __future__ import annotations

import streamlit as st

from analysis.bootstrap import FEWEST_PATIENTS
from analysis.comparison_verdicts import MARGIN, Verdict
from comparisons.claim import Claim, with_verdict_names
from dashboard.reads import table_frames
from dashboard.text import T, language, name_of, percent, plain
from dashboard.widgets import downloads, url_state

_LEAST, _MOST = 0.1, 20.0  # points


def choose_margin(place: url_state.Place = None) -> float:
    """Choose the largest difference that does not matter; a fraction.

    The URL keeps it in percentage points.
    """
    chosen = url_state.amount("margin", T.margin, 100 * MARGIN, _LEAST, _MOST, place=place, help_=T.margin_help)
    return chosen / 100


def margin() -> float:
    """Return the margin that `choose_margin` has put into the URL; a fraction."""
    try:
        points = float(url_state.view("margin") or 100 * MARGIN)
    except ValueError:
        return MARGIN
    return min(_MOST, max(_LEAST, points)) / 100 if points == points else MARGIN


def draw_headline(claim: Claim) -> None:
    """Write the sentence of a comparison, what would settle it, and what it rests on."""
    st.markdown(f"#### {plain(claim.sentence(language()))}")
    comparison, subject = claim.comparison, claim.subject
    caption = T.claim_caption_several if comparison.n_seeds > 1 else T.claim_caption_one
    parts = [
        claim.settling(language()),
        T.compare_caption.format(n=comparison.n, patients=comparison.patients, a=subject.name_a, b=subject.name_b),
        caption.format(seeds=comparison.n_seeds),
    ]
    st.caption(plain(" ".join(part for part in parts if part)))


def draw_sides(claim: Claim) -> None:
    """Show the overall score of both sides and the difference, one row for each way of scoring."""
    for row in claim.overall.to_dict("records"):
        label = name_of(T.overall_names, row["metric"])
        left, middle, right = st.columns(3)
        left.metric(T.metric_of.format(metric=label, side=T.column_a), percent(row["a"]), border=True)
        middle.metric(T.metric_of.format(metric=label, side=T.column_b), percent(row["b"]), border=True)
        equal = row["verdict"] == Verdict.EQUIVALENT  # the sentence then rests on the 90 % interval
        which, level = ("equivalence", 90) if equal else ("simultaneous", 95)
        low, high = 100 * row[f"{which}_low"], 100 * row[f"{which}_high"]
        interval = T.interval_together.format(low=low, high=high, level=level) if low == low else T.no_interval
        change = T.points.format(value=100 * row["difference"])
        right.metric(T.column_difference, change, interval, delta_color="off", delta_arrow="off", border=True)
    downloads.download(with_verdict_names(claim.overall, language()), "overall")


def draw_table(claim: Claim) -> None:
    """Show one score of every class on both sides, with both intervals and the verdict."""
    share = {
        name: st.column_config.NumberColumn(label, format="%.1f %%", width=70)
        for name, label in (("a", T.column_a), ("b", T.column_b))
    }
    rows = with_verdict_names(claim.rows, language())
    texts = {
        name: (label, table_frames.intervals(rows[f"{ends}low"], rows[f"{ends}high"], scale=100))
        for name, label, ends in (
            ("alone", T.column_alone, ""),
            ("together", T.column_together, "simultaneous_"),
            ("equal", T.column_equal, "equivalence_"),
        )
    }
    st.dataframe(
        table_frames.in_percent(
            rows, [*share, "difference", "low", "high", "simultaneous_low", "simultaneous_high"]
        ).assign(**{name: intervals for name, (_, intervals) in texts.items()}),
        key="per_class",
        hide_index=True,
        width="stretch",
        placeholder="–",
        column_order=("class_name", "n", *share, "difference", *texts, "n_telling", "verdict"),
        column_config={
            "class_name": T.column_class,
            "n": st.column_config.NumberColumn(T.column_support_n, width=48),
            "difference": st.column_config.NumberColumn(T.column_difference, format="%+.1f", width=64),
            "n_telling": st.column_config.NumberColumn(T.column_telling, width=64, help=T.telling_help),
            "verdict": T.column_verdict_b,
            **share,
            **{name: st.column_config.TextColumn(label, width=110) for name, (label, _) in texts.items()},
        },
    )
    seeds = claim.comparison.n_seeds
    caption = T.table_caption_several if seeds > 1 else T.table_caption_one
    st.caption(caption.format(seeds=seeds, fewest=FEWEST_PATIENTS))
    downloads.download(rows, "per_class")


def say_first_pair(claim: Claim) -> None:
    """Say that what follows is about the two chosen runs, where the headline covers more seeds."""
    if claim.comparison.n_seeds > 1:
        st.info(T.first_pair.format(seed=claim.subject.seed_b, seeds=claim.comparison.n_seeds), icon=":material/info:")
