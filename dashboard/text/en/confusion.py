"""English texts of the page Confusion."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.en.pairs import Pairs


@dataclass(frozen=True)
class ConfusionTexts:
    """Placeholders are filled with `str.format`."""

    compare_with: str = "Compare with"
    column_count: str = "Samples"
    column_support: str = "Out of"
    column_rate: str = "Rate"
    support_help: str = "Samples of the true class in this split"
    matrix_tab: str = "Matrix"
    difference_tab: str = "Difference of two stages"
    normalise: str = "Cells show"
    normalise_names: Pairs = (
        ("true", "Share of the true class"),
        ("predicted", "Share of the predicted class"),
        ("counts", "Counts"),
    )
    confused_pairs: str = "Confused pairs, worst first"
    pairs_hint: str = "Choose a pair to see its samples."
    no_pairs: str = "No confusion: every sample of this split is predicted correctly."
    behind_pair: str = "{true} predicted as {predicted}: {n} samples, most certain mistakes first"
    matrix_caption: str = "Rows are the true class, columns the predicted class; {n} samples."
    sigmoid_matrix: str = (
        "This run is multi-label: the matrix compares the most probable class (top-1) with the single annotated "
        "label, not with all labels present."
    )
    difference_caption: str = "Share of the true class: {second} minus {first}; {n} samples on both sides."
    difference_same: str = "Choose another stage or run to compare with."
    trend_point: str = "{pair}, {stage}: {n}"
    trend_hint: str = "Click a point, or choose it from the list, to see its samples."
    trends_tab: str = "Pairs over the rounds"
    labels_tab: str = "Multi-label"
    many_classes: str = "Classes"
    many_names: Pairs = (("top", "Most confused, others grouped"), ("all", "All"))
    others: str = "(others)"
    others_help: str = (
        "The {kept} classes with the most confusions; the other {rest} are grouped as one. The last diagonal cell "
        "counts both their correct predictions and the confusions among them."
    )
    matrix_hint: str = "Click a cell, or choose a pair on the right, to see its samples."
    behind_cell: str = "{true} predicted as {predicted}: {n} samples"
    column_trend: str = "By stage"
    column_change: str = "Change"
    change_help: str = "Points since the first stage"
    trends_caption: str = (
        "Share of the true class that was predicted as the other class, over the {n} samples of this split."
    )
    no_trends: str = "No pair was confused at any stage of this run on this split."
    worse_pairs: str = "Confused more often in {after} than in {before}, by more than the choice of patients explains:"
    change_one_pair: str = (
        "These are single runs: training the same recipe again may give another result. To compare the two recipes, "
        "open Single vs multi."
    )
    change_same_recipe: str = (
        "Both are runs of {recipe} and differ only in their seed: these changes come from chance in training."
    )
    worse_pair: str = (
        "{true} → {predicted}: {points:+.1f} points (95% CI {low:+.1f} to {high:+.1f}), {n} samples of {true}"
    )
    no_worse_pairs: str = "No pair is shown to be confused more often in {after} than in {before}."
    moved_caption: str = (
        "Framed cells changed by more than chance: {moved} of {cells} ({n} shared samples, paired bootstrap over "
        "{patients} patients, 5% chance of any false frame). Alone: each cell by itself. Together: 95% over all cells "
        "that enough patients entered or left; frames follow these. The intervals exclude seed-to-seed variation: "
        "these are two runs, or two stages of one run."
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
        "This run predicts exactly one class per sample. The 2 x 2 tables and co-occurrence need a multi-label run; "
        "choose one above."
    )
    two_by_two: str = "2 x 2 table per class"
    two_by_two_hint: str = "Choose a number to see its samples. {n} samples, at the run's own thresholds."
    cell_names: Pairs = (
        ("found", "found (TP)"),
        ("missed", "missed (FN)"),
        ("false_alarm", "false alarm (FP)"),
        ("rightly_absent", "correctly absent (TN)"),
    )
    cell_samples: str = "{name}, {kind}: {n} samples"
    cooccurrence: str = "Co-occurrence"
    cooccurrence_kind: str = "Count"
    cooccurrence_names: Pairs = (("beside", "Also predicted"), ("instead", "Predicted instead"))
    cooccurrence_captions: Pairs = (
        (
            "beside",
            "Row: a class that is present. Column: a class predicted but absent. Diagonal: correctly predicted.",
        ),
        ("instead", "As *Also predicted*, but only where the class of the row was missed."),
    )
