"""Draw the page Study: plan, progress, answers, costs, curves and maps over knobs."""
