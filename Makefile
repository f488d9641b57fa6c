# One command each: the first one sets everything up in .venv, the next ones reuse it.

PYTHON ?= python3
CONSTRAINTS ?= constraints.txt
ARGS ?=

VENV := .venv
STAMP := $(VENV)/installed-with

# What an explicit CONSTRAINTS=... asks for may differ from what is installed; then install again.
# Without one, whatever was chosen before stays.
ifneq ($(origin CONSTRAINTS),file)
ifneq ($(shell cat $(STAMP) 2>/dev/null),constraints: $(CONSTRAINTS))
CHANGED := changed
endif
endif

.PHONY: help setup bench test test-fast lab lint picture film clean changed
.DEFAULT_GOAL := help

help: ## show this list
	@echo "make TARGET [ARGS='...'] [PYTHON=python3.12] [CONSTRAINTS= for the newest of everything]"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' Makefile

setup: $(STAMP) ## create .venv and install vdlab into it

bench: $(STAMP) ## measure every strategy on the embedded clip; ARGS='talk.mp4 --fps 2' for your own video
	@$(VENV)/bin/vdlab bench $(ARGS)

# Three at a time: most tests wait for something, and keep less than one of two CPUs busy. A file stays together: its
# tests share fixtures that are dear.
PYTEST := $(VENV)/bin/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

test: $(STAMP) ## run every test; ARGS='tests/results -x' for some
	@$(PYTEST) $(ARGS)

test-fast: $(STAMP) ## run some of every module's tests, in a minute or so
	@$(PYTEST) -m 'not slow and not browser and not notebook' $(ARGS)

lab: $(STAMP) ## open the lab in JupyterLab, the notebooks beside it; ARGS=--app for a page of its own
	@$(VENV)/bin/vdlab lab $(ARGS)

lint: $(STAMP) ## check style, formatting, types, and that imports go one way
	@$(VENV)/bin/python -m ruff check .
	@$(VENV)/bin/python -m ruff format --check .
	@$(VENV)/bin/python -m mypy
	@$(VENV)/bin/lint-imports --no-logo

picture: $(STAMP) ## draw the architecture in README.md anew
	@$(VENV)/bin/python tests/picture.py

film: $(STAMP) ## run a sweep in the lab and make the film strip in README.md of it
	@$(VENV)/bin/python -m pytest -q tests/browser/film.py

clean: ## remove .venv and what tools left behind; videos and results stay
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp is removed first and written last: an installation that fails is not taken for one.
$(STAMP): pyproject.toml $(wildcard $(CONSTRAINTS)) $(CHANGED)
	@rm -f $@
	@command -v "$(PYTHON)" >/dev/null || \
	  { echo "make: no $(PYTHON) here; install Python 3.11 or newer, or run: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "make: $$("$(PYTHON)" --version 2>&1) is too old, Python 3.11 or newer is needed; run: make PYTHON=python3.11" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "make: $(PYTHON) has no venv or ensurepip; on Debian and Ubuntu run: sudo apt install python3-venv" >&2; exit 1; }
	@$(VENV)/bin/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  "$(PYTHON)" -m venv --clear $(VENV)
	@echo 'Installing VDLab into $(VENV): some minutes. PyTorch is most of it, 3 GB to download if it is the CUDA build,'
	@echo 'which works without a GPU too; README.md, "Start", says how to have the small one.'
	@$(VENV)/bin/python -m pip install -qq --disable-pip-version-check \
	  $(if $(CONSTRAINTS),-c $(CONSTRAINTS),--upgrade --upgrade-strategy eager) -e '.[app,dask,ray,test,lint,peers]'
	@$(VENV)/bin/python -c 'from importlib.metadata import version as of; \
	  print("Ready: torch", of("torch"), "and TorchCodec", of("torchcodec"), "in $(VENV)")'
	@echo 'constraints: $(CONSTRAINTS)' > $@
