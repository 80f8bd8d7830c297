"""List the items of the reporting guidelines that a report covers, and those it cannot.

The others have to be answered by people.

Items after CLAIM (Checklist for Artificial Intelligence in Medical Imaging, 2020, updated 2024) and TRIPOD+AI (2024),
in our own words; neither is reproduced, and neither is claimed to be fulfilled.
"""

from __future__ import annotations

from dataclasses import dataclass

from report.gather import Gathered


@dataclass(frozen=True)
class Item:
    """An item of a guideline, by its name in the texts.

    `section` is the section of the report that covers it; None: the item is missing.
    """

    topic: str
    section: str | None


def items(gathered: Gathered) -> list[Item]:
    """List the items that are reported and those that are missing."""
    seeds = {(part.run["recipe_name"], part.run["seed"]) for part in gathered.runs}
    recipes = {recipe for recipe, _ in seeds}
    pooled = any(len(pair.seeds) > 1 for pair in gathered.comparisons)
    patients = all(dataset.described is not None and dataset.described.has_patients for dataset in gathered.datasets)
    verdicts = any(dataset.verdicts for dataset in gathered.datasets)
    two_readers = any(dataset.agreement for dataset in gathered.datasets)
    devices = any(
        dataset.described is not None and dataset.described.samples["device"].notna().any()
        for dataset in gathered.datasets
    )
    maps = any(part.mapped for part in gathered.runs)
    return [
        Item("purpose", None),
        Item("source", "data"),
        Item("eligibility", None),
        Item("ethics", None),
        Item("splits", "data" if patients else None),
        Item("devices", "data" if devices else None),
        Item("labels", None),
        Item("reviewed", "verdicts" if verdicts else None),
        Item("agreement", "verdicts" if two_readers else None),
        Item("model", "training"),
        Item("seeds", "runs" if len(seeds) > len(recipes) or pooled else None),
        Item("size", None),
        Item("metrics", "results"),
        Item("failures", "confusion"),
        Item("explanations", "looks" if maps else None),
        Item("external", None),
        Item("fairness", None),
        Item("limits", None),
        Item("availability", None),
    ]
