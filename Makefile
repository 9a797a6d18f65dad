# Lehrwerk: everything a person or CI runs. `make help` lists the targets.
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
PY := .venv/bin/python
UV := $(or $(shell command -v uv 2>/dev/null),.uv/bin/uv)
FRONTEND := lms/frontend
DIST := lms/static/dist
ASSETS := $(DIST)/manifest.json $(DIST)/fonts-pdf/LICENSE-OFL.txt
# Two workers at least, so that what breaks under concurrency breaks here; four at most, they share one PostgreSQL.
WORKERS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); [ $$n -gt 4 ] && n=4; [ $$n -lt 2 ] && n=2; echo $$n)
DATABASES ?= sqlite postgres
TESTS ?=

# The machine's own Python is used, never a downloaded one; files of the project only.
export UV_PYTHON ?= $(PYTHON)
export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := $(CURDIR)/.venv
export UV_NO_PROGRESS := 1
export PATH := $(PATH):$(CURDIR)/.venv/bin
unexport VIRTUAL_ENV

step = @printf '\n== %s\n' '$(1)'
or_say = || { printf '\n!! %s\n' '$(1)' >&2; exit 1; }

.PHONY: help setup assets run test check format translations docs bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.for-running $(ASSETS) ## fill .venv/ from the lock file and build the front end
	@:

assets: $(ASSETS) ## build style sheets, scripts, sprite and fonts into lms/static/dist

run: setup ## install what is missing, then serve the demo academy at http://127.0.0.1:8000 (PORT, LMS_HOME, SEED)
	@exec $(PY) -m lms.run

# What says nothing of the database (marked `once`) runs on SQLite only.
test: .venv/.for-developing $(ASSETS) ## run all tests, on SQLite and PostgreSQL, with a real browser (TESTS, DATABASES, WORKERS)
	@tools/install_chromium.sh
	@for database in $(DATABASES); do \
		printf '\n== Tests on %s\n' $$database; \
		which='not once'; [ $$database != sqlite ] || which=''; \
		LMS_TEST_DATABASE=$${database#sqlite} .venv/bin/pytest -q -n $(WORKERS) --dist loadgroup -m "$$which" $(TESTS) || exit 1; \
	done

check: lint types arrows rules ## lint, types, import arrows, templates, translations, house rules (make -k check shows all)

lint: .venv/.for-developing
	$(call step,Lint: ruff)
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check . $(call or_say,"make format" formats these files.)

types: .venv/.for-developing
	$(call step,Types: mypy)
	@.venv/bin/mypy

arrows: .venv/.for-developing
	$(call step,Arrows: import-linter)
	@.venv/bin/lint-imports --no-logo

rules: .venv/.for-developing
	$(call step,House rules)
	@$(PY) -m tools.checks

format: .venv/.for-developing ## format the Python files and repair what ruff can
	@.venv/bin/ruff check --fix-only -q .
	@.venv/bin/ruff format -q .

translations: .venv/.for-developing ## add texts that have no English yet to the en.po files
	@$(PY) -m tools.translations

docs: .venv/.for-developing ## build docs/ into build/docs and check every link
	@$(PY) -m tools.docs

bench: .venv/.for-developing $(ASSETS) ## seed 1,000 learners and measure the budgets on SQLite and PostgreSQL
	@$(PY) -m benchmarks.run

clean: ## remove what can be made again (keeps var/, your data)
	@rm -rf .venv .uv build $(DIST) $(FRONTEND)/node_modules .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

# --- Python: uv from the PATH, else in a small environment of its own

.uv/bin/uv:
	$(call step,Installing uv (the package installer))
	@tools/install_uv.sh $(PYTHON)

.venv/.for-running: uv.lock pyproject.toml | $(UV)
	$(call step,Installing Python packages from uv.lock into .venv)
	@$(UV) sync --frozen --inexact --all-extras --no-default-groups --group build \
		$(call or_say,The packages could not be installed. Is the network there? Is $(PYTHON) at least 3.11? Then run make again.)
	@touch $@

.venv/.for-developing: uv.lock pyproject.toml | $(UV)
	$(call step,Installing Python packages and development tools from uv.lock into .venv)
	@$(UV) sync --frozen --inexact --all-extras \
		$(call or_say,The packages could not be installed. Is the network there? Is $(PYTHON) at least 3.11? Then run make again.)
	@touch $@ .venv/.for-running

# --- Front end: Node from the PATH, else from PyPI

NODE_MODULES := $(FRONTEND)/node_modules/.package-lock.json
SOURCES := $(shell find $(FRONTEND) -name node_modules -prune -o -type f -print)

$(NODE_MODULES): $(FRONTEND)/package-lock.json | .venv/.for-running
	$(call step,Installing front-end packages from package-lock.json)
	@tools/node.sh "$(UV)" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error --no-update-notifier \
		$(call or_say,npm could not install the packages. Is the network there? Then run make again.)
	@touch $@

$(DIST)/manifest.json: $(SOURCES) $(NODE_MODULES)
	$(call step,Building the front end into $(DIST))
	@tools/node.sh "$(UV)" node build.mjs

$(DIST)/fonts-pdf/LICENSE-OFL.txt: $(FRONTEND)/pdf_fonts.py $(NODE_MODULES) | .venv/.for-running
	$(call step,Preparing the fonts for PDF files)
	@$(PY) $(FRONTEND)/pdf_fonts.py
