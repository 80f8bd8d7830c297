"""Data frames in, plotly figures out; pure."""
