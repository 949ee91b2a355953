# The commands for people who work on agentkit. `make demo` is the one to start with.
.DEFAULT_GOAL := help
BIN := .venv/bin
UV := $(shell command -v uv 2>/dev/null)
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.version_info < (3, 11) and sys.exit(1); print(sys.executable)' 2>/dev/null && break; done)
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PYTHONDONTWRITEBYTECODE := 1

.PHONY: help
help:  ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

.PHONY: install
install: .venv/installed  ## Make .venv with agentkit and what its tests need

.venv/installed: pyproject.toml requirements.txt requirements-dev.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or name it with make PYTHON=..." >&2; exit 1; }
ifdef UV
	$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements.txt -r requirements-dev.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
else
	@$(PYTHON) -m venv .venv || { echo "venv is needed: on Debian and Ubuntu, apt install python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
endif
	@touch $@

.PHONY: demo
demo: install  ## Generate a project, run it, and ask it a question
	@$(BIN)/python tests/demo.py

.PHONY: test
test: install  ## Run the tests
	$(BIN)/pytest -n 3 -m "not long"

.PHONY: test-engine
test-engine: install  ## Run those of them that need a Docker Engine: .ci/long-tools brings it
	$(BIN)/pytest -m engine

.PHONY: test-long
test-long: install  ## Run the tests that take minutes
	$(BIN)/pytest -m long

.PHONY: lint
lint: install  ## Check style, types, and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: format
format: install  ## Put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: golden
golden: install  ## Write tests/golden anew; review it as a diff
	$(BIN)/python -m tests.template.golden

.PHONY: bench
bench: install  ## Measure, as ratios in one run
	$(BIN)/python tests/bench.py

.PHONY: docs
docs: install  ## Write docs/reference.md anew from the code
	$(BIN)/python docs/reference.py

.PHONY: pins
pins: install  ## Pin anew what generated projects install
	$(BIN)/python -m agentkit.release pins

.PHONY: lock
lock: install  ## Pin anew what agentkit itself is developed with
	$(BIN)/uv pip compile --quiet --upgrade $(LOCK) pyproject.toml --output-file requirements.txt
	$(BIN)/uv pip compile --quiet --upgrade $(LOCK) --group dev --constraints requirements.txt --output-file requirements-dev.txt

LOCK := --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock"

.PHONY: release
release: install  ## Publish the template: make release VERSION=x.y.z
	$(BIN)/python -m agentkit.release snapshot $(VERSION)

.PHONY: clean
clean:  ## Remove .venv and caches
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
