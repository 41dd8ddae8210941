# make book  renders the book into _build/html
# make test  runs every check
# `make help` lists the rest. All of them set up .venv first, once.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# The first of these that runs and is Python 3.11, 3.12 or 3.13.
PYTHON := $(shell for p in python3 python3.13 python3.12 python3.11; do \
  if "$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
  2>/dev/null; then echo "$$p"; break; fi; done)

V := .venv/bin
# Kernels of other environments must not be found before that of .venv, and
# a test that passes here may not lean on the user's own packages.
export JUPYTER_PATH := $(CURDIR)/.venv/share/jupyter
export JUPYTER_PREFER_ENV_PATH := 1
export PYTHONNOUSERSITE := 1
export PYDEVD_DISABLE_FILE_VALIDATION := 1
export MPLBACKEND :=
unexport KERAS_BACKEND KD_SEED KD_CLAIMS KD_FIGURES

NOTEBOOKS := $(shell find book -name '*.ipynb' -not -path '*/.*')
CODE := kd_tutorial tests scripts benchmarks

.PHONY: help book test replicate lab bench clean lock test-jax headline setup-cells fmt

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## */\t/' | expand -t 14

.venv/ready: requirements.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 found. Install one, or name it: make PYTHON=/path/to/python3.12 book"; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(V)/pip install -q --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.txt
	$(V)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(V)/python scripts/fetch.py
	@# Kernels would warn that they talk to this machine over its own TCP.
	@mkdir -p .venv/etc/ipython && echo "c.IPKernelApp.log_level = 40" > .venv/etc/ipython/ipython_kernel_config.py
	@touch $@

book: .venv/ready  ## execute the notebooks and render the book
	$(V)/python scripts/execute.py
	$(V)/jupyter-book build -q -W -n --keep-going .
	$(V)/python scripts/check_pages.py _build/html
	@echo "The book: _build/html/index.html"

test: .venv/ready  ## every check: style, package, notebooks, book
	$(V)/ruff check $(CODE) book
	$(V)/ruff format --check $(CODE)
	$(V)/python -m pytest -n 2 --cov --cov-report=term-missing:skip-covered
	rm -rf _build/test-models
	KD_CACHE_DIR=$(CURDIR)/_build/test-models KD_FIGURES=check \
	  TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 OMP_NUM_THREADS=1 \
	  $(V)/python -m pytest --nbval-lax --nbval-current-env -n 2 --dist loadfile --no-cov -q $(NOTEBOOKS)
	mkdir -p _build/plain
	sed -e 's/execute_notebooks: cache/execute_notebooks: "off"/' \
	  -e 's|pages: scripts|pages: ../../scripts|' _config.yml > _build/plain/_config.yml
	$(V)/jupyter-book build -q -W -n --keep-going --config _build/plain/_config.yml --path-output _build/plain .
	$(V)/python scripts/check_pages.py _build/plain/_build/html

SEED ?= 1
replicate: book  ## the same claims with another base seed: SEED=1
	$(V)/python scripts/replicate.py $(SEED)

lab: .venv/ready  ## open JupyterLab on the book
	$(V)/jupyter lab --notebook-dir book

bench: .venv/ready  ## ten seeds against one fit of Keras' Distiller
	$(V)/python -m benchmarks

test-jax: .venv-jax/ready  ## the package's tests on the JAX backend
	KERAS_BACKEND=jax .venv-jax/bin/python -m pytest -n 2 -q tests

.venv-jax/ready: requirements-jax.txt pyproject.toml
	$(PYTHON) -m venv --clear .venv-jax
	.venv-jax/bin/pip install -q --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-jax.txt
	.venv-jax/bin/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

headline: .venv/ready  ## draw the picture of the first page anew
	$(V)/python scripts/headline.py

setup-cells: .venv/ready  ## write the notebooks' first cells from _config.yml
	$(V)/python scripts/setup_cells.py

fmt: .venv/ready  ## format the code
	$(V)/ruff format $(CODE)
	$(V)/ruff check --fix $(CODE) book

lock: .venv/ready  ## renew requirements.txt and requirements-jax.txt
	$(V)/python -m venv .venv-lock && .venv-lock/bin/pip install -q uv
	for name in requirements requirements-jax; do \
	  .venv-lock/bin/uv pip compile -q --universal --python-version 3.11 \
	    --generate-hashes --no-emit-index-url \
	    --custom-compile-command "make lock" $$name.in -o $$name.txt; done
	rm -rf .venv-lock

clean:  ## remove everything that make made
	rm -rf _build .venv .venv-jax .venv-lock .pytest_cache .ruff_cache .hypothesis .coverage* *.egg-info
	find kd_tutorial tests scripts benchmarks -name __pycache__ -exec rm -rf {} +
