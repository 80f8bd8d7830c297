"""Collect the English texts of the dashboard, one file per folder of the dashboard."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.en.charts import ChartTexts as FigureTexts
from dashboard.text.en.comparison import ComparisonTexts
from dashboard.text.en.confusion import ConfusionTexts
from dashboard.text.en.datasets import DatasetsTexts
from dashboard.text.en.difficulty import DifficultyTexts
from dashboard.text.en.frame import FrameTexts
from dashboard.text.en.grad_cam import GradCamTexts
from dashboard.text.en.hard_negatives import HardNegativesTexts
from dashboard.text.en.overview import OverviewTexts
from dashboard.text.en.reads import ReadsTexts
from dashboard.text.en.review import ReviewTexts
from dashboard.text.en.studies import StudiesTexts
from dashboard.text.en.widgets import WidgetsTexts
from report.text.provenance import ProvenanceTexts

__all__ = ["FigureTexts", "Texts"]


@dataclass(frozen=True)
class Texts(
    ComparisonTexts,
    ConfusionTexts,
    DatasetsTexts,
    DifficultyTexts,
    FrameTexts,
    GradCamTexts,
    HardNegativesTexts,
    OverviewTexts,
    ProvenanceTexts,
    ReadsTexts,
    ReviewTexts,
    StudiesTexts,
    WidgetsTexts,
):
    """All texts of one language. Another language is a subclass that replaces each of them."""
