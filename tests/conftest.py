"""For all tests: property tests have no time limit an example, since machines differ."""

from hypothesis import settings

settings.register_profile("odap", deadline=None)
settings.load_profile("odap")
