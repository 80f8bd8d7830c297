"""Hold every text of the report: one file per language, with the same names in each."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from report.text.en import Texts
from report.text.ko import Korean

LANGUAGES: Final = MappingProxyType({"en": Texts(), "ko": Korean()})

__all__ = ["LANGUAGES", "Texts"]
