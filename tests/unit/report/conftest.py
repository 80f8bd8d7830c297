"""The small house of the dashboard's tests: runs written by the production writers."""

from __future__ import annotations

from tests.unit.dashboard.conftest import house, opened, texts

__all__ = ["house", "opened", "texts"]
