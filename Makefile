# make ask               installs Dateline, adds the example articles and asks about them
# make ask Q="…"         asks something else
# make test              runs all tests; make test-fast those that take no minutes
# make gates             asks all questions of the quality gates, of which make test asks some
# make lint              checks style and types; .ci/run runs this and all tests
# make clean             removes what make has built, and no article
#
# PYTHON=python3.12 uses that Python; otherwise it is python3.

PYTHON ?= python3
Q ?= where did Blinken meet Han Zheng

# A question is data: never expanded by make, and given to the shell through the environment.
override Q := $(value Q)
export Q

BIN := .venv/bin
CORE := .venv/core
DEV := .venv/dev
ADDED := .dateline/examples-added
DATELINE := $(BIN)/dateline --home .dateline
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: ask test test-fast gates lint clean

ask: $(ADDED)
	@$(DATELINE) ask -- "$$Q" || [ $$? -eq 3 ]
	@echo "Ask on:  $(DATELINE) chat" >&2

test: $(DEV)
	$(BIN)/python -m pytest

test-fast: $(DEV)
	$(BIN)/python -m pytest -m "not slow"

gates: $(DEV)
	$(BIN)/python -m pytest -m whole

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist *.egg-info

$(ADDED): $(shell find examples/articles -type f) | $(CORE)
	@echo "Adding the example articles to .dateline …" >&2
	@$(DATELINE) add examples/articles
	@touch $@

$(CORE): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "error: $(PYTHON) is not Python 3.11 or newer; install one, or name it: make PYTHON=python3.12" >&2; \
	  exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "error: $(PYTHON) cannot make virtual environments; on Debian and Ubuntu: apt install python3-venv" >&2; \
	  exit 1; }
	@echo "Installing Dateline into .venv: 125 MB to download, 500 MB on disk, half a minute …" >&2
	@$(PYTHON) -m venv .venv
	@$(INSTALL) -e .
	@touch $@

$(DEV): $(CORE)
	@echo "Installing what tests take, torch among it: 375 MB to download, 1.5 GB on disk;" >&2
	@echo "torch's CUDA build, where pip takes that, some gigabytes more (docs/operations.md: how to avoid it) …" >&2
	@$(INSTALL) -e '.[dev]'
	@touch $@
