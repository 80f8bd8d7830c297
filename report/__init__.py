"""Report chosen runs in one HTML file, made from the store and the catalog without a screen."""

from report.gather import ReportError
from report.provenance import made_by
from report.render import render, write
from report.text import LANGUAGES

__all__ = ["LANGUAGES", "ReportError", "made_by", "render", "write"]
