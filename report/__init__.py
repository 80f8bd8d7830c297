"""The report of a review: one HTML file for chosen runs, made from the store and the catalog, without a screen."""

from report.gather import ReportError
from report.render import render, write

__all__ = ["ReportError", "render", "write"]
