"""Draw the parts of the pages Single vs multi and Stages."""
