"""Train by a recipe in a detached process, and write the results to the store.

Nothing is imported here, so that `python -m trainer --help` does not wait for torch.
"""
