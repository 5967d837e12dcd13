"""Hypothesis without chance: the same examples every time."""

from hypothesis import settings

settings.register_profile("seeded", derandomize=True, deadline=None, database=None, max_examples=40)
settings.load_profile("seeded")
