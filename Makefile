# seglam: `make demo` opens the quickstart, `make test` runs the suite. Needs python3 (3.11 or newer) and make, no more.
# The environments hold exactly what requirements/*.txt lock (versions and hashes); `make lock` renews them.

PYTHON ?= python3
UV_VERSION := 0.13.8
VENV := .venv
LEAN := .venv-lean
BIN := $(VENV)/bin
PYTEST_ARGS ?= --numprocesses auto --dist loadfile
DEMO := notebooks/quickstart.ipynb

UV := UV_NO_PROGRESS=1 $(BIN)/uv
INSTALL := $(UV) pip install --quiet --compile-bytecode
LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url

.DEFAULT_GOAL := help
.PHONY: help demo test test-main test-lean docs ablation lock clean \
	lint lint-ruff lint-format lint-mypy lint-imports lint-spelling lint-pages

help:
	@echo "make demo    open the quickstart in JupyterLab (HEADLESS=1: execute it here)"
	@echo "make test    run the suite, with and without pandas and pyarrow"
	@echo "make lint    ruff, mypy, import-linter, codespell, generated pages"
	@echo "make docs    write the generated pages anew"
	@echo "make ablation DATA=FOLDER   measure each part of the matcher, renew the table in docs/explanation"
	@echo "make lock    renew requirements/*.txt from pyproject.toml"
	@echo "make clean   remove the environments and what tools left behind"

# ---------------------------------------------------------------- environments; a stamp per state, so a second run is quick

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "seglam needs Python 3.11 or newer; name one with: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "this Python cannot make environments; on Debian and Ubuntu: sudo apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

$(VENV)/.run: $(VENV)/.made requirements/run.txt pyproject.toml
	$(INSTALL) --python $(BIN)/python --require-hashes -r requirements/run.txt
	$(INSTALL) --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt
	$(INSTALL) --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@touch $@

# `sync` also removes: nothing may bring pandas or pyarrow back in here.
$(LEAN)/.lean: $(VENV)/.made requirements/lean.txt pyproject.toml
	@test -x $(LEAN)/bin/python || $(UV) venv --quiet --python $(BIN)/python $(LEAN)
	$(UV) pip sync --quiet --compile-bytecode --python $(LEAN)/bin/python --require-hashes requirements/lean.txt
	$(INSTALL) --python $(LEAN)/bin/python --no-deps --no-build-isolation --editable .
	@touch $@

# ---------------------------------------------------------------- what people run

demo: $(VENV)/.run
ifeq ($(filter-out 0,$(HEADLESS)),)
	$(BIN)/python -m jupyter lab $(shell test "$$(id -u)" = 0 && echo --allow-root) $(DEMO)
else
	$(BIN)/python scripts/run_notebook.py $(DEMO)
endif

test: test-main test-lean

test-main: $(VENV)/.dev
	$(BIN)/python -m pytest $(PYTEST_ARGS)

test-lean: $(LEAN)/.lean
	$(LEAN)/bin/python -m pytest $(PYTEST_ARGS)

lint: lint-ruff lint-format lint-mypy lint-imports lint-spelling lint-pages

lint-ruff: $(VENV)/.dev
	$(BIN)/ruff check --quiet .

lint-format: $(VENV)/.dev
	$(BIN)/ruff format --check --quiet .

lint-mypy: $(VENV)/.dev
	$(BIN)/mypy --no-error-summary

lint-imports: $(VENV)/.dev
	$(BIN)/lint-imports --no-logo

lint-spelling: $(VENV)/.dev
	$(BIN)/codespell

lint-pages: $(VENV)/.dev
	$(BIN)/python scripts/errors_page.py --check
	$(BIN)/python scripts/build_starter.py --check

docs: $(VENV)/.run
	$(BIN)/python scripts/errors_page.py

ablation: $(VENV)/.run
	@test -n "$(DATA)" || { echo "name the folder of the reuse benchmark: make ablation DATA=FOLDER"; exit 1; }
	$(BIN)/python benchmarks/ablation.py --data "$(DATA)" --page docs/explanation/how-a-match-is-decided.md

lock: $(VENV)/.made
	$(LOCK) pyproject.toml --extra keyring --group build --group dev -o requirements/dev.txt
	$(LOCK) pyproject.toml --group build --group lean -c requirements/dev.txt -o requirements/lean.txt
	$(LOCK) pyproject.toml --group build -c requirements/dev.txt -o requirements/run.txt

clean:
	rm -rf $(VENV) $(LEAN) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist
