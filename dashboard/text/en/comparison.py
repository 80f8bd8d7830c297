"""English texts of the pages Single vs multi and Stages."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.en.pairs import Pairs


@dataclass(frozen=True)
class ComparisonTexts:
    """Placeholders are filled with `str.format`."""

    run_a: str = "Run A"
    run_b: str = "Run B"
    need_two: str = (
        "This page compares two runs on the same test samples, usually a single-label and a multi-label run. "
        "Train a second run on the same dataset from the sidebar."
    )
    same_run: str = "Choose two different runs."
    other_dataset: str = (
        "Runs {a} and {b} were trained on different datasets ({a_dataset} and {b_dataset}); choose two runs of one "
        "dataset version."
    )
    other_classes: str = "Runs {a} and {b} have different classes, so they cannot be compared class by class."
    no_one_label: str = (
        "Which of its classes is the one label of a sample is not known under the label scheme of these runs; "
        "score them on all labels present."
    )
    no_all_labels: str = (
        "All labels of a sample are not known under the label scheme of these runs, as neither is multi-label; "
        "score them on the one label."
    )
    no_shared: str = "Runs {a} and {b} share no test sample, so they cannot be compared."
    scoring: str = "Scored on"
    scoring_names: Pairs = (
        ("label", "The one label (top-1 of both)"),
        ("labels", "All labels present (thresholds of each)"),
    )
    score: str = "Score"
    score_names: Pairs = (
        ("f1", "F1"),
        ("precision", "Precision"),
        ("recall", "Recall"),
        ("average_precision", "Average precision"),
        ("auroc", "AUROC"),
    )
    comparing: str = "Comparing the two runs…"
    discordance: str = "Where the two disagree"
    discordance_kind: str = "Show"
    discordance_names: Pairs = (
        ("only_a", "Only A is right"),
        ("only_b", "Only B is right"),
        ("both_wrong", "Both wrong, differently"),
    )
    no_discordance: str = "No sample of this kind."
    behind_hint: str = "Click a bar, or choose it in the box, to see its samples."
    # single vs multi, stages
    class_bar: str = "{class_name}: mistakes of {side}"
    class_gap: str = "{class_name}: only one of the two is wrong"
    bin_point: str = "{run}, said {low} to {high}: {n} answers"
    bin_there: str = "{class_name} p {prob}: there"
    bin_not_there: str = "{class_name} p {prob}: not there"
    bin_more: str = "and {n} more classes"
    limit_point: str = "{split}, {kind}: {n}"
    limit_kinds: Pairs = (("missed", "missed"), ("false_alarm", "false alarm"), ("wrong", "missed or false alarm"))
    limit_title: str = "{class_name} at a threshold of {limit}, {split}, {kind}: {n} samples"
    limit_hint: str = (
        "Click a curve: the threshold moves there, and its samples are shown: of precision the false alarms, of recall "
        "what was missed, of F1 both."
    )
    class_bar_hint: str = "A mistake: the class is there and was not said, or was said and is not there."
    gain_bar: str = "{class_name}: {what} by {run}"
    gained_word: str = "gained"
    lost_word: str = "lost"
    stage_bar: str = "{run}, {stage}: mistakes"
    more_seeds: str = "Train more seeds of both"
    more_seeds_help: str = "Queues what is missing so that both recipes have {n} seeds on this dataset version."
    more_seeds_queued: str = "Trainings queued: {n}. The comparison takes them in when they are done."
    more_seeds_waiting: str = "More seeds of these recipes are being trained; the comparison takes them in when done."
    calibration_error: str = (
        "ECE of {name}: {value} (95% CI {low} to {high}) on {n} predictions; a perfectly calibrated model with as "
        "many predictions would show {perfect}."
    )
    calibration_differs: str = "ECE of {b} minus {a}: {difference} (95% CI {low} to {high}): {verdict}."
    calibration_verdicts: Pairs = (
        ("lower", "{b} is better calibrated"),
        ("higher", "{a} is better calibrated"),
        ("open", "no difference shown"),
    )
    control_exact: str = "Control of equal budget: it differs from the staged run in `control` alone."
    control_other: str = (
        "This is no control of the staged run. The two differ in: {keys}. What follows compares two runs; it does "
        "not "
        "say what mining did."
    )
    before_mining: str = (
        "Both runs are compared at the end of their first stage, before anything was mined. What mining did shows from "
        "round 1 on."
    )
    seeds_there: str = (
        "Both recipes have three seeds or more in common. Choose two runs of one seed, and all shared seeds, to "
        "compare the recipes."
    )
    one_pair: str = "This is of the chosen two runs alone; another training may differ by as much."
    two_runs: str = "The two runs compared"
    other_run: str = "Compare with"
    control_mark: str = "control"
    no_exact_control: str = (
        "No control of this run was trained on {dataset}: a run with the same recipe and seed and `control: true`. "
        "Train it, or choose another run to compare with."
    )
    train_control: str = "Train its control"
    control_queued: str = "Queued: the control of this run."
    effect_cost: str = (
        "{steps:,} steps against {control_steps:,}; {samples:,} samples against {control_samples:,} shown in training."
    )
    effect_processor: str = "Processor time: {time} against {control_time}."
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
    stages_need: str = (
        "This page sets a staged run against its control of equal budget. Train a staged recipe and its control (for "
        "example `demo` and `demo_control`) on one dataset."
    )
    staged_run: str = "Staged run"
    still_needed: str = "Is hard-negative learning still needed?"
    stage_by_stage: str = "Stage by stage"
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
