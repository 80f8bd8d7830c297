"""Parts of the pages Single vs multi and Stages."""
