"""Compare runs: how they are made comparable, and what the comparison has shown, in the words of every page."""
