# Better Call Buffet: every verb of the project. `make` alone lists them.
# Each verb sets the environment up first where that is needed.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
WORKERS ?= 3
NEWEST := .venv/newest
TRIED := tests/flows/test_live.py tests/flows/test_night.py tests/flows/test_nightly_flow.py tests/flows/test_march.py tests/warehouse
export UV_PYTHON_DOWNLOADS := never
export UV_COMPILE_BYTECODE := 1
export UV_NO_PROGRESS := $(if $(CI),true,false)

help:  ## list the verbs
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY)  ## make .venv from requirements.lock (hashes checked), with .venv/bin/buffet in it

$(READY): requirements.lock pyproject.toml
	@echo "setup: a Python environment of its own in .venv, about half a minute the first time"
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 15) else "setup: Python 3.11 to 3.14 is needed, this is %d.%d; name another one: make PYTHON=python3.12 setup" % sys.version_info[:2])'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@awk '/^uv==/ {on=1} on {print} on && !/\\$$/ {exit}' requirements.lock > .venv/uv.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r .venv/uv.txt
	@$(BIN)/uv pip sync --require-hashes --python $(BIN)/python requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

lock:  ## resolve the newest allowed versions into requirements.lock (versions and hashes, no addresses)
	@$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header --quiet $(if $(UPGRADE),--upgrade,) -o requirements.lock

run: setup  ## run the night on data/samples: a real Prefect flow, an embedded Postgres; ends with a receipt
	@$(BIN)/buffet run data/samples --prefect || test $$? -eq 1

test: setup  ## run all tests
	@$(BIN)/python -m pytest -n $(WORKERS)

check: setup  ## what CI runs: format, lint, types, imports, spelling, pages, tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/codespell
	@$(BIN)/python -m flows.pages --check
	@$(BIN)/python -m pytest -n $(WORKERS) --durations=10

format: setup  ## put code into the one format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

pages: setup  ## write the generated pages of docs/
	@$(BIN)/python -m flows.pages

simulate: setup  ## random nights with faults against a calm one: SEED=7, or SEEDS=1..20
	@PYTHONPATH=tests/simulation $(BIN)/python -m simulator $(or $(SEED),$(SEEDS),1..20)

up: setup  ## start a local Prefect server, a worker and the nightly deployment
	@$(BIN)/python -m flows.local up

down: setup  ## stop them
	@$(BIN)/python -m flows.local down

status: setup  ## what of it runs
	@$(BIN)/python -m flows.local status

bench: setup  ## the night on 1,000 OFX files and on 100 CSV files, with times by stage
	@$(BIN)/python benchmarks/night.py --kind ofx1 --files 1000 --rows 100
	@$(BIN)/python benchmarks/night.py --kind csv --files 100 --rows 10000

newest: setup  ## try the newest packages that pyproject.toml allows, in a throw-away environment: marts, nights, server and schedule
	@rm -rf $(NEWEST) && $(PYTHON) -m venv $(NEWEST)
	@$(BIN)/uv pip install --quiet --no-config --python $(NEWEST)/bin/python --upgrade --editable '.[dev]'
	@echo "newest: what differs from requirements.lock"
	@diff <($(BIN)/uv pip freeze --quiet --python $(BIN)/python) <($(BIN)/uv pip freeze --quiet --python $(NEWEST)/bin/python) || true
	@$(NEWEST)/bin/python -m pytest -n $(WORKERS) $(TRIED)

clean:  ## remove the environment and caches; data/ stays
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.PHONY: help setup lock run test check simulate format pages up down status bench newest clean
