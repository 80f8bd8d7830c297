"""Compare runs: make them comparable, and word what the comparison has shown."""
