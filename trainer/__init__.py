"""The trainer: one detached process that follows a recipe and writes what it saw to the store.

Nothing is imported here, so that `python -m trainer --help` does not wait for torch.
"""
