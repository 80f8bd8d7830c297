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
    lead: str = "Lead of {b} in points"
    support: str = "{n} samples of {n_groups} patients"
    no_epochs: str = "No epoch has been finished yet."
    no_stages: str = "No stage has been finished yet."
    no_samples: str = "There are no samples to count here."
    no_classes: str = "There are no classes to compare."
    no_history: str = "No stage has predicted this sample yet."
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
    outline_names: Pairs = (
        ("box", "box"),
        ("caliper", "caliper found"),
        ("text", "text found"),
    )
    class_probability: str = "Probability"
    classes_left_out: str = "{n} less likely classes are left out"
