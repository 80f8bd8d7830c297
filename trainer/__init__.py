"""The trainer: one detached process that follows a recipe and writes what it saw to the store.

Nothing is imported here, so that `trainer.recipe` stays free of torch for the dashboard and the job queue.
"""
