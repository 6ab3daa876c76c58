# The words of the house; continuous integration calls the same ones. Bare `make` lists them.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test browse prove check fix bench docs lock clean

# Each of the many processes that tests start would compile our modules anew.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8000
ARGS ?=

VENV := .venv/requirements.sha256
RUN := .venv/bin/python
GIVEN_FOR_CHECKS := MASTER_KEY=long-enough-for-a-check-and-opens-nothing PUBLIC_URL=https://checks.example EMAIL_FROM=checks@checks.example AWS_REGION=eu-central-1
COMPILE := .venv/bin/uv pip compile --quiet --generate-hashes --no-strip-extras --python-version 3.11 --custom-compile-command "make lock"

help: ## List these words
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV) ## Serve on 127.0.0.1 with real local stores (PORT=8000); reads .env
	@set -a; test ! -f .env || . ./.env; set +a; exec $(RUN) manage.py run_local --port $(PORT) --owner $$PPID

# Real servers on a busy machine: what fails is tried once more, and the summary says why. Three on two cores: much is waiting.
test: $(VENV) ## Run the tests on real local stores, in random order (ARGS="-k name")
	$(RUN) -m pytest -n 3 --reruns 1 --rerun-show-tracebacks $(ARGS)

browse: $(VENV) ## Use the admin in a real browser, chromium; leaves pictures (PICTURES=/tmp/novapulse-browse)
	$(RUN) -m pytest -o python_files="browse_*.py" tests/browser $(ARGS)

prove: $(VENV) ## Prove the promises with real faults: prints a table (ARGS="--short" or the names of proofs)
	$(RUN) -m tests.prove $(ARGS)

check: $(VENV) ## Check style, types, floors, settings, migrations and generated pages; changes nothing
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(RUN) manage.py check --fail-level WARNING
	DJANGO_SETTINGS_MODULE=config.settings.production $(GIVEN_FOR_CHECKS) $(RUN) manage.py check --deploy --fail-level WARNING
	$(RUN) -W "ignore:Got an error checking a consistent" manage.py makemigrations --check --dry-run
	$(RUN) manage.py build_docs --check
	$(RUN) -m pytest tests/architecture --quiet

fix: $(VENV) ## Mend what a tool can mend: style and format
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

bench: $(VENV) ## Print the benchmarks; they compare and never fail (ARGS="name")
	$(RUN) -m benchmarks $(ARGS)

docs: $(VENV) ## Write the pages that are made from the code
	$(RUN) manage.py build_docs

lock: $(VENV) ## Compile requirements/*.in to pinned, hashed .txt (ARGS="--upgrade")
	$(COMPILE) $(ARGS) requirements/base.in --output-file requirements/base.txt
	$(COMPILE) $(ARGS) requirements/dev.in --constraints requirements/base.txt --output-file requirements/dev.txt

clean: ## Remove caches and reports; .venv and the data in .local stay
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage htmlcov
	find . -path ./.venv -prune -o -path ./.local -prune -o -name __pycache__ -type d -print0 | xargs -0 rm -rf

# Installed anew only when the locked versions have changed, not when the file was merely touched.
$(VENV): requirements/dev.txt
	@test -x .venv/bin/python || { echo "Making .venv ..."; $(PYTHON) -m venv .venv; }
	@sha256sum --check --status $@ 2>/dev/null || { echo "Installing requirements/dev.txt ..."; \
		$(RUN) -m pip install -qq --disable-pip-version-check --root-user-action=ignore --require-hashes -r $<; }
	@sha256sum $< > $@
