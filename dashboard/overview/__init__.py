"""Draw the parts of the Overview page."""
