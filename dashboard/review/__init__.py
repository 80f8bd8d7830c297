"""Draw the parts of the pages Meeting and Sample."""
