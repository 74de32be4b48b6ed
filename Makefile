# make run      set up, take the sample pages through one pass, print the result
# make test     set up, pass the tests            make lint   ruff and strict types
# make setup    the command at .venv/bin/fxtrack  make clean  remove what the sample run made
# make test-slow  fault and load runs of minutes; GROUPS="faults kills" runs some of their groups
# make test-cluster  parts, a real Ray cluster and a real S3 server
# make bench    compare with other tools, for about half an hour; writes benchmarks/RESULTS.md
# make docs     write docs/schema.md and fxtrack/deltas/stand_ins.sql from the database
# make man      write man pages to .man, for `man -l .man/fxtrack.1`

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TOOLS := $(VENV)/.tools
PYWB := $(VENV)/pywb/.ready
OLDEST := $(VENV)/oldest/.ready
SDMX := $(VENV)/sdmx/.ready
NOTEBOOK := $(VENV)/notebook/.ready
CLUSTER := $(VENV)/cluster/.ready
CONTENDERS := $(VENV)/bench/.ready

.PHONY: run setup test test-slow test-cluster lint format docs man bench clean

run: setup
	$(BIN)/fxtrack run
	@echo && $(BIN)/fxtrack latest && echo && $(BIN)/fxtrack audit

setup: $(READY)

test: $(TOOLS) $(PYWB) $(OLDEST) $(SDMX)
	$(BIN)/python -m pytest --numprocesses $$(($$(nproc) * 3 / 2)) --dist loadgroup # many tests wait for something

test-slow: $(TOOLS) $(PYWB) $(NOTEBOOK) $(CONTENDERS)
	$(BIN)/python tests/long_runs.py $(GROUPS)

test-cluster: $(TOOLS) $(CLUSTER)
	$(BIN)/python -m pytest -m 'not slow' tests/test_cluster.py tests/test_ray.py tests/test_buckets.py

lint: $(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(TOOLS)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: setup
	$(BIN)/python docs/stand_ins.py > docs/stand_ins.new
	mv docs/stand_ins.new fxtrack/deltas/stand_ins.sql
	$(BIN)/python docs/schema.py > docs/schema.new
	mv docs/schema.new docs/schema.md

man: $(TOOLS)
	$(BIN)/python docs/man.py .man

bench: $(TOOLS) $(CONTENDERS)
	$(BIN)/python -m benchmarks

clean:
	rm -rf db/fxtrack*.duckdb* db/fxtrack*.json db/fxtrack*.lock backups
	rm -rf charts/*.svg charts/*.png charts/*.pdf charts/index.html charts/page

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "fxtrack needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	touch $@

$(TOOLS): $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --requirement requirements-dev.txt
	touch $@

$(PYWB): tests/pywb.txt $(READY)
	$(PYTHON) -m venv $(VENV)/pywb
	$(VENV)/pywb/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement tests/pywb.txt
	touch $@

$(OLDEST): tests/oldest.txt $(READY)
	$(PYTHON) -m venv $(VENV)/oldest
	$(VENV)/oldest/bin/python -m pip install --quiet --disable-pip-version-check --requirement tests/oldest.txt
	touch $@

# These have their own libraries before those of the tool.
$(SDMX) $(NOTEBOOK) $(CLUSTER): $(VENV)/%/.ready: tests/%.txt $(READY)
	$(PYTHON) -m venv $(VENV)/$*
	$(VENV)/$*/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement $<
	@site=$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))'); \
	other=$$($(VENV)/$*/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))'); \
	echo "import site; site.addsitedir('$$site')" > "$$other/fxtrack.pth"
	touch $@

$(CONTENDERS): benchmarks/requirements.txt constraints.txt $(READY)
	$(PYTHON) -m venv $(VENV)/bench
	$(VENV)/bench/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --requirement benchmarks/requirements.txt
	touch $@
