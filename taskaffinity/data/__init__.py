"""Data sets: readers, derived labels, splits, and the cache of prepared data."""
