"""English texts of the page Confusion."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.en.pairs import Pairs


@dataclass(frozen=True)
class ConfusionTexts:
    """Placeholders are filled with `str.format`."""

    compare_with: str = "Compare with"
    column_count: str = "Samples"
    column_support: str = "Of"
    column_rate: str = "Rate"
    support_help: str = "Samples of the true class in this split"
    matrix_tab: str = "Matrix"
    difference_tab: str = "Difference of two stages"
    normalise: str = "Cells"
    normalise_names: Pairs = (
        ("true", "Share of the true class"),
        ("predicted", "Share of the predicted class"),
        ("counts", "Counts"),
    )
    confused_pairs: str = "Confused pairs, worst first"
    pairs_hint: str = "Choose a pair to see its samples."
    no_pairs: str = "Nothing is confused here: every sample of this split is right."
    behind_pair: str = "{true} predicted as {predicted}: {n} samples, most certain mistakes first"
    matrix_caption: str = "Rows are the true class, columns the predicted class; {n} samples."
    sigmoid_matrix: str = (
        "This run is multi-label: the matrix sets the class of highest probability (top-1) against the one annotated "
        "label, not against all labels present."
    )
    difference_caption: str = "Share of the true class: {second} minus {first}; {n} samples on both sides."
    difference_classes: str = "The two runs have different classes, so their matrices cannot be subtracted."
    difference_samples: str = (
        "The two sides were measured on different samples ({first} and {second}); choose runs of one dataset version "
        "to compare them."
    )
    difference_same: str = "Choose another stage or run to compare with."
    trend_point: str = "{pair}, {stage}: {n}"
    trend_hint: str = "Click a point, or choose it in the box, to see its samples."
    trends_tab: str = "Pairs over the rounds"
    labels_tab: str = "Multi-label"
    many_classes: str = "Classes"
    many_names: Pairs = (("top", "Busiest pairs and the others"), ("all", "All"))
    others: str = "(others)"
    others_help: str = (
        "The {kept} classes of the most frequent confusions, the other {rest} as one. The last cell of the diagonal "
        "holds both their right answers and their confusions with each other."
    )
    matrix_hint: str = "Click a cell, or choose a pair on the right, to see its samples."
    behind_cell: str = "{true} predicted as {predicted}: {n} samples"
    column_trend: str = "By stage"
    column_change: str = "Change"
    change_help: str = "Points since the first stage"
    trends_caption: str = "Share of the true class that was taken for the other, on the {n} samples of this split."
    no_trends: str = "No pair was confused at any stage of this run on this split."
    worse_pairs: str = "Confused more often in {after} than in {before}, beyond the chance of patients:"
    change_one_pair: str = (
        "These are single runs: another training of the same recipe may come out otherwise. What differs between the "
        "two recipes is asked on Single vs multi."
    )
    change_same_recipe: str = (
        "Both are trainings of {recipe} and differ in their seed alone: these changes are what chance makes of a "
        "training."
    )
    worse_pair: str = (
        "{true} → {predicted}: {points:+.1f} points (95% CI {low:+.1f} to {high:+.1f}), {n} samples of {true}"
    )
    no_worse_pairs: str = "No pair is shown to be confused more often in {after} than in {before}."
    moved_caption: str = (
        "Framed cells moved beyond chance: {moved} of {cells} ({n} shared samples, paired bootstrap over {patients} "
        "patients, the chance of any false frame held at 5%). Alone: each cell by itself. Together: 95% over all "
        "cells "
        "that enough patients moved in or out of; frames go by these. Variation between seeds is not in it: these "
        "are two runs, or two stages of one."
    )
    click_difference: str = "Click a cell to see the samples that entered or left it."
    moved_samples: str = "{true} predicted as {predicted}: {entered} samples entered, {left} left"
    none_moved: str = "No sample entered or left this cell."
    entered: str = ":material/login: entered, was {was}"
    left_cell: str = ":material/logout: left, is now {now}"
    column_before: str = "Before"
    column_after: str = "After"
    column_points: str = "Points"
    column_patients: str = "Patients moved"
    column_verdict: str = "Beyond chance"
    verdict_names: Pairs = (("worse", "worse"), ("better", "better"), ("unshown", "not settled"))
    not_multi: str = (
        "This run says exactly one class a sample. A 2 x 2 table a class and co-occurrence are for multi-label runs; "
        "choose one above."
    )
    two_by_two: str = "One 2 x 2 a class"
    two_by_two_hint: str = "Choose a number to see its samples. {n} samples, at the run's own thresholds."
    cell_names: Pairs = (
        ("found", "found"), ("missed", "missed"), ("false_alarm", "false alarm"), ("rightly_absent", "rightly absent")
    )  # fmt: skip
    cell_samples: str = "{name}, {kind}: {n} samples"
    cooccurrence: str = "Co-occurrence"
    cooccurrence_kind: str = "Count"
    cooccurrence_names: Pairs = (("beside", "Said beside"), ("instead", "Said instead"))
    cooccurrence_captions: Pairs = (
        ("beside", "Row: a class that is there. Column: a class said though it is not there. Diagonal: rightly said."),
        ("instead", "As said beside, but only where the class of the row was missed."),
    )
