"""English: what a comparison claims, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ClaimTexts:
    """Texts of one language; placeholders are filled with `str.format`."""

    margin: str = "Margin, points"
    margin_help: str = (
        "The largest difference that does not matter to you. Two runs are called equivalent only when the whole 90% "
        "interval of their difference lies inside it."
    )
    compare_caption: str = "{n} test samples of {patients} patients. Differences are {b} minus {a}."
    claim_caption_one: str = (
        "The sentence goes by intervals that hold together over everything it names (95% simultaneous t intervals; "
        "they cover chance in patients). Variation between seeds is not in them."
    )
    claim_caption_several: str = (
        "The sentence goes by intervals that hold together over everything it names (95% simultaneous t intervals; "
        "they cover chance in patients and in {seeds} seeds)."
    )
    table_caption_one: str = (
        "Alone: each class by itself, 95% percentile bootstrap over patients. Together: 95% over all classes at "
        "once; "
        "a verdict goes by these, and by the 90% interval where it says equivalent. A difference counts where at "
        "least "
        "{fewest} patients tell the two apart."
    )
    table_caption_several: str = (
        "Alone: each class by itself, Student's 95% over patients and {seeds} seeds. Together: 95% over all "
        "classes at "
        "once; a verdict goes by these, and by the 90% interval where it says equivalent. A difference counts "
        "where at "
        "least {fewest} patients tell the two apart."
    )
    column_alone: str = "Alone, 95%"
    column_together: str = "Together, 95%"
    column_equal: str = "Together, 90%"
    column_telling: str = "Patients apart"
    telling_help: str = "Patients on whose samples the two runs differ in this score"
    column_verdict_b: str = "B is"
    metric_of: str = "{metric}, {side}"
    interval_together: str = "{level}% CI {low:+.1f} to {high:+.1f}"
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
    column_collapse: str = "Collapsed"
    collapse_help: str = (
        "Answers that collapsed on test: one answer for every sample, a class that is never predicted although the "
        "test set has it, or a top-1 accuracy not above that of always answering the most frequent class (95% over "
        "patients)"
    )
    collapsed_runs: str = "{k} of {n} runs ({first})"
    column_majority: str = "Majority"
    majority_help: str = "Accuracy of always answering the most frequent class of the test set"
    column_chance: str = "Chance"
    chance_help: str = "Accuracy of drawing classes by their shares in the test set"
    effect_processor: str = "Processor time: {time} against {control_time}."
    column_rank: str = "Rank"
    rank_help: str = (
        "The ranks that the data allow (95%, simultaneous over all pairs of recipes with three shared seeds or "
        "more, of the same classes). Equal ranks are not told apart. Empty: too few seeds, or nothing to compare with."
    )
    leaderboard_caption: str = (
        "Recipes on one dataset version, test scores of the last stage, means over seeds. Intervals: Student's 95% "
        "over "
        "seeds, each recipe alone; they are not for telling two recipes apart. The rank is: it compares recipes "
        "on the same seeds and test samples."
    )
