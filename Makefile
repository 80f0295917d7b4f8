# Everything a user or a developer runs. PYTHON is any Python 3.11.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
WORKSPACE ?= demo
DATA ?=
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

# One thread per process: pytest runs one process per core already.
export FIFTYONE_DO_NOT_TRACK := true

.PHONY: demo test lint format docs install install-dev clean

install: .venv/.installed
install-dev: .venv/.installed-dev

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv

.venv/.installed: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) install --quiet --constraint constraints.txt --editable .
	touch $@

.venv/.installed-dev: .venv/.installed
	$(PIP) install --quiet --constraint constraints.txt --editable '.[browse,dev,docs,fuzz,otel,scale]'
	touch $@

## The whole chain: on rendered portraits, or on your own with DATA=FOLDER.
demo: install
ifeq ($(strip $(DATA)),)
	$(BIN)/datatools run demo --workspace $(WORKSPACE)
else
	$(BIN)/datatools run portraits --workspace $(WORKSPACE) --source '$(DATA)'
endif

## Every check: lint, types, import contracts, tests.
test: install-dev lint
	$(BIN)/datatools teachers pull selfie face_detector face_mesh
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal

lint: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: install-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

## The documentation site, in site/; nothing is fetched.
docs: install-dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

clean:
	rm -rf .venv demo site
