"""Build networks and prepare their training: weights, objectives, optimization and devices."""
