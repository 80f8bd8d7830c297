"""English texts of figures."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.en.pairs import Pairs


@dataclass(frozen=True)
class ChartTexts:
    """Placeholders are filled with `str.format`."""

    true_class: str = "True class"
    predicted_class: str = "Predicted class"
    share: str = "share"
    count: str = "samples"
    points: str = "points"
    cell: str = "{true} predicted as {predicted}"
    epoch: str = "Epoch over the whole run"
    stage: str = "Stage"
    round: str = "Round"
    samples: str = "Samples"
    interval: str = "{level}% CI {low:+.1f} to {high:+.1f}"
    lead: str = "Difference, points (right: {b} is better)"
    support: str = "{n} samples of {n_groups} patients"
    inherited: str = "{stage}, inherited"
    no_epochs: str = "No epoch has finished yet."
    no_stages: str = "No stage has finished yet."
    no_samples: str = "There are no samples to count here."
    no_classes: str = "There are no classes to compare."
    no_history: str = "No stage has predicted this sample yet."
    share_learned: str = "Share learned"
    auc: str = "AUC against all other classes"
    learned_of: str = "{share} of {n} samples"
    no_learning: str = "How the samples were learned was not recorded."
    no_cues: str = "No cue could be measured."
    factor: str = "{factor}: {auc} (95% CI {low} to {high})"
    others: str = "(others)"
    there: str = "Present"
    sure: str = "Mean probability"
    came_true: str = "Observed frequency"
    perfect: str = "perfectly calibrated"
    bin: str = "{n} predictions: mean probability {confidence}, observed {frequency} (95% CI {low} to {high})"
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
    moved: str = "changed by more than chance"
    no_pairs: str = "No pair is confused at any stage."
    no_flow: str = "A flow needs two finished stages."
    no_answers: str = "There are no predictions to show the calibration of."
    outline_names: Pairs = (
        ("box", "box"),
        ("caliper", "detected caliper"),
        ("text", "detected text"),
    )
    class_probability: str = "Probability"
    classes_left_out: str = "{n} less likely classes are not shown"
    no_questions: str = "No question has been asked here."
    no_ended_runs: str = "No run has ended yet."
    best_for_cost: str = "best for its cost"
    interval_equivalence: str = "90% CI of equivalence"
    interval_together: str = "95% CI, all questions of the family together"
    margin: str = "margin"
    explored: str = "only explored"
    difference_points: str = "Difference, points (right: the first arm is better)"
    study_support: str = "{seeds} seeds, {n:,} images of {patients:,} patients"
    only_right: str = "only {arm} is right"
    images_per_seed: str = "Test images per seed"
    class_wins: str = "win {win}, tie {tie}, loss {loss} of {n} images, mean over seeds"
    seed_wins: str = "seeds won {won}, tied {tied}, lost {lost}"
    test_accuracy: str = "Test accuracy, mean over seeds"
    seeds_of: str = "{n} seeds"
