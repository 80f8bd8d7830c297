"""English texts of widgets that several pages share."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.en.pairs import Pairs


@dataclass(frozen=True)
class WidgetsTexts:
    """Placeholders are filled with `str.format`."""

    dataset: str = "Dataset"
    seed: str = "Seed"
    run: str = "Run"
    stage: str = "Stage"
    split: str = "Split"
    split_names: Pairs = (("test", "Test"), ("val", "Validation"), ("train", "Training"))
    no_runs: str = "No run yet. Choose a dataset and a recipe in the sidebar and click *Start training*."
    no_runs_no_data: str = (
        "No run and no dataset yet. *Overview* makes a demo of both with one click; *Data* imports your own images."
    )
    choose_one: str = "Choose one"
    run_gone: str = "There is no run {run} here: it may have been deleted. Choose another one."
    stage_gone: str = "Run {run} has no finished stage {stage}; choose another one."
    round_gone: str = "Run {run} mined nothing in round {round}; choose another one."
    not_staged: str = "Run {run} is not a staged run, so this page shows another one."
    not_comparable_run: str = "Run {run} cannot be compared with this run; choose another one."
    dataset_unknown: str = "There is no dataset {dataset} here; choose another one."
    version_unknown: str = "Dataset {dataset} has no version {version}; choose another one."
    study_unknown: str = "There is no study {study} here; choose another one."
    first_run_starting: str = "The first run is about to start; its results appear here."
    no_stage: str = "Run {run} has not finished a stage yet; this page fills in when its first stage ends."
    no_stage_ended: str = "Run {run} ended ({status}) before it finished a stage. Resume it from Overview."
    no_predictions: str = "This stage has no predictions on the {split} split; choose another split."
    picture_missing: str = "picture missing"
    dataset_gone: str = (
        "The pictures of {dataset} are no longer at {folder}. The numbers are unaffected; put the folder back to see "
        "the pictures again."
    )
    starved_stage: str = (
        "Run {run}, stage {stage}: {n} of {epochs} epochs learned from less than 5% of the samples they were shown "
        "(the lowest: {lowest}); the confidence filter or OHEM left out the rest. Such a stage hardly learns."
    )
    no_reason: str = "no reason was recorded."
    column_accuracy: str = "Accuracy"
    column_macro_f1: str = "Macro-F1"
    column_n: str = "Test n"
    column_processor: str = "Processor time"
    processor_help: str = (
        "Processor time that the training itself used, whatever else ran on the machine; GPU work is not included. A "
        "dash: not recorded"
    )
    column_steps: str = "Steps"
    column_true: str = "True"
    column_predicted: str = "Predicted"
    no_match: str = "No sample matches these filters."
    card_prob: str = "p {prob}"
    reason_names: Pairs = (
        ("wrong", "wrong"),
        ("nearly wrong", "nearly wrong"),
        ("high loss", "high loss"),
        ("forgotten", "learned and lost again"),
        ("random", "drawn at random"),
    )
    open_cam: str = "Grad-CAM"
    sample: str = "Sample"
    sample_id: str = "Sample id"
    per_class: str = "Per class"
    overall_names: Pairs = (("accuracy", "Top-1 accuracy"), ("exact_match", "All labels right"))
    points: str = "{value:+.1f} points"
    no_interval: str = "no interval (fewer than two patients)"
    column_a: str = "A"
    column_b: str = "B"
    column_class: str = "Class"
    column_difference: str = "B − A"
    column_support_n: str = "n"
    side_right: str = "{side} :green[✓] {predicted} · p {prob}"
    side_wrong: str = "{side} :red[✗] {predicted} · p {prob}"
    no_class_predicted: str = "no class"
    behind_label: str = "Samples of"
    none_chosen: str = "nothing chosen"
    none_behind: str = "There are no samples here."
    previous_page: str = "Previous page"
    next_page: str = "Next page"
    class_title: str = "{bar}, {n} samples"
    was_now: str = "{was} → {now}"
    margin: str = "Margin, points"
    margin_help: str = (
        "The largest difference that does not matter to you. Two runs are called equivalent only when the whole 90% "
        "interval of their difference lies inside it."
    )
    compare_caption: str = "{n} test samples of {patients} patients. Differences are {b} minus {a}."
    claim_caption_one: str = (
        "This sentence follows intervals that hold together for everything it names (95% simultaneous t intervals; "
        "they cover chance in patients). The intervals exclude seed-to-seed variation."
    )
    claim_caption_several: str = (
        "This sentence follows intervals that hold together for everything it names (95% simultaneous t intervals; "
        "they cover chance in patients and in {seeds} seeds)."
    )
    table_caption_one: str = (
        "Alone: each class by itself, 95% percentile bootstrap over patients. Together: 95% over all classes at "
        "once. A verdict follows these, or the 90% interval where it says equivalent. A difference counts only where "
        "at least {fewest} patients differ between the two runs."
    )
    table_caption_several: str = (
        "Alone: each class by itself, Student's 95% over patients and {seeds} seeds. Together: 95% over all classes "
        "at once. A verdict follows these, or the 90% interval where it says equivalent. A difference counts only "
        "where at least {fewest} patients differ between the two runs."
    )
    column_alone: str = "Alone, 95%"
    column_together: str = "Together, 95%"
    column_equal: str = "Together, 90%"
    column_telling: str = "Patients that differ"
    telling_help: str = "Patients on whose samples the two runs differ in this score"
    column_verdict_b: str = "B is"
    metric_of: str = "{metric}, {side}"
    interval_together: str = "{level}% CI {low:+.1f} to {high:+.1f}"
    column_collapse: str = "Collapsed"
    collapse_help: str = (
        "Predictions that collapsed on test: the same prediction for every sample, a class of the test set that is "
        "never predicted, or a top-1 accuracy not above that of always predicting the most frequent class (95% over "
        "patients)"
    )
    n_patients: str = "Patients"
    none_together: str = "Every image shows one class."
    download_csv: str = "Table as CSV"
    picture_format: str = "Figures are saved as"
    picture_formats: Pairs = (("png", "PNG"), ("svg", "SVG"))
    first_pair: str = "From here on: only the two chosen runs (seed {seed}), not the mean over {seeds} seeds."
    column_run: str = "Run"
    forked_from: str = (
        "Run {run} starts from {parent} after {stage}: {inherited:,} of its {steps:,} steps were trained there."
    )
    forked_parent_gone: str = "That run has been deleted since; its stages are kept here."
    forked_by: str = "Runs that start from a stage of {run}: {runs}."
    column_samples_seen: str = "Samples shown"
    state_names: Pairs = (
        ("queued", "waiting"),
        ("starting", "starting"),
        ("running", "running"),
        ("stopping", "stopping"),
        ("done", "done"),
        ("failed", "failed"),
        ("stopped", "stopped"),
        ("lost", "lost"),
    )
    labels_of: str = "Scored by the labels of"
    labels_of_names: Pairs = (("newer", "{dataset} (newer)"), ("older", "{dataset} (older)"))
    changed_samples: str = "Show the samples that are"
    change_names: Pairs = (
        ("relabelled", "relabelled"),
        ("excluded", "excluded"),
        ("added", "added"),
        ("moved", "in another split"),
    )
    open_sample: str = "Open"
    keys_help: str = "Arrow keys: left and right"
