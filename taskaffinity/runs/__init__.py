"""The run folder, and the objects that command line, report and notebooks share.

Only this package knows the names and formats of files in a run folder. Loading is cheap: no torch, no task
files, no data.
"""
