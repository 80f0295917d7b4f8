# Everything a user or a developer runs. PYTHON is any Python 3.11.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
WORKSPACE ?= demo
DATA ?=
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

# One thread per process: pytest runs one process per core already.
export FIFTYONE_DO_NOT_TRACK := true

.PHONY: demo test lint format docs audit sbom install install-dev clean

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

.venv/.installed-audit: .venv/.installed-dev
	$(PIP) install --quiet --constraint constraints.txt --editable '.[audit]'
	touch $@

## Known vulnerabilities of everything pinned, by the advisories of the Python Package Index: needs the network.
## What cannot be looked up fails too, because nothing is known of it.
audit: .venv/.installed-audit
	$(BIN)/pip-audit --requirement constraints.txt --no-deps --disable-pip --strict

## A bill of materials, sbom.json: every installed package with version, licence and who needs it (CycloneDX 1.6).
sbom: .venv/.installed-audit
	$(BIN)/cyclonedx-py environment --output-reproducible --output-format JSON --spec-version 1.6 \
		--pyproject pyproject.toml --output-file sbom.json $(BIN)/python

clean:
	rm -rf .venv demo site sbom.json
