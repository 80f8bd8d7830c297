"""English texts of the pages that weigh evidence: matrices over rounds, tests, stages against their control."""

from __future__ import annotations

from dataclasses import dataclass

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class EvidenceTexts:
    """A part of `Texts`. Placeholders are filled with `str.format`."""

    # downloads
    download_csv: str = "Table as CSV"
    picture_format: str = "Figures are saved as"
    picture_formats: Pairs = (("png", "PNG"), ("svg", "SVG"))

    # confusion
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

    # single vs multi
    first_pair: str = "From here on: the chosen two runs (seed {seed}) alone, not the mean over {seeds} seeds."
    seeds: str = "Seeds"
    seeds_names: Pairs = (("one", "The chosen two runs"), ("all", "All {n} shared seeds"))
    totals: str = "Over all classes"
    column_metric: str = "Score"
    total_names: Pairs = (
        ("exact_match", "Exact match"),
        ("hamming", "Hamming loss (lower is better)"),
        ("micro_precision", "Micro precision"),
        ("micro_recall", "Micro recall"),
        ("micro_f1", "Micro F1"),
        ("macro_precision", "Macro precision"),
        ("macro_recall", "Macro recall"),
        ("macro_f1", "Macro F1"),
        ("top1", "Top-1 accuracy"),
    )
    calibration: str = "Calibration"
    calibration_label: str = "How sure each run is of its most probable class, against how often that class is right."
    calibration_labels: str = "How probable each run calls a class, against how often the class is there; all classes."
    tests: str = "Tests of every class"
    tests_caption: str = (
        "McNemar: are the two right equally often? ({shared}) DeLong: are the areas under the ROC curve equal? "
        "Adjusted for {classes} classes after Holm. Both tests take images as independent, which images of one "
        "patient are not: where they and the interval over patients disagree, trust the interval."
    )
    mcnemar_all: str = "all classes at once: only A right {only_a}, only B right {only_b}, p {p}"
    column_only_a: str = "Only A right"
    column_only_b: str = "Only B right"
    column_mcnemar: str = "McNemar p"
    column_mcnemar_holm: str = "McNemar, Holm"
    column_auroc: str = "AUROC B − A"
    column_delong: str = "DeLong p"
    column_delong_holm: str = "DeLong, Holm"
    thresholds: str = "Thresholds"
    thresholds_side: str = "Run"
    thresholds_class: str = "Class"
    threshold: str = "Threshold"
    threshold_caption: str = (
        "The tuned threshold of {name} is {tuned}, chosen on validation. Effects of moving it are shown on both "
        "splits; a threshold picked by its test score flatters itself."
    )
    threshold_columns: Pairs = (("tuned", "tuned"), ("moved", "moved"))

    # stages
    stages: str = "Stages"
    stages_need: str = (
        "This page sets a staged run against its control of equal budget. Train a staged recipe and its control (for "
        "example `demo` and `demo_control`) on one dataset."
    )
    staged_run: str = "Staged run"
    still_needed: str = "Is hard-negative learning still needed?"
    stage_by_stage: str = "Stage by stage"
    column_run: str = "Run"
    column_samples_seen: str = "Samples shown"
    column_samples_used: str = "Learned from"
    samples_used_help: str = "Samples shown that counted in the loss; a confidence filter or OHEM leaves out the others"
    column_since: str = "Added"
    column_lead: str = "Lead"
    since_help: str = "Accuracy on test minus that of the stage before, in points"
    lead_help: str = "Accuracy on test minus that of the other run at the same place, in points"
    gained_lost: str = "Gained and lost, class by class"
    from_stage: str = "From"
    to_stage: str = "to"
    gained_caption: str = (
        "Test samples that became right (gained) and wrong (lost) between the two stages; n in brackets."
    )
    one_stage_only: str = "One stage has ended so far; what the next one gains and loses appears here."
    class_effect: str = "Net effect, class by class"

    # hard negatives
    flow_as: str = "Show as"
    flow_names: Pairs = (("flow", "Flow"), ("counts", "Counts"))
    flow_of: str = "Samples"
    flow_of_names: Pairs = (("mined", "Mined for this round"), ("test", "All test samples"))
    flow_test_caption: str = "All {n} test samples, and how each later stage answered them."
    by_pair: str = "By pair and reason"
    column_total: str = "Total"

    suspect_labels: str = "Suspect labels: {n} samples set apart"
    suspect_caption: str = "Not mined: what the runs learnt speaks against their label. The least believed label first."
    card_suspect: str = "labelled **{given}**, suggested **{suggested}**  \np of the label {prob}"

    # overview
    leaderboard: str = "Leaderboard"
    column_seeds: str = "Seeds"
    recipe_diff: str = "What differs between the recipes"
    same_recipes: str = "The recipes of these runs are the same in every key."
    choose_more: str = "Choose two runs or more above to see what differs between their recipes."
    column_key: str = "Key"


@dataclass(frozen=True)
class EvidenceFigureTexts:
    """A part of `FigureTexts`."""

    others: str = "(others)"
    said: str = "Said"
    there: str = "There"
    sure: str = "Mean probability"
    came_true: str = "Came true"
    perfect: str = "perfectly calibrated"
    bin: str = "{n} answers, said {confidence}, came true {frequency} (95 % {low} to {high})"
    state_names: Pairs = (
        ("right", "right"),
        ("wrong", "wrong"),
        ("still_right", "still right"),
        ("fixed", "fixed"),
        ("newly_wrong", "newly wrong"),
        ("still_wrong", "still wrong"),
    )
    link: str = "{source} → {target}: {n} samples"
    rate: str = "Share of the true class"
    gained: str = "gained"
    lost: str = "lost"
    samples_gained: str = "Samples gained (right) and lost (left)"
    threshold: str = "Threshold"
    score: str = "Score"
    moved: str = "moved beyond chance"
    no_pairs: str = "No pair is confused at any stage."
    no_flow: str = "There is no second stage to flow into yet."
    no_answers: str = "There are no answers to calibrate."
