# Every task of the project. `make` alone lists them.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
# What pytest runs with (each file on one worker, which starts its servers once); for one file: make test ARGS=tests/docs
ARGS ?= -n 2 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help install run test coverage check format migration messages design benchmark db clean

help: ## List the tasks
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'

# A stamp for each set of packages: nothing is installed twice until pyproject.toml changes.
$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.tested: pyproject.toml .ci/packages $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group test --group check
	@.ci/packages
	@touch $@

install: $(VENV)/.installed ## Make the virtual environment and install the server into it

run: $(VENV)/.installed ## Serve on 127.0.0.1:8000 with a demo school; data is kept under var/
	@mkdir -p var
	@SCIM_SERVER_BASE_URL=$${SCIM_SERVER_BASE_URL:-http://$(HOST):$(PORT)} $(BIN)/scim-server demo
	@exec $(BIN)/scim-server run --host $(HOST) --port $(PORT)

db: $(VENV)/.installed ## Bring the schema of the database to its newest version
	$(BIN)/scim-server db upgrade

test: $(VENV)/.tested ## Run every test, on SQLite and on a real PostgreSQL, which is installed when missing
	$(BIN)/python -m pytest $(ARGS)

coverage: $(VENV)/.tested ## Run every test and show the lines that none reaches
	$(BIN)/python -m pytest -n 2 --cov --cov-report=term-missing

check: $(VENV)/.tested ## Check format, style, types, the direction of imports, dependencies and the Dockerfile
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/hadolint Dockerfile

docs: $(VENV)/.tested ## Write docs/commands.md anew from the help of every command
	$(BIN)/python -m tests.support.command_pages

format: $(VENV)/.tested ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Against an empty database at the newest version, whose difference from the tables in the code is the draft.
define DRAFT
import sys, tempfile
from alembic import command
from scim_server import migrations
from scim_server.db import Database
with tempfile.TemporaryDirectory() as folder:
    database = Database(f"sqlite:///{folder}/draft.db")
    migrations.upgrade(database)
    command.revision(migrations.configuration(database), sys.argv[1], autogenerate=True, head="scim_server@head")
endef
export DRAFT

migration: $(VENV)/.installed ## Draft a migration from what changed in the tables: make migration MESSAGE="Keep photos"
	@$(BIN)/python -c "$$DRAFT" "$(MESSAGE)"

messages: $(VENV)/.tested ## Collect what pages say into scim_server/pages/translations/messages.pot, to be translated
	@mkdir -p scim_server/pages/translations
	$(BIN)/pybabel -q extract -F babel.cfg -k _ -k AccountError -k TooManyAttempts --no-location --sort-output --omit-header -o scim_server/pages/translations/messages.pot scim_server/pages scim_server/accounts extensions/mycambridge/console extensions/mycambridge/portal

design: ## Build stylesheets and scripts from design/ anew, which needs Node
	cd design && npm install --no-audit --no-fund && npm run build

benchmark: $(VENV)/.tested ## Measure the server against the floor, in under five minutes
	$(BIN)/python benchmarks/run.py

clean: ## Remove the virtual environment and everything made; var/ stays
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache htmlcov .coverage*
