"""Tell the time as the store keeps it."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the current time in UTC, without a time zone, as the store's columns hold it."""
    return datetime.now(UTC).replace(tzinfo=None)
