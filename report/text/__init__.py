"""Hold every text of the report: one file per language, with the same names in each."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from report.text.en import Texts
from report.text.ko import Korean
from report.text.study_en import StudyTexts
from report.text.study_ko import KoreanStudyTexts

LANGUAGES: Final = MappingProxyType({"en": Texts(), "ko": Korean()})
STUDY_LANGUAGES: Final = MappingProxyType({"en": StudyTexts(), "ko": KoreanStudyTexts()})

__all__ = ["LANGUAGES", "STUDY_LANGUAGES", "StudyTexts", "Texts"]
