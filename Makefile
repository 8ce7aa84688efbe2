# All a fresh machine needs is Python 3.11 to 3.13, pip and make. `make help` lists the targets.
.DEFAULT_GOAL := help
.PHONY: help dream test lock sample clean

# The first suitable Python on PATH; PYTHON=... names another.
FITS := import sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python; do \
            if $$python -c '$(FITS)' >/dev/null 2>&1; then echo $$python; break; fi; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --no-input
PYTEST := $(BIN)/python -m pytest --numprocesses logical --maxprocesses 4 --dist worksteal

help: ## list these targets
	@sed -n 's/^\([a-z]*\):[^#]*## /  make \1	/p' $(MAKEFILE_LIST)

dream: $(VENV)/installed ## install into .venv (first time only) and dream the sample picture into sample-dream.png
	@echo "== Dreaming the sample picture into sample-dream.png"
	@$(BIN)/deepdream dream -o sample-dream.png

test: $(VENV)/installed-dev ## install the test dependencies and run everything: lint, types, fast tests, slow tests
	@echo "== ruff: lint and format"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@echo "== mypy: types"
	@$(BIN)/mypy
	@echo "== pytest: the fast tests"
	@$(PYTEST) -m "not slow"
	@echo "== pytest: the slow tests"
	@$(PYTEST) -m slow || [ $$? -eq 5 ]

# An editable install: the command and the tests run the code in this folder.
$(VENV)/installed: requirements.lock pyproject.toml
	@$(or $(PYTHON),false) -c '$(FITS)' 2>/dev/null || \
	  { echo "deepdream needs Python 3.11, 3.12 or 3.13 with its venv module: choose one with 'make $(MAKECMDGOALS) PYTHON=...'." >&2; exit 2; }
	@[ -x $(BIN)/python ] || { echo "== Creating $(VENV) with $$($(PYTHON) --version)"; $(PYTHON) -m venv $(VENV); }
	@echo "== Installing the packages of requirements.lock (a few minutes the first time, 2.5 GB on disk)"
	@$(PIP) install --only-binary :all: --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.lock
	@echo "== Installing the packages of requirements-dev.lock, for the tests"
	@$(PIP) install --only-binary :all: --require-hashes -r requirements-dev.lock
	@touch $@

lock: ## maintainers: update the pins for all platforms (UPGRADE=--upgrade takes newer releases)
	@[ -x build/lock/bin/uv ] || { $(PYTHON) -m venv build/lock; build/lock/bin/python -m pip -q install uv packaging; }
	@PATH="$$PWD/build/lock/bin:$$PATH" python -m tools.lock $(UPGRADE)

sample: $(VENV)/installed ## maintainers: repaint the sample picture
	@$(BIN)/python -m tools.sample.make

clean: ## remove .venv, caches and build files; dreams stay
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
