# Everything that is done by hand or by CI, in one place. `make help` lists it.

PORT ?= 8000
PYTHON ?= python3
PROCESSES ?= 2
ZENML_VERSION ?= 0.98.0
ZENML_PYTHON ?= $(PYTHON)
ZENML = .cache/zenml-$(ZENML_VERSION)
export PORT PYTHON
ifdef STOREROOM_HOME
export STOREROOM_HOME
endif

VENV = .venv/bin/python
PIP = $(VENV) -m pip install --quiet --quiet --disable-pip-version-check
COMPILE = $(VENV) -m uv pip compile --quiet --universal --python-version 3.11 \
	--custom-compile-command "make requirements"
# Each process has a home, a database and servers of its own; a file's tests stay together.
PYTEST = $(VENV) -m pytest -n $(PROCESSES) --dist loadfile --no-loadscope-reorder
ON_POSTGRES = $(VENV) -m tests.support.postgres -- $(PYTEST) -m "database or queue"
# Of no worth: what looks at the code only wants some keys and a database.
THROWAWAY = STOREROOM_HOME=.cache/home DATABASE_URL=sqlite://:memory: \
	SECRET_KEY="$$($(VENV) -c 'from project.keys import *; print(new_secret_key())')" \
	FERNET_KEYS="$$($(VENV) -c 'from project.keys import *; print(new_fernet_key())')"

.PHONY: help run install install-dev lint fetch test test-postgres test-zenml requirements

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile
	@echo 'Variables: PORT (8000), STOREROOM_HOME (var), PYTHON (python3), PROCESSES that run tests (2), as in `make run PORT=8123`'

run: install ## Install what is missing and run Storeroom until Ctrl-C
	@exec $(VENV) manage.py up --with-parent --port "$$PORT"

install:
	@test -x $(VENV) || { \
		"$$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
			echo 'Storeroom needs Python 3.11 or newer, as in `make run PYTHON=python3.12`.' >&2; \
			exit 1; \
		}; \
		echo 'Making .venv (some seconds, once) …'; \
		rm -f .venv/*.installed; \
		"$$PYTHON" -m venv .venv; \
	}
	@cmp -s requirements.txt .venv/requirements.installed || { \
		echo 'Installing packages into .venv (up to a minute, and again when requirements.txt changes) …'; \
		$(VENV) -m pip --version >/dev/null 2>&1 || "$$PYTHON" -m venv .venv; \
		$(PIP) -r requirements.txt && cp requirements.txt .venv/requirements.installed; \
	}

install-dev: install
	@cmp -s requirements-dev.txt .venv/requirements-dev.installed || { \
		echo 'Installing the tools for tests into .venv (some minutes, and again when requirements-dev.txt changes) …'; \
		$(PIP) -r requirements-dev.txt && cp requirements-dev.txt .venv/requirements-dev.installed; \
	}

lint: install-dev ## Look at the code without running it
	@mkdir -p .cache/home
	$(VENV) -m ruff check .
	$(VENV) -m ruff format --check .
	@echo 'mypy and makemigrations --check, with throwaway keys'
	@export $(THROWAWAY); \
	$(VENV) -m mypy manage.py project secrets_app stores && \
	$(VENV) manage.py makemigrations --check --dry-run
	find templates -name '*.html' -exec .venv/bin/djade --check --target-version 5.2 {} +

test: lint fetch ## Look at the code, fetch what the tests need, and run them
	@echo 'The database and queue parts, on PostgreSQL'
	@$(ON_POSTGRES)
	@echo 'All of it, on SQLite'
	@$(PYTEST)

test-postgres: install-dev fetch ## The database and queue parts of the suite, on PostgreSQL
	@$(ON_POSTGRES)

test-zenml: install-dev ## The round trip with the real ZenML client (ZENML_VERSION, ZENML_PYTHON)
	@test -x $(ZENML)/bin/zenml || { \
		echo 'Installing ZenML $(ZENML_VERSION) into $(ZENML) (a minute, once) …'; \
		$(VENV) -m uv venv --quiet --clear --python "$(ZENML_PYTHON)" $(ZENML) && \
		$(VENV) -m uv pip install --quiet --python $(ZENML)/bin/python \
			-r tests/zenml/requirements-$(ZENML_VERSION).txt; \
	}
	@ZENML_VERSION=$(ZENML_VERSION) $(VENV) -m pytest -m zenml tests/zenml

fetch: install-dev
	@test -e .cache/azurite/fetched || echo 'Fetching Azurite into .cache (about 30 s, once) …'
	@$(VENV) -m project.embedded_azure .cache

requirements: install ## Compile the requirements files anew
	@$(VENV) -m uv --version >/dev/null 2>&1 || $(PIP) uv
	$(COMPILE) --output-file requirements.txt requirements.in
	$(COMPILE) --output-file requirements-s3.txt requirements-s3.in
	$(COMPILE) --output-file requirements-gcp.txt requirements-gcp.in
	$(COMPILE) --output-file requirements-dev.txt requirements-dev.in
