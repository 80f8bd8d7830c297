"""Draw the page Difficulty: what makes a class easy or hard."""
