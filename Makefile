# `make run` sets up and does the default run; `make test` sets up and runs the tests.
# The first Python that is new enough; `make PYTHON=/path/to/python` chooses another.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
# One process a core for the tests, each with one thread; tests that share a run stay in one process.
PYTEST_ARGS ?= -n auto --dist loadgroup

.PHONY: run test lint types docs setup clean
.DEFAULT_GOAL := run

setup: $(VENV)/.installed

# torch and torchvision come first and together, so that pip picks a matching pair.
$(VENV)/.installed: pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check torch torchvision
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

run: setup
	$(BIN)/taskaffinity run --out results/rooms

test: setup
	$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

docs: setup
	$(BIN)/mkdocs build --quiet

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache site
