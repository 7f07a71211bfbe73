# Every target sets up what it needs in .venv; nothing is installed outside it.
# The package itself is not installed: commands run from this directory.
#
#   make demo PYTHON=python3.12     with another Python, 3.11 or newer

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP_TOOLS := pip-tools==7.6.2

# The lock files name every package with its hashes, so pip resolves nothing (--no-deps). Wheels only:
# building SciPy from source by accident takes an hour. -qq: pip's own warnings are no news here.
INSTALL := $(PY) -m pip install -qq --disable-pip-version-check --no-input \
	--require-hashes --no-deps --only-binary :all: --requirement
COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(VENV)-lock/bin/pip-compile --quiet --no-config \
	--generate-hashes --strip-extras --newline lf \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options

.PHONY: help demo test check lint slow bench results notebooks lock clean
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.SILENT:

help:
	echo 'make demo       set everything up and run the main job (availability of a web service)'
	echo 'make test       set everything up and pass the tests'
	echo 'make check      ruff, mypy and the tests: what has to be green before a change lands'
	echo 'make lint       ruff and mypy alone'
	echo 'make slow       the long statistical tests, with the tables they measure'
	echo 'make bench      speed and memory beside plain C and plain SimPy'
	echo 'make results    every experiment again, into results/'
	echo 'make notebooks  run the guided tours in place'
	echo 'make lock       look for new versions and write the lock files'
	echo 'make clean      remove .venv and all caches; results/ stays'

demo: $(VENV)/runtime
	$(PY) -m experiments.availability

test: $(VENV)/dev
	$(PY) -m pytest -q

lint: $(VENV)/dev
	$(PY) -m ruff check .
	$(PY) -m mypy

check: lint test

slow: $(VENV)/dev
	$(PY) -m pytest -q -s -m slow

bench: $(VENV)/runtime
	$(PY) -m tests.benchmarks

# An experiment is a file of experiments/ with a main.
results: $(VENV)/runtime
	set -e; for file in $$(grep -l '^if __name__' experiments/*.py); do \
		name=$$(basename "$$file" .py); \
		full=$$(grep -q '"--full"' "$$file" && echo --full || true); \
		[ "$$name" = __main__ ] || { echo "== $$name"; $(PY) -m "experiments.$$name" $$full; }; \
	done

# PYTHONPATH: a kernel starts in notebooks/ and has to find the packages one level up.
notebooks: $(VENV)/dev
	set -e; for file in notebooks/*.ipynb; do \
		[ -e "$$file" ] || continue; echo "== $$file"; \
		PYTHONPATH="$(CURDIR)" $(VENV)/bin/jupyter-execute --inplace \
			--NbClientApp.log_level=ERROR --NbClientApp.kernel_name=python3 "$$file"; \
	done

$(PY):
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Python 3.11 or newer is needed: make PYTHON=python3.12 ...' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/runtime: requirements.lock | $(PY)
	echo 'Installing what the simulator needs into $(VENV) (once) ...'
	$(INSTALL) requirements.lock
	touch $@

$(VENV)/dev: requirements-dev.lock | $(PY)
	echo 'Installing the simulator and its test tools into $(VENV) (once) ...'
	$(INSTALL) requirements-dev.lock
	touch $@ $(VENV)/runtime

# The oldest Python we support makes the locks; its answers hold for the newer ones.
lock:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
		{ echo 'The locks are made on Python 3.11: make lock PYTHON=python3.11' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/python -m pip install -qq --disable-pip-version-check $(PIP_TOOLS)
	$(COMPILE) --upgrade --output-file requirements.lock pyproject.toml
	$(COMPILE) --upgrade --extra dev --constraint requirements.lock \
		--output-file requirements-dev.lock pyproject.toml
	rm -rf $(VENV)-lock
	! grep -nE '://|--(extra-)?index|--find-links|--trusted|(^|[[:space:]])/' \
		requirements.lock requirements-dev.lock

clean:
	rm -rf $(VENV) $(VENV)-lock .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
