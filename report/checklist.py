"""Which items of the reporting guidelines this file answers, and which only people can.

Items after CLAIM (Checklist for Artificial Intelligence in Medical Imaging, 2020, updated 2024) and TRIPOD+AI (2024),
in our own words; neither is reproduced, and neither is claimed to be fulfilled.
"""

from __future__ import annotations

from dataclasses import dataclass

from report.gather import Gathered


@dataclass(frozen=True)
class Item:
    """One thing a reader looks for: `section` says where it stands, None that it is missing; then `todo` says what."""

    topic: str
    section: str | None
    todo: str = ""


def items(found: Gathered) -> list[Item]:
    """What is reported and what is missing."""
    seeds = {(part.run["recipe_name"], part.run["seed"]) for part in found.runs}
    recipes = {recipe for recipe, _ in seeds}
    patients = all(of.described is not None and of.described.has_patients for of in found.datasets)
    verdicts = any(of.verdicts for of in found.datasets)
    two_readers = any(of.agreement for of in found.datasets)
    devices = any(of.described is not None and of.described.samples["device"].notna().any() for of in found.datasets)
    maps = any(part.mapped for part in found.runs)
    return [
        Item("Purpose and intended use of the model", None, "Write what it is for, for whom, and what it must not do."),
        Item("Source of the data", "Data"),
        Item("Dates, places and eligibility of patients", None, "No dates, sites or demographics are kept; add them."),
        Item("Ethics approval and de-identification", None, "State approval, consent and how pictures were cleaned."),
        Item("Splits, and that no patient is in two", "Data" if patients else None,
             "The source names no patients: pictures of one patient may be in two splits."),
        Item("Devices the pictures come from", "Data" if devices else None, "The manifest names no device."),
        Item("How the reference labels were made", None, "State who labelled, from what, and with which training."),
        Item("Labels looked at again by reviewers", "Verdicts" if verdicts else None, "No verdict was given."),
        Item("Agreement between reviewers", "Verdicts" if two_readers else None, "No sample has two verdicts."),
        Item("Model, recipe and every setting", "Model and training"),
        Item("Several seeds", "Runs" if len(seeds) > len(recipes) else None,
             "One seed a recipe: intervals hold the trained model fixed and say nothing of another seed."),
        Item("Sample size and its reasons", None, "The sizes are under Data; why they suffice is not recorded."),
        Item("Metrics with intervals", "Results"),
        Item("Where the model fails", "Confusion"),
        Item("Explanations", "Where the model looks" if maps else None, "No maps were made of these runs."),
        Item("Test on data from elsewhere", None, "All numbers are from one dataset; test on another site's pictures."),
        Item("Fairness over groups of patients", None, "No group is recorded; add it to the manifest's source."),
        Item("Limits and risks", None, "To be written by the team; saliency maps are no evidence of reasoning."),
        Item("Where code, weights and data can be had", None, "State it, with licences and contacts."),
    ]  # fmt: skip
