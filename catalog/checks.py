"""What is wrong with a dataset, told before a GPU-hour is spent on it."""

from __future__ import annotations
