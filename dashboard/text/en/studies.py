"""English texts of the page Study."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.en.pairs import Pairs


@dataclass(frozen=True)
class StudiesTexts:
    """Placeholders are filled with `str.format`."""

    study: str = "Study"
    study_intro: str = (
        "A study fixes its questions, arms and margins before the first run, and answers all questions together."
    )
    no_studies: str = (
        "There is no study yet. Write a file in the folder `studies/`, as docs/studies.md shows, or start one from the "
        "command line: `python -m trainer study FILE --dry-run`"
    )
    choose_study: str = "Study"
    study_broken: str = "This study file cannot be used: {reason}"
    study_from_store: str = "from the store; its file may have changed since"
    study_plan: str = "The plan, fixed before the first run"
    study_plan_line: str = (
        "{questions} questions, {arms} arms, {datasets} datasets, {seeds} seeds: {runs} runs. Id of the plan: `{id}`. "
        "A change of a question, an arm or a dataset makes another study; more seeds do not."
    )
    study_progress: str = "Progress"
    study_done: str = "{done} of {all} runs have ended, {running} are training, {waiting} wait, {failed} ended early."
    study_queue: str = "Queue the missing runs"
    study_queue_help: str = "Queues every missing run of this study, and makes the datasets that it needs."
    study_queued: str = "Runs queued: {n}."
    study_left: str = "To be queued: {runs} runs. Left to train in all: {steps:,} steps, {time}."
    study_time: str = "about {time} on this machine"
    study_time_unknown: str = "time unknown until a run of the same network and image size has ended on this machine"
    study_namesakes: str = (
        "The store has {studies} too, of the same name but with another plan; this is another study. Runs taken over "
        "from there, as their recipe, settings, dataset and seed are the same: {n} of {all}."
    )
    study_passed_over: str = "Not there and optional, so passed over: {datasets}."
    study_complete: str = "All runs of this study have ended."
    study_all_queued: str = (
        "Every run that was missing is queued. Answers appear, and become more certain, as runs end."
    )
    study_first_step: str = (
        "Nothing has been trained for this study yet. Queue the missing runs, here or with `python -m trainer study "
        "{name}`; the answers appear as runs end."
    )
    study_grid_hint: str = (
        "Each cell is a run; select one that trains or has ended to open it. An arm has no run where a cell is empty."
    )
    study_dataset: str = "Dataset"
    study_arm: str = "Arm"
    study_cells: Pairs = (
        ("done", "✓ done"),
        ("running", "▶ training"),
        ("queued", "… waiting"),
        ("starting", "▶ starting"),
        ("stopping", "■ stopping"),
        ("failed", "✗ failed"),
        ("stopped", "■ stopped"),
        ("lost", "✗ lost"),
        ("missing", "– missing"),
    )
    study_answers: str = "Answers"
    study_verdicts: str = (
        "{better} better, {worse} worse, {equivalent} equivalent, {open} not settled, {none} without runs or "
        "predictions"
    )
    study_lacks_predictions: str = (
        "No question can be answered: runs have ended, but the store has no predictions of three seeds of all arms of "
        "a question. Each answer below says what is missing."
    )
    study_no_answers: str = (
        "No question can be answered yet: each needs three seeds of all its arms. The verdicts come as runs end."
    )
    study_forest_hint: str = (
        "Grey bands are the margins, thin lines the intervals that hold together, thick lines those of equivalence. "
        "Select a point, or choose the question below, to see its classes, runs and samples."
    )
    study_question: str = "Question"
    study_learn: str = "What is learned either way: {learn}"
    study_kind_main: str = "main"
    study_kind_explored: str = "explored"
    study_every_answer: str = "Every answer in a sentence"
    study_by_class: str = "Win, tie and loss by class"
    study_no_wins: str = "Shown as soon as a seed of both arms has ended."
    study_no_predictions: str = "The runs have ended, but the store has no predictions of them for this question."
    study_no_classes: str = "An interaction has no winner by class; look at its two contrasts."
    study_runs_of: str = "Runs and samples behind this answer"
    study_pair: str = "Seed {seed}: {a} vs. {b}, sample by sample"
    study_run_link: str = "{side}, seed {seed}"
    study_no_runs_behind: str = "No seed of all these arms has ended yet."
    study_cost: str = "Gain vs. cost"
    study_cost_by: str = "Cost of one run"
    study_costs: Pairs = (
        ("steps", "Optimizer steps"),
        ("seconds", "Seconds"),
        ("labels", "Labels used"),
    )
    study_cost_hint: str = (
        "Named are the arms that no other beats at the same or a lower cost, and the arm that most contrasts compare "
        "with, each with its 95% interval over seeds; point at another arm for its interval. "
        "Means over the runs that have ended. Labels used: samples that counted in the loss, with repeats. Stages "
        "inherited from another run count in the run's own cost, and once in what the study has spent: {steps:,} "
        "steps, {seconds}."
    )
    study_rounds: str = "Curves over rounds"
    study_rounds_hint: str = "Round 0 is the full stage. Bars are Student's 95% intervals over seeds."
    study_map: str = "Gain by condition"
    study_map_hint: str = (
        "The gain of each cell in points; hatched cells are not settled. Select a cell to see its answer above."
    )
    study_effects: str = "Effect of each condition"
    study_effects_hint: str = (
        "Estimated from all cells at once, with the other conditions held; explored. The 95% intervals hold "
        "together over the conditions."
    )
    study_map_question: str = "Question"
    study_knob_x: str = "Across"
    study_knob_y: str = "Down"
    study_knob_at: str = "{knob} at"
    study_report: str = "Report of this study"
    make_study_report: str = "Make the report"
    save_study_report: str = "Save the report"
    column_question: str = "Question"
    column_samples_asked: str = "Test images"
    column_score_asked: str = "Score"
    column_study_margin: str = "Margin"
    column_study_verdict: str = "Verdict"
    column_n_seeds: str = "Seeds"
    column_n_images: str = "Images"
    column_n_patients: str = "Patients"
    column_study_difference: str = "Difference, points"
    column_study_together: str = "Together, 95%"
    column_study_equal: str = "Alone, 90%"
    column_study_family: str = "Family"
    answering: str = "Answering the questions…"
