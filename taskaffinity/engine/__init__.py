"""The engine: jobs, their plan, the driver that works it off, and the executors that run them.

Nothing here knows vision: no module imports torch, or what reads data, builds networks or trains them. What a
job does is defined by its own class, in `taskaffinity.jobs`.
"""
