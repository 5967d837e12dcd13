"""The engine: jobs, their plan, the driver that carries it out, and the executors that run them.

Nothing here depends on vision: no module imports torch, or code that reads data, builds networks or trains
them. What a job does is defined by its own class, in `taskaffinity.jobs`.
"""
