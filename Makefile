# seglam: `make demo` opens the quickstart, `make test` runs the suite. Needs python3 (3.11 or newer) and make, no more.
# The environments hold exactly what requirements/*.txt lock (versions and hashes); `make lock` renews them.

PYTHON ?= python3
UV_VERSION := 0.13.8
VENV := .venv
LEAN := .venv-lean
WEB := .venv-browser
CLUSTER := .venv-cluster
LAB := labextension
SIDEBAR := $(LAB)/dist/package.json
BIN := $(VENV)/bin
# Where CI is set, Hypothesis draws the same examples each time: one commit, one verdict. A developer gets new ones.
PYTEST_ARGS ?= --numprocesses auto --dist loadfile $(if $(CI),--hypothesis-profile=same)
DEMO := notebooks/quickstart.ipynb

UV := UV_NO_PROGRESS=1 $(BIN)/uv
INSTALL := $(UV) pip install --quiet --compile-bytecode
LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url

.DEFAULT_GOAL := help
.PHONY: help demo test test-main test-lean test-wheel docs ablation lock clean \
	test-browser test-cluster sidebar lint lint-panel lint-ruff lint-format lint-mypy lint-imports lint-spelling lint-pages lint-sidebar

help:
	@echo "make demo    open the quickstart in JupyterLab (HEADLESS=1: execute it here)"
	@echo "make test    run the suite, with and without pandas and pyarrow"
	@echo "make test-browser   the panel in JupyterLab and Notebook 7 (needs Chromium; keeps pictures in build/screenshots)"
	@echo "make test-cluster   the starter pack on frames of PySpark (needs a Java runtime) and Dask"
	@echo "make lint    ruff, mypy, import-linter, codespell, generated pages"
	@echo "make sidebar build the JupyterLab extension (needs npm; installing seglam does it too)"
	@echo "make docs    write the generated pages anew and build docs/ into build/docs/html, executed, warnings being errors"
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

$(VENV)/.docs: $(VENV)/.run requirements/docs.txt
	$(INSTALL) --python $(BIN)/python --require-hashes -r requirements/docs.txt
	@touch $@

# `sync` also removes: nothing may bring pandas or pyarrow back in here.
$(LEAN)/.lean: $(VENV)/.made requirements/lean.txt pyproject.toml
	@test -x $(LEAN)/bin/python || $(UV) venv --quiet --python $(BIN)/python $(LEAN)
	$(UV) pip sync --quiet --compile-bytecode --python $(LEAN)/bin/python --require-hashes requirements/lean.txt
	$(INSTALL) --python $(LEAN)/bin/python --no-deps --no-build-isolation --editable .
	@touch $@

$(CLUSTER)/.cluster: $(VENV)/.made requirements/cluster.txt pyproject.toml
	@test -x $(CLUSTER)/bin/python || $(UV) venv --quiet --python $(BIN)/python $(CLUSTER)
	$(UV) pip sync --quiet --compile-bytecode --python $(CLUSTER)/bin/python --require-hashes requirements/cluster.txt
	$(INSTALL) --python $(CLUSTER)/bin/python --no-deps --no-build-isolation --editable .
	@touch $@

# An older ipykernel lies beside it: what is said to a busy kernel takes another way there.
$(WEB)/.web: $(VENV)/.made requirements/browser.txt requirements/ipykernel-7.3.txt pyproject.toml $(SIDEBAR)
	@test -x $(WEB)/bin/python || $(UV) venv --quiet --python $(BIN)/python $(WEB)
	$(UV) pip sync --quiet --compile-bytecode --python $(WEB)/bin/python --require-hashes requirements/browser.txt
	$(INSTALL) --python $(WEB)/bin/python --no-deps --no-build-isolation --editable .
	$(UV) pip install --quiet --python $(WEB)/bin/python --target build/ipykernel-7.3 --no-deps --require-hashes \
		-r requirements/ipykernel-7.3.txt
	@touch $@

# ---------------------------------------------------------------- the JupyterLab extension, built by what its lock names

$(LAB)/node_modules/.package-lock.json: $(LAB)/package-lock.json
	npm --prefix $(LAB) ci --silent
	@touch $@

$(SIDEBAR): $(LAB)/node_modules/.package-lock.json $(LAB)/tsconfig.json $(wildcard $(LAB)/src/* $(LAB)/style/* \
		$(LAB)/schema/* $(LAB)/scripts/* seglam_magics/panel/static/*)
	npm --prefix $(LAB) run --silent build

sidebar: $(SIDEBAR)

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

# The wheel is built and tried without npm on the path, in an environment that holds what users get and no more.
test-wheel: $(VENV)/.dev
	rm -rf build/wheel .venv-wheel
	PATH="$(abspath $(BIN)):/nowhere" $(abspath $(BIN))/python -m hatchling build --target wheel --directory build/wheel
	$(UV) venv --quiet --python $(BIN)/python .venv-wheel
	$(INSTALL) --python .venv-wheel/bin/python --require-hashes -r requirements/run.txt
	$(INSTALL) --python .venv-wheel/bin/python --no-deps build/wheel/*.whl
	.venv-wheel/bin/python scripts/try_wheel.py

test-lean: $(LEAN)/.lean
	$(LEAN)/bin/python -m pytest $(PYTEST_ARGS)

test-browser: $(WEB)/.web
	SEGLAM_BROWSER=1 $(WEB)/bin/python -m pytest tests/browser $(PYTEST_ARGS)

test-cluster: $(CLUSTER)/.cluster
	PYSPARK_PYTHON=$(abspath $(CLUSTER))/bin/python $(CLUSTER)/bin/python -m pytest tests/cluster -m cluster

lint: lint-panel lint-ruff lint-format lint-mypy lint-imports lint-spelling lint-pages lint-sidebar

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

lint-sidebar: $(LAB)/node_modules/.package-lock.json
	npm --prefix $(LAB) run --silent check

# the types in the comments of the panel's front end
lint-panel: $(LAB)/node_modules/.package-lock.json
	$(LAB)/node_modules/.bin/tsc --noEmit --allowJs --checkJs --strict --target ES2022 --module ES2022 \
		--lib ES2022,DOM,DOM.Iterable seglam_magics/panel/static/panel.js

docs: $(VENV)/.docs
	$(BIN)/python scripts/errors_page.py
	$(BIN)/python scripts/build_docs.py build/docs

ablation: $(VENV)/.run
	@test -n "$(DATA)" || { echo "name the folder of the reuse benchmark: make ablation DATA=FOLDER"; exit 1; }
	$(BIN)/python benchmarks/ablation.py --data "$(DATA)" --page docs/explanation/how-a-match-is-decided.md

lock: $(VENV)/.made
	$(LOCK) pyproject.toml --extra keyring --group build --group dev -o requirements/dev.txt
	$(LOCK) pyproject.toml --group build --group lean -c requirements/dev.txt -o requirements/lean.txt
	$(LOCK) pyproject.toml --group build -c requirements/dev.txt -o requirements/run.txt
	$(LOCK) pyproject.toml --group build --group docs -c requirements/dev.txt -o requirements/docs.txt
	$(LOCK) pyproject.toml --group build --group browser -c requirements/dev.txt -o requirements/browser.txt
	$(LOCK) pyproject.toml --group build --group cluster -c requirements/dev.txt -o requirements/cluster.txt
	$(LOCK) --no-deps requirements/ipykernel-7.3.in -o requirements/ipykernel-7.3.txt

clean:
	rm -rf $(VENV) $(LEAN) .venv-wheel $(WEB) $(CLUSTER) $(LAB)/node_modules $(LAB)/lib $(LAB)/dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist
