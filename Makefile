# make book  renders the book into _build/html
# make test  runs every check
# `make help` lists the rest. All of them set up .venv first, once.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# The first of these that runs and is Python 3.11, 3.12 or 3.13.
SUPPORTED := 3.11, 3.12 or 3.13
PYTHON := $(shell for p in python3 python3.13 python3.12 python3.11; do \
  if "$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
  2>/dev/null; then echo "$$p"; break; fi; done)
# Of one version: $(PYTHON), or what is on the path or in pyenv's folder.
python = $(shell for p in "$(PYTHON)" python$(1) ~/.pyenv/versions/$(1).*/bin/python; do \
  if "$$p" -c 'import sys; sys.exit("%d.%d" % sys.version_info[:2] != "$(1)")' \
  2>/dev/null; then echo "$$p"; break; fi; done)

V := .venv/bin
# Kernels of other environments must not be found before that of .venv, and
# a test that passes here may not lean on the user's own packages.
export JUPYTER_PATH := $(CURDIR)/.venv/share/jupyter
export JUPYTER_PREFER_ENV_PATH := 1
export PYTHONNOUSERSITE := 1
export PYDEVD_DISABLE_FILE_VALIDATION := 1
export MPLBACKEND :=
# Compiled once, what is imported is not compiled again in each process.
unexport PYTHONDONTWRITEBYTECODE
unexport KERAS_BACKEND KD_SEED KD_SEEDS KD_CLAIMS KD_FIGURES

NOTEBOOKS := $(shell find book -name '*.ipynb' -not -path '*/.*')
CODE := kd_tutorial tests scripts benchmarks

.PHONY: help book plain pdf epub times test chromium evidence lab bench bench-gpu clean lock headline playground slides setup-cells fmt scale \
  test-long test-pages test-lowest test-jax test-scale test-colab test-torch test-3.11 test-3.12 test-3.13

help:  ## this list
	@grep -E '^[a-z].*:.*  ##' $(MAKEFILE_LIST) | sed -E 's/:.*## */\t/' | expand -t 14

# An environment of Python $(1) out of the lock that the rule names first.
# Nothing is compiled ahead: of all that is installed, little is imported.
define environment
@test -n "$(1)" || { echo "No Python $(2) found. Install one, or name it: make PYTHON=/path/to/python3.x $(MAKECMDGOALS)"; exit 1; }
$(1) -m venv --clear $(@D)
$(@D)/bin/pip install -q --disable-pip-version-check --no-compile --require-hashes --only-binary :all: -r $<
endef
install = $(@D)/bin/pip install -q --disable-pip-version-check
package = $(install) --no-deps --no-build-isolation -e .

.venv/ready: requirements.txt pyproject.toml
	$(call environment,$(PYTHON),$(SUPPORTED))
	$(package)
	$(V)/python scripts/fetch.py
	@# Kernels would warn that they talk to this machine over its own TCP.
	@mkdir -p .venv/etc/ipython && echo "c.IPKernelApp.log_level = 40" > .venv/etc/ipython/ipython_kernel_config.py
	@touch $@

book: .venv/ready  ## execute the notebooks and render the book
	$(V)/python scripts/execute.py
	$(V)/jupyter-book build -q -W -n --keep-going .
	$(V)/python scripts/check_pages.py _build/html
	@echo "The book: _build/html/index.html"

test: .venv/ready  ## what every change must pass: style, package, notebooks, book; COVERAGE=1
	$(V)/ruff check $(CODE) book
	$(V)/ruff format --check $(CODE)
	$(V)/python -m pytest -n 2 --dist worksteal -m "not long and not slow" $(if $(COVERAGE),--cov --cov-report=term-missing:skip-covered)
	rm -rf _build/test-models
	KD_CACHE_DIR=$(CURDIR)/_build/test-models KD_FIGURES=check \
	  TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 OMP_NUM_THREADS=1 \
	  $(V)/python -m pytest --nbval-lax --nbval-current-env -n 2 --dist loadfile -q $(NOTEBOOKS)
	$(MAKE) --no-print-directory plain

plain: .venv/ready  ## render the book into _build/plain, executing nothing
	mkdir -p _build/plain
	sed -e 's/execute_notebooks: cache/execute_notebooks: "off"/' \
	  -e 's|pages: scripts|pages: ../../scripts|' _config.yml > _build/plain/_config.yml
	$(V)/jupyter-book build -q -W -n --keep-going --config _build/plain/_config.yml --path-output _build/plain .
	$(V)/python scripts/check_pages.py _build/plain/_build/html

# What `make book` rendered has outputs too: make test-pages PAGES=_build/html
PLAIN := _build/plain/_build/html
PAGES := $(PLAIN)
CHROMIUM := $(firstword $(shell command -v chromium chromium-browser google-chrome))
test-pages: chromium .venv-pages/ready  ## every page in Chromium, in three views; PAGES=folder
	$(if $(filter $(PLAIN),$(PAGES)),$(MAKE) --no-print-directory plain)
	CHROMIUM=$(CHROMIUM) .venv-pages/bin/python -m pytest -q -n 2 --confcutdir tests/pages tests/pages/browser.py tests/pages/predictions.py tests/pages/playground.py
	@# By itself: Playwright, which it starts anew, is started once a process.
	CHROMIUM=$(CHROMIUM) .venv-pages/bin/python -m pytest -q --confcutdir tests/pages tests/pages/printed.py
	CHROMIUM=$(CHROMIUM) .venv-pages/bin/python scripts/browse.py $(PAGES)

chromium:
	@test -n "$(CHROMIUM)" || { echo "No Chromium found. Install one (apt install chromium), or name it: make CHROMIUM=/path/to/chrome test-pages"; exit 1; }

.venv-pages/ready: requirements-pages.txt
	$(call environment,$(PYTHON),$(SUPPORTED))
	@touch $@

# To print what another build left: make pdf PRINTED=_build/plain/_build/html
PRINTED := _build/html
pdf: chromium  ## the whole book as one PDF, with bookmarks
epub:  ## the whole book as one EPUB
pdf epub: .venv/ready .venv-pages/ready
	$(if $(filter _build/html,$(PRINTED)),$(MAKE) --no-print-directory book)
	$(V)/python scripts/one_page.py $(PRINTED) _build/print/book.html
	CHROMIUM=$(CHROMIUM) .venv-pages/bin/python scripts/print_book.py _build/print/book.html _build/print/book.$@
	@echo "The book: _build/print/book.$@"

test-long: .venv/ready  ## whole trainings; kills, peak memory, compilations, other processes
	$(V)/python -m pytest -n 2 --dist worksteal -m slow -q
	$(V)/python -m pytest -n 1 -m long -q

# Suites on other versions, each in an environment of its own. What takes long
# (kills, peak memory) is tried on the locked versions alone.

test-lowest: .venv-lowest/ready  ## the package's tests on its lower bounds
	.venv-lowest/bin/python -m pytest -n 2 --dist worksteal -m "not long" -q
	KERAS_BACKEND=jax .venv-lowest/bin/python -m pytest -n 2 --dist worksteal -m "not long" -q tests/objectives tests/training

.venv-lowest/ready: requirements-lowest.txt pyproject.toml
	$(call environment,$(or $(call python,3.11),$(PYTHON)),$(SUPPORTED))
	$(package)
	@touch $@

test-jax: .venv-jax/ready  ## the package's tests on the JAX backend
	KERAS_BACKEND=jax .venv-jax/bin/python -m pytest -n 2 --dist worksteal -q tests

test-scale: .venv-scale/ready  ## the store, Ray's actors, training in two processes
	KERAS_BACKEND=jax .venv-scale/bin/python -m pytest -n 1 -q tests/scale tests/answers

scale: .venv-scale/ready  ## run what the page on scale shows, in two processes
	.venv-scale/bin/python scripts/scale.py

.venv-scale/ready: requirements-scale.txt pyproject.toml
	$(call environment,$(PYTHON),$(SUPPORTED))
	$(package)
	@touch $@

.venv-jax/ready: requirements-jax.txt pyproject.toml
	$(call environment,$(PYTHON),$(SUPPORTED))
	$(package)
	@touch $@

test-torch: .venv-torch/ready  ## the package's tests on the PyTorch backend
	KERAS_BACKEND=torch .venv-torch/bin/python -m pytest -n 2 --dist worksteal -q tests

# Not locked: PyPI's build for Linux is for CUDA, and larger than all the
# rest; put PyTorch's own index for CPUs into PIP_EXTRA_INDEX_URL.
TORCH := torch==2.13.0
.venv-torch/ready: requirements-jax.txt pyproject.toml
	$(call environment,$(PYTHON),$(SUPPORTED))
	$(install) --no-compile $(TORCH)
	$(package)
	@touch $@

test-colab: .venv/ready .venv-colab/ready  ## every notebook on Colab's versions
	$(V)/python scripts/colab.py

.venv-colab/ready: requirements-colab.txt
	$(call environment,$(call python,3.13),3.13)
	@touch $@

test-3.11 test-3.12 test-3.13: test-%: .venv-%/ready  ## the package's tests on that Python
	.venv-$*/bin/python -m pytest -n 2 --dist worksteal -m "not long" -q

.venv-3.%/ready: requirements.txt pyproject.toml
	$(call environment,$(call python,3.$*),3.$*)
	$(package)
	@touch $@

python-3.%:
	@echo $(call python,3.$*)

evidence: .venv/ready  ## every study with 20 seeds from two base seeds; AGAIN=1 anew
	$(V)/python scripts/evidence.py $(if $(AGAIN),--again)

lab: .venv/ready  ## open JupyterLab on the book
	$(V)/jupyter lab --notebook-dir book

bench: .venv/ready .venv-bench/ready  ## what training costs, beside what people would use
	$(V)/python -m benchmarks --torch .venv-bench/bin/python

bench-gpu: .venv/ready  ## the same on an accelerator: BENCH=python of an environment
	$(or $(BENCH),$(V)/python) -m benchmarks --accelerator

.venv-bench/ready: requirements-bench.txt
	$(PYTHON) -m venv --clear $(@D)
	$(install) --no-compile -r $<
	@touch $@

slides: .venv/ready  ## after make book: slides of its figures, in _build/slides
	$(V)/python scripts/slides.py

playground: .venv/ready  ## train the playground's networks anew, fit the calculator's laws
	$(V)/python scripts/playground.py

headline: .venv/ready  ## draw the picture of the first page anew
	$(V)/python scripts/headline.py

setup-cells: .venv/ready  ## write the notebooks' first cells from _config.yml and times.json
	$(V)/python scripts/setup_cells.py

times: .venv/ready  ## keep how long the notebooks took; after make book, on an idle machine
	$(V)/python scripts/times.py
	$(V)/python scripts/setup_cells.py

fmt: .venv/ready  ## format the code
	$(V)/ruff format $(CODE)
	$(V)/ruff check --fix $(CODE) book

COMPILE := .venv-lock/bin/uv pip compile --no-strip-extras -q --universal --only-binary :all: \
  --generate-hashes --no-emit-index-url --custom-compile-command "make lock"
lock: .venv/ready  ## renew the locked requirements-*.txt
	$(V)/python -m venv .venv-lock && .venv-lock/bin/pip install -q uv
	for name in requirements requirements-jax requirements-pages requirements-scale; do \
	  $(COMPILE) --python-version 3.11 $$name.in -o $$name.txt; done
	$(COMPILE) --python-version 3.11 --upgrade --resolution lowest-direct \
	  --all-extras pyproject.toml requirements-lowest.in \
	  -o requirements-lowest.txt
	$(COMPILE) --python-version 3.13 requirements-colab.in -o requirements-colab.txt
	rm -rf .venv-lock

clean:  ## remove everything that make made
	rm -rf _build .venv .venv-* .pytest_cache .ruff_cache .hypothesis .coverage* *.egg-info
	find kd_tutorial tests scripts benchmarks -name __pycache__ -exec rm -rf {} +
