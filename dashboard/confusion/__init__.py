"""Parts of the Confusion page, a file per tab."""
