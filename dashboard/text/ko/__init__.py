"""Provide the texts in Korean (한국어), under the same names as `en`.

A name that is missing here falls back to English, and a test reports it.
"""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.text.en import Texts
from dashboard.text.ko.charts import KoreanCharts as KoreanFigures
from dashboard.text.ko.comparison import KoreanComparison
from dashboard.text.ko.confusion import KoreanConfusion
from dashboard.text.ko.datasets import KoreanDatasets
from dashboard.text.ko.difficulty import KoreanDifficulty
from dashboard.text.ko.frame import KoreanFrame
from dashboard.text.ko.grad_cam import KoreanGradCam
from dashboard.text.ko.hard_negatives import KoreanHardNegatives
from dashboard.text.ko.overview import KoreanOverview
from dashboard.text.ko.reads import KoreanReads
from dashboard.text.ko.review import KoreanReview
from dashboard.text.ko.studies import KoreanStudies
from dashboard.text.ko.widgets import KoreanWidgets
from report.text.provenance import KoreanProvenance

__all__ = ["Korean", "KoreanFigures"]


@dataclass(frozen=True)
class Korean(
    KoreanComparison,
    KoreanConfusion,
    KoreanDatasets,
    KoreanDifficulty,
    KoreanFrame,
    KoreanGradCam,
    KoreanHardNegatives,
    KoreanOverview,
    KoreanProvenance,
    KoreanReads,
    KoreanReview,
    KoreanStudies,
    KoreanWidgets,
    Texts,
):
    """Class names, ids and the words in `code` stay as they are."""
