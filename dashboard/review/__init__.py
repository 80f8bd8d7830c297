"""Parts of the pages Meeting and Sample."""
