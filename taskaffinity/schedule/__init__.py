"""The plan of a sweep, and the executors that work it off."""
