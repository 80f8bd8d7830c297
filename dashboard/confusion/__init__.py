"""Draw the parts of the Confusion page, one file per tab."""
