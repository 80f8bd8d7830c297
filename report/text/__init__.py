"""Hold every text of the report: one file per language, with the same names in each."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from report.text.en import Texts
from report.text.ko import Korean
from report.text.study_en import StudyTexts
from report.text.study_ko import KoreanStudyTexts
from system.korean_particles import with_particles

LANGUAGES: Final = MappingProxyType({"en": Texts(), "ko": with_particles(Korean())})
STUDY_LANGUAGES: Final = MappingProxyType({"en": StudyTexts(), "ko": with_particles(KoreanStudyTexts())})

__all__ = ["LANGUAGES", "STUDY_LANGUAGES", "StudyTexts", "Texts"]
