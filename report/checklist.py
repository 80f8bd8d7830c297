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


def items(found: Gathered) -> list[Item]:
    """List the items that are reported and those that are missing."""
    seeds = {(part.run["recipe_name"], part.run["seed"]) for part in found.runs}
    recipes = {recipe for recipe, _ in seeds}
    pooled = any(len(of.seeds) > 1 for of in found.comparisons)
    patients = all(of.described is not None and of.described.has_patients for of in found.datasets)
    verdicts = any(of.verdicts for of in found.datasets)
    two_readers = any(of.agreement for of in found.datasets)
    devices = any(of.described is not None and of.described.samples["device"].notna().any() for of in found.datasets)
    maps = any(part.mapped for part in found.runs)
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
