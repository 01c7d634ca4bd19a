# make run: install and start the gateway with its simulated plant.
# make test: install what the tests need and run them.
# make coverage: the same, and which lines of oagw they ran.
# make release: build what a release publishes and try it; it publishes nothing.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
SOURCES = pyproject.toml setup.py $(shell find oagw twisted -name '*.py' -o -name '*.sql')
TESTS ?= tests
# Processes that run tests: they wait for daemons most of the time.
JOBS ?= 2
# make test COVERAGE=1 records which lines run.
COVERAGE ?=
# More options for make run, as in: make run ARGS="--set simulate.enabled=no"
ARGS ?=

.PHONY: run install test coverage check bench release clean python

run: install
	exec $(BIN)/twistd -n oagw --config etc/oagw.ini $(ARGS)

install: $(VENV)/.installed

test: $(VENV)/.installed-$(if $(COVERAGE),dev,test)
	$(BIN)/python -m $(if $(COVERAGE),coverage run -m )twisted.trial --jobs=$(JOBS) --temp-directory=$(VENV)/trial $(TESTS)

coverage: $(VENV)/.installed-dev
	$(BIN)/coverage erase
	$(MAKE) test COVERAGE=1
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage json --quiet -o - | $(BIN)/python -m tests.roomcoverage

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/codespell

bench: $(VENV)/.installed-test
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.live
	$(BIN)/python -m benchmarks.live.crowd
	$(BIN)/python -m benchmarks.size
	$(BIN)/python -m benchmarks.queries
	$(BIN)/python -m benchmarks.archive
	$(BIN)/python -m benchmarks.systems
	$(BIN)/python -m benchmarks.opcua

release: $(VENV)/.installed-dev
	.ci/release $(BIN)

clean:
	rm -rf $(VENV) .venv-oldest .venv-later build dist *.egg-info .coverage .coverage.*

# A normal install: an editable one would hide the plugin from twistd.
$(VENV)/.installed: $(SOURCES) | python
	rm -rf build  # pip would install what an earlier build has left there
	$(BIN)/python -m pip install --quiet --disable-pip-version-check .
	touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check '.[test]'
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed-test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check '.[dev]'
	touch $@

python:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "oagw needs Python 3.11 or later; there is no $(PYTHON)." \
	    "On Debian: sudo apt-get install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "oagw needs Python 3.11 or later; $(PYTHON) is $$($(PYTHON) -V 2>&1)." \
	    "Install a later one and name it, as in: make PYTHON=python3.12 run" >&2; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "oagw needs the venv module of $(PYTHON)." \
	    "On Debian: sudo apt-get install python3-venv" >&2; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
