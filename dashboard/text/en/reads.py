"""English texts of tables."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReadsTexts:
    """Placeholders are filled with `str.format`."""

    control_badge: str = "control"
    baseline_badge: str = "baseline"
    hnl_badge: str = "staged (hard negatives)"
    multi_badge: str = "multi-label"
    plain_badge: str = "single stage"
    from_to: str = "{low:+.1f} to {high:+.1f}"
    inherited_stage: str = "{stage} (inherited)"
    collapsed_runs: str = "{k} of {n} runs ({first})"
    predicted_none: str = "no class"
