"""Build plotly figures from data frames; pure functions."""
