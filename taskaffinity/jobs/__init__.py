"""What a run does: one kind of job a file, the worker that does them, and the plan of them all."""
