"""Draw the parts of the Data page."""
