# Two commands do all the set-up: `make demo` and `make test`. Both install into .venv of this checkout.
PYTHON ?= python3
TEST_PROCESSES ?= 2
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: demo test lint types imports tests format reference constraints clean

demo: $(VENV)/.demo
	$(BIN)/gemba demo --dir demo

test: $(VENV)/.dev lint types imports tests

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.dev
	$(BIN)/mypy

imports: $(VENV)/.dev
	$(BIN)/lint-imports

# One thread a process: more of them than cores wait for each other, spinning.
tests: $(VENV)/.dev
	OMP_NUM_THREADS=1 $(BIN)/pytest -n $(TEST_PROCESSES) --dist loadgroup $(PYTEST_ARGS)

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The reference pages of commands, settings and API are written from the code.
reference: $(VENV)/.dev
	$(BIN)/gemba reference docs/reference

# Needs uv; the pins hold on every platform and name no index.
constraints:
	{ echo "# Versions that are tested together. Made from pyproject.toml by 'make constraints'."; \
	  uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --upgrade \
	    --no-annotate --no-header --no-emit-index-url --no-emit-find-links; } > constraints.new
	mv constraints.new constraints.txt

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Gemba needs Python 3.11 or newer; say which: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) install --quiet --constraint constraints.txt --editable '.[dev,encoder,gnn,llm,ocr,cluster]'
	@touch $@ $(VENV)/.demo

clean:
	rm -rf $(VENV) demo build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
