.DEFAULT_GOAL := help
.PHONY: help demo test test-all cover check format fuzz bench billion soak torture crashes installs services \
	services-stop clean

PYTHON ?= python3
BIN := .venv/bin
export PYTHONDONTWRITEBYTECODE :=  # tests start hundreds of Python processes; each would compile our sources again
BY_FILE := --dist loadfile --no-loadscope-reorder  # tests/conftest.py has the order: the slowest files first
WORKERS := 6  # keep two cores busy: as many wait for servers most of the time

help: ## this list of targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

demo: .venv/core ## the banking story on your own disk, in under a minute
	$(BIN)/doge demo

test: check ## all checks and all tests but slow ones, with real Kafka, schema registry and PostgreSQL
	$(BIN)/python -m services fetch
	$(BIN)/pytest -n $(WORKERS) $(BY_FILE) -m "not slow"

test-all: check ## all checks and all tests, as for every change that is merged
	$(BIN)/python -m services fetch
	$(BIN)/pytest -n $(WORKERS) $(BY_FILE)

cover: .venv/dev ## all tests with line and branch coverage; takes twice as long
	$(BIN)/python -m services fetch
	$(BIN)/pytest -n 2 $(BY_FILE) --cov --cov-report=term

check: .venv/dev ## lint, formatting, types and layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/dev ## fix what a program can fix
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

fuzz: .venv/dev ## property tests with new examples; SEED=1 repeats a run, MODELS=20 for more
	DOGE_FUZZ_SEED=$(or $(SEED),$(shell date +%s)) DOGE_FUZZ_MODELS=$(or $(MODELS),10) $(BIN)/pytest -n 2 $(BY_FILE) \
		--hypothesis-profile=fuzz --hypothesis-seed=$(or $(SEED),random) -m 'hypothesis or fuzz'

bench: .venv/dev ## speed, as ratios measured in one run; fails below a floor
	$(BIN)/python -m benchmarks

billion: .venv/dev ## a billion events to Parquet: time, memory, completeness; EVENTS=50000000 for less
	$(BIN)/python -m benchmarks.billion $(EVENTS)

soak: .venv/dev ## a day of the bank in twelve minutes to Kafka and PostgreSQL; MINUTES=2 for less
	$(BIN)/python -m benchmarks.soak $(MINUTES)

torture: .venv/dev ## kill runs and their servers repeatedly, resume and compare; ROUNDS=100, SEED=1
	$(BIN)/python -m services fetch
	$(BIN)/python -m tests.torture --rounds $(or $(ROUNDS),10) --seed $(or $(SEED),0)

crashes: .venv/dev ## kill commits to each sink type at every line; the tests kill them at every step
	$(BIN)/python -m services fetch
	DOGE_CRASHES=line $(BIN)/pytest -n 2 $(BY_FILE) tests/run/resuming/test_crash.py tests/run/resuming/test_crash_populations.py \
		tests/sinks/files/test_transactions_crash.py tests/sinks/database/test_transactions_crash.py \
		tests/sinks/kafka/test_transactions_crash.py

installs: .venv/dev ## the installation instructions of the pages, followed in empty environments
	$(BIN)/python -m tests.docs.installs

services: ## Kafka, schema registry and PostgreSQL to play with, one set per clone
	@$(PYTHON) -m services start

services-stop: ## stop the servers of this clone
	@$(PYTHON) -m services stop

clean: ## remove everything that was built here
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage* doge-demo build dist

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/core: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/dev: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@ .venv/core
