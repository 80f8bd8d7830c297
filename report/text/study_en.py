"""Hold the English texts of the report of a study."""

from __future__ import annotations

from dataclasses import dataclass

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class StudyTexts:
    """Placeholders are filled with `str.format`."""

    language: str = "en"
    study_title: str = "Odap study: {name}"
    study_made: str = (
        "Made {at}; id of the plan {id}. All numbers come from research models and say nothing about clinical use."
    )
    study_plan: str = "Plan, fixed before the first run"
    study_progress: str = "Progress"
    study_done: str = "{done} of {all} runs have ended."
    study_states: Pairs = (
        ("done", "done"),
        ("running", "training"),
        ("queued", "waiting"),
        ("failed", "failed"),
        ("stopped", "stopped"),
        ("lost", "lost"),
        ("missing", "missing"),
    )
    study_answers: str = "Answers"
    study_forest: str = (
        "Grey bands: margins. Thin lines: 95% intervals that hold together. Thick lines: 90% intervals of equivalence. "
        "Right: the first arm is better."
    )
    study_numbers: str = "Numbers"
    study_question: str = "Question"
    study_arms: str = "Arms"
    study_samples: str = "Test images"
    study_score: str = "Score"
    study_margin: str = "Margin, points"
    study_difference: str = "Difference, points"
    study_together: str = "Together, 95%"
    study_equal: str = "Alone, 90%"
    study_to: str = "to"
    study_verdict: str = "Verdict"
    study_family: str = "Family"
    study_main: str = "main"
    study_explored: str = "explored"
    study_seeds: str = "Seeds"
    study_by_class: str = "Win, tie and loss by class"
    study_by_class_caption: str = (
        "Test images that the first arm alone, neither arm alone, and the second arm alone has right; means over seeds."
    )
    study_win: str = "Win"
    study_tie: str = "Tie"
    study_loss: str = "Loss"
    study_costs: str = "Costs"
    study_costs_caption: str = (
        "Means over the runs that have ended. Labels used: samples that counted in the loss, with repeats. Spent: all "
        "runs together; stages inherited from another run count once."
    )
    study_arm: str = "Arm"
    study_runs: str = "Runs"
    study_steps: str = "Steps"
    study_seconds: str = "Seconds"
    study_labels: str = "Labels used"
    study_spent: str = "Seconds spent"
    study_rounds: str = "Test accuracy over rounds"
    study_rounds_caption: str = "Round 0 is the full stage; bars are Student's 95% intervals over seeds."
    study_maps: str = "Gain by condition"
    study_maps_caption: str = (
        "Each cell: the difference in points and its 95% CI; hatched: not settled. The effect of a condition is "
        "estimated from all cells at once; explored. Its 95% intervals hold together over all conditions."
    )
    study_behind: str = "Runs behind the answers"
    study_no_runs: str = "No run of this study has ended yet."
