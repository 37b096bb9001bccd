# make ask               sets everything up, adds the example articles and asks about them
# make ask Q="…"         asks something else
# make test, make lint   what .ci/run runs
# make clean             removes everything that make has made
#
# PYTHON=python3.12 uses that Python; otherwise it is python3.

PYTHON ?= python3
Q ?= where did Blinken meet Han Zheng

# A question is data: never expanded by make, and given to the shell through the environment.
override Q := $(value Q)
export Q

BIN := .venv/bin
INSTALLED := .venv/installed
ADDED := .dateline/added
DATELINE := $(BIN)/dateline --home .dateline --corpus examples

.PHONY: ask test lint clean

ask: $(ADDED)
	@$(DATELINE) ask -- "$$Q" || [ $$? -eq 3 ]

test: $(INSTALLED)
	$(BIN)/python -m pytest

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf .venv .dateline .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist *.egg-info

$(ADDED): $(shell find examples/articles -type f) | $(INSTALLED)
	@$(DATELINE) add examples/articles
	@touch $@

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "error: $(PYTHON) is not Python 3.11 or newer; install one, or name it: make PYTHON=python3.12" >&2; \
	  exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "error: $(PYTHON) cannot make virtual environments; on Debian and Ubuntu: apt install python3-venv" >&2; \
	  exit 1; }
	@echo "Installing Dateline with all it needs into .venv: about 540 MB to download, 1.9 GB on disk;" >&2
	@echo "torch's CUDA build, where pip takes that, some gigabytes more (README.md: how to avoid it)." >&2
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@
