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
        "This page compares two runs on the same test samples, usually a single-label and a multi-label run. Train a "
        "second run on the same dataset from the sidebar."
    )
    same_run: str = "Choose two different runs."
    no_one_label: str = (
        "Under the label scheme of these runs, a sample's single label does not name one known class. Score the runs "
        "on all labels present."
    )
    no_all_labels: str = (
        "Neither run is multi-label, so under their label scheme not all labels of a sample are known. Score the "
        "runs on the single label."
    )
    no_shared: str = "Runs {a} and {b} share no test sample, so they cannot be compared."
    scoring: str = "Scored on"
    scoring_names: Pairs = (
        ("label", "Single label (top-1 of both)"),
        ("labels", "All labels present (each run's thresholds)"),
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
    discordance: str = "Where the two runs disagree"
    discordance_kind: str = "Show"
    discordance_names: Pairs = (
        ("only_a", "Only A is right"),
        ("only_b", "Only B is right"),
        ("both_wrong", "Both wrong, differently"),
    )
    no_discordance: str = "No sample of this kind."
    behind_hint: str = "Click a bar, or choose it from the list, to see its samples."
    # single vs multi, stages
    class_bar: str = "{class_name}: mistakes of {side}"
    class_gap: str = "{class_name}: only one of the two is wrong"
    bin_point: str = "{run}, probability {low} to {high}: {n} predictions"
    bin_there: str = "{class_name} p {prob}: present"
    bin_not_there: str = "{class_name} p {prob}: absent"
    bin_more: str = "and {n} more classes"
    limit_point: str = "{split}, {kind}: {n}"
    limit_kinds: Pairs = (
        ("missed", "missed (FN)"),
        ("false_alarm", "false alarm (FP)"),
        ("wrong", "missed or false alarm"),
    )
    limit_title: str = "{class_name} at a threshold of {limit}, {split}, {kind}: {n} samples"
    limit_hint: str = (
        "Click a curve to move the threshold there and to see its samples: false alarms for precision, missed "
        "samples for recall, both for F1."
    )
    class_bar_hint: str = "A mistake is a class that is present but not predicted, or predicted but not present."
    gain_bar: str = "{class_name}: {what} by {run}"
    gained_word: str = "gained"
    lost_word: str = "lost"
    stage_bar: str = "{run}, {stage}: mistakes"
    more_seeds: str = "Train more seeds of both"
    more_seeds_help: str = "Queues the missing runs, so that both recipes have {n} seeds on this dataset version."
    more_seeds_queued: str = "Runs queued: {n}. They join the comparison when they finish."
    more_seeds_waiting: str = "More seeds of these recipes are training. They join the comparison when they finish."
    calibration_error: str = (
        "ECE of {name}: {value} (95% CI {low} to {high}) on {n} predictions. A perfectly calibrated model would show "
        "{perfect} on as many predictions."
    )
    calibration_differs: str = "ECE of {b} minus {a}: {difference} (95% CI {low} to {high}): {verdict}."
    calibration_verdicts: Pairs = (
        ("lower", "{b} is better calibrated"),
        ("higher", "{a} is better calibrated"),
        ("open", "no difference shown"),
    )
    control_exact: str = "Equal-budget control: it differs from the staged run only in `control`."
    control_other: str = (
        "This run is not a control of the staged run. The two differ in: {keys}. What follows compares two runs; it "
        "does not show the effect of mining."
    )
    before_mining: str = (
        "Both runs are compared at the end of their first stage, before anything was mined. The effect of mining "
        "shows from round 1 on."
    )
    seeds_there: str = (
        "The two recipes share three seeds or more. To compare the recipes, choose two runs with the same seed, then "
        "all shared seeds."
    )
    one_pair: str = "This result is of the two chosen runs only; training again may change it by as much."
    two_runs: str = "The two runs compared"
    own_versions: str = (
        "Each run is scored here on the test samples and labels of its own dataset version, so these scores cannot be "
        "subtracted from each other. The comparison above uses the samples that both versions have."
    )
    other_run: str = "Compare with"
    control_mark: str = "control"
    no_exact_control: str = (
        "No control of this run was trained on {dataset}: a run with the same recipe and seed and `control: true`. "
        "Train it, or choose another run to compare with."
    )
    train_control: str = "Train its control"
    control_queued: str = "Queued: the control of this run."
    fork_title: str = "Try another recipe from here"
    fork_about: str = (
        "A new run starts from a finished stage of the chosen one, with the same weights, thresholds and predictions. "
        "It ends as if it had been trained from the start, and costs only the stages after that. Listed are the "
        "recipes that would have trained the stages before in the same way."
    )
    fork_stage: str = "After the stage"
    fork_own_recipe: str = "{recipe} (the recipe of this run)"
    fork_setting_names: Pairs = (
        ("rounds", "Rounds"),
        ("hard_negative.epochs", "Hard-negative epochs"),
        ("refined.epochs", "Refined epochs"),
        ("miner.name", "Miner"),
        ("guard.name", "Label-noise guard"),
        ("control", "Control"),
    )
    fork_taken: str = "As in {run}: {keys}."
    fork_start: str = "Train from here"
    fork_see_job: str = "See it under Live runs on Overview"
    fork_other_version: str = "This run's recipe is of another version of Odap, so no run can start from it."
    fork_no_checkpoint: str = "No checkpoint of a stage of this run is left on disk, so no run can start from it."
    effect_cost: str = (
        "Steps: {steps:,} vs. {control_steps:,}. Samples shown in training: {samples:,} vs. {control_samples:,}."
    )
    effect_processor: str = "Processor time: {time} vs. {control_time}."
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
    calibration_label: str = "The probability of each run's most probable class, and how often that class is right."
    calibration_labels: str = (
        "The probability that each run gives a class, and how often the class is present; all classes."
    )
    tests: str = "Tests for each class"
    tests_caption: str = (
        "McNemar: are the two runs right equally often? ({shared}) DeLong: are the areas under the ROC curve equal? "
        "Adjusted for {classes} classes by Holm's method. Both tests assume that images are independent, but images "
        "of one patient are not. Where a test and the interval over patients disagree, trust the interval."
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
        "The tuned threshold of {name} is {tuned}, chosen on validation. The effect of moving it is shown on both "
        "splits. A threshold chosen by its test score looks better than it is."
    )
    threshold_columns: Pairs = (("tuned", "tuned"), ("moved", "moved"))
    stages_need: str = (
        "This page compares a staged run with its equal-budget control. Train a staged recipe and its control (for "
        "example `demo` and `demo_control`) on one dataset."
    )
    staged_run: str = "Staged run"
    still_needed: str = "Is hard-negative learning still needed?"
    stage_by_stage: str = "Stage by stage"
    column_samples_used: str = "Learned from"
    samples_used_help: str = "Samples shown that counted in the loss; a confidence filter or OHEM leaves out the others"
    column_since: str = "vs. previous stage"
    column_lead: str = "vs. control"
    column_other_lead: str = "vs. other run"
    since_help: str = "Test accuracy minus that of the previous stage, in points"
    lead_help: str = "Test accuracy minus that of the other run at the same round and stage, in points"
    limits_of: str = "What limited run {run}:"
    limit_sentences: Pairs = (
        (
            "rate_above",
            "the learning rate: in stage {stage} the training loss was more than twice that of guessing ({guessing}) "
            "at {above} of {epochs} epochs.",
        ),
        (
            "rate_jumps",
            "the learning rate: in stage {stage} the training loss rose by more than a quarter at {jumps} of {epochs} "
            "epochs.",
        ),
        (
            "rate_still",
            "the learning rate: the training loss fell by {total_fall} in all {epochs} epochs of stage {stage}.",
        ),
        (
            "steps",
            "steps: at the end of stage {stage} the training loss still fell by {train_fall} per epoch, and the "
            "validation loss by {val_fall}.",
        ),
        (
            "data",
            "data: {train_accuracy} of {n_train} training samples are right, but only {val_accuracy} of {n_val} "
            "validation samples.",
        ),
        (
            "noise",
            "label noise: {suspects} of {n_train} training samples ({suspect_share}) have a suspect label.",
        ),
    )
    limit_none: str = "nothing stands out in its losses, accuracies and suspect labels."
    limits_caption: str = (
        "A rule of thumb with fixed limits, not a test: it shows where to look first. Whether a change helps, only a "
        "comparison of runs can show."
    )
    gained_lost: str = "Gained and lost by class"
    from_stage: str = "From"
    to_stage: str = "to"
    gained_caption: str = (
        "Test samples that became right (gained) or wrong (lost) between the two stages; n in parentheses."
    )
    one_stage_only: str = "Only one stage has finished so far. What the next stage gains and loses will appear here."
    class_effect: str = "Net effect by class"
