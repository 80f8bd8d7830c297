"""English texts of the page Overview."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.en.pairs import Pairs


@dataclass(frozen=True)
class OverviewTexts:
    """Placeholders are filled with `str.format`."""

    runs: str = "Runs"
    learning_curves: str = "Learning curves"
    curves_of: str = "Runs in the figure"
    curve_metric: str = "Curve"
    curve_names: Pairs = (
        ("val_macro_f1", "Validation macro-F1"),
        ("val_accuracy", "Validation accuracy"),
        ("val_loss", "Validation loss"),
        ("train_loss", "Training loss"),
    )
    curves_wait: str = "Not in the figure yet, because no epoch has finished: {runs}."
    no_epochs: str = "The chosen runs have not finished an epoch yet."
    stages_of: str = "Stages of {run}"
    headline_caption: str = "Scores on the {n} test samples of {dataset}, measured once at the end of each stage."
    run_failed: str = "Run {run} failed: {reason}"
    run_stopped: str = "Run {run} was stopped. It can be resumed from its last finished epoch."
    run_lost: str = "Run {run} was lost: its process ended without reporting why. It can be resumed."
    to_checks: str = "Checks of {dataset}"
    run_resumes: str = "Run {run} ended early and is queued again; it continues from its last finished epoch."
    log_tail: str = "The last lines of its log"
    no_log: str = "There is no log for this run."
    column_kind: str = "Kind"
    column_status: str = "Status"
    column_stage: str = "Last stage"
    column_macro_ap: str = "Macro-AP"
    column_elapsed: str = "Elapsed"
    elapsed_help: str = "Clock time. It grows when others use the machine, so it does not measure cost"
    column_created: str = "Started (UTC)"
    column_epochs: str = "Epochs"
    column_best: str = "Best epoch"
    column_mined: str = "Mined"
    accuracy_help: str = (
        "Test samples whose most probable class is their single label. Runs on a label scheme are scored on the "
        "dataset's own labels, so that all runs can be compared"
    )
    macro_f1_help: str = (
        "Mean F1 over the classes, on the test samples. A multi-label run is scored on all labels present, at its "
        "own thresholds; the page Single vs multi scores both kinds in the same way"
    )
    macro_ap_help: str = "Mean average precision over the classes; does not depend on thresholds"
    mined_help: str = "Hard negatives mined at the end of the stage, for the next round"
    column_low: str = "95% low"
    column_high: str = "95% high"
    stage_mistakes: str = "Mistakes on test after"
    curve_point: str = "{run}, {stage}: mistakes on test"
    curve_hint: str = (
        "Click a point to see what its stage got wrong on test. Predictions are stored once per stage, for its best "
        "epoch, not for every epoch."
    )
    curve_waits: str = "{stage} of {run} has not finished yet; its predictions appear when it has."
    column_majority: str = "Majority"
    majority_help: str = "Accuracy of always answering the most frequent class of the test set"
    column_chance: str = "Chance"
    chance_help: str = "Accuracy of drawing classes by their shares in the test set"
    column_rank: str = "Rank"
    rank_help: str = (
        "The ranks that the data allow (95%, simultaneous over all pairs of recipes with the same classes and three "
        "shared seeds or more). Recipes with equal ranks cannot be told apart. Empty: too few seeds, or nothing to "
        "compare with."
    )
    leaderboard_caption: str = (
        "Recipes on one dataset version: test scores of the last stage, means over seeds. Intervals: Student's 95% "
        "over seeds, for each recipe by itself; do not use them to compare two recipes. Use the rank: it compares "
        "recipes on the same seeds and test samples."
    )
    leaderboard: str = "Leaderboard"
    column_seeds: str = "Seeds"
    recipe_diff: str = "What differs between the recipes"
    same_recipes: str = "The recipes of these runs are the same in every key."
    choose_more: str = "Choose two runs or more above to see what differs between their recipes."
    column_key: str = "Key"
    resume: str = "Resume"
    resumed: str = "The run is queued again and continues from its last finished epoch."
    report: str = "Report"
    make_report: str = "Make the report"
    report_runs: str = "Runs in the report"
    report_help: str = "One self-contained HTML file; print it to PDF from the browser"
    making_report: str = "Writing the report…"
    save_report: str = "Save the report"
    upkeep: str = "Disk use, and deleting runs"
    upkeep_choose: str = "Run to clean up or delete"
    column_disk: str = "Files (MB)"
    without_run: str = "folder without a run"
    disk_in_all: str = "{size} in {n} folders of checkpoints, logs and maps."
    keep_best: str = "Keep best and last checkpoint"
    keep_best_help: str = (
        "For a finished run: removes the weights of all stages except the best (macro-F1 on validation) and the "
        "last. All results stay; maps of the other stages can no longer be drawn."
    )
    kept_best: str = "{run}: {size} freed; the best and the last checkpoint are kept."
    delete_takes: str = (
        "Deleting **{run}** removes its {stages} stages with {predictions} predictions ({rows} rows in total) and "
        "{size} of checkpoints, logs and maps, for everyone and permanently. Its dataset and the verdicts on samples "
        "stay."
    )
    delete_sure: str = "Yes, delete {run}"
    delete_run: str = "Delete this run"
    deleted_run: str = "{run} is deleted; {size} freed."
