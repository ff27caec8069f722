# Everything a newcomer needs; each target makes its environment first. Needs Python 3.11 or newer, and make.
.DEFAULT_GOAL := help
.PHONY: help demo test check bench up down logs clean environment

PYTHON ?= python3
UV_VERSION := 0.13.9
VENV := .venv
BIN := $(VENV)/bin
# With the certificates this machine trusts, as behind a proxy that looks into connections.
UV := UV_SYSTEM_CERTS=1 UV_PROJECT_ENVIRONMENT=$(VENV) $(BIN)/uv
# Options for pytest, for example: make test TESTS="tests/unit -k calendar"
TESTS ?=
# How tests are spread over the machine: whole files, each process with servers of its own; WORKERS= for one process.
WORKERS ?= -n auto --maxprocesses 4 --dist loadfile
# Options for the benchmarks, for example: make bench BENCH="relay"
BENCH ?=

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: environment ## Start everything with a made-up authority's year and print links to its reports
	@$(BIN)/sightline demo

test: environment ## Run every test on the embedded stack (TESTS="..." for some)
	@$(BIN)/pytest $(WORKERS) $(TESTS)

check: environment ## Lint, formatting, types, and who may import whom
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: environment ## Measure, and write benchmarks/results/latest.json
	@$(BIN)/python -m benchmarks.run $(BENCH)

up: environment ## Start Kafka, PostgreSQL and the services in the background
	@$(BIN)/sightline up --detach

down: environment ## Stop them; the data stays
	@$(BIN)/sightline down

logs: environment ## Follow what they write
	@$(BIN)/sightline logs --follow

clean: ## Stop, and remove the environment and caches (with DATA=yes also .sightline, the data)
	@if [ -x $(BIN)/sightline ]; then $(BIN)/sightline down; fi
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@if [ "$(DATA)" = yes ]; then rm -rf .sightline; else echo "The data in .sightline stays (make clean DATA=yes removes it)."; fi

environment: $(VENV)/.synced

# --inexact keeps uv itself, which is in no lock. The stamp is newer than what the environment is made from exactly when the environment is up to date.
$(VENV)/.synced: pyproject.toml uv.lock | $(BIN)/uv
	@echo "Getting the locked packages"
	@$(UV) sync --locked --inexact --quiet \
		|| { echo "The locked packages could not be fetched: connect this machine to the internet and try again."; exit 2; }
	@touch $@

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Sightline needs Python 3.11 or newer: install it, or name it with make PYTHON=..."; exit 2; }
	@echo "Making the environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV) \
		|| { echo "Python could not make an environment: install its venv module (on Debian: python3-venv)."; exit 2; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)" \
		|| { rm -rf $(VENV); echo "uv could not be fetched: connect this machine to the internet and try again."; exit 2; }
