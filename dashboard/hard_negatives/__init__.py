"""Parts of the Hard negatives page."""
