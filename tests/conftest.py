"""For all tests: property tests have no time limit an example, since machines differ; garbage is sought in the new."""

import gc

from hypothesis import settings

settings.register_profile("odap", deadline=None)
settings.load_profile("odap")


def pytest_collection_finish() -> None:
    """What is imported stays: a full collection, which statsmodels asks for at each call, need not walk through it."""
    gc.freeze()
