# Everything a developer or an operator types. The virtual environment is .venv/ at the root.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: run test bench check format install clean help

help: ## what can be made here
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1|/' | column -t -s '|'

run: $(STAMP) var/static/.collected ## the site on http://$(HOST):$(PORT), with what it needs made first
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py create_board --default
	@exec $(BIN)/python manage.py serve --host $(HOST) --port $(PORT)

test: $(STAMP) ## all tests; what needs a service or a browser that is not here is skipped, loudly
	@$(BIN)/python -m pytest $(ARGS)

bench: $(STAMP) ## what it costs and bears; ARGS="fanout --quick" for a part of it, more in bench/README.md
	@$(BIN)/python -m bench $(ARGS)

check: $(STAMP) ## style, types, floors, migrations, deployment settings
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))') \
		PUBLIC_URL=https://place.example.org TRUSTED_PROXIES=1 \
		$(BIN)/python manage.py check --deploy --fail-level WARNING

format: $(STAMP) ## put the code into its one shape
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

install: $(STAMP) ## the virtual environment, as requirements.txt says

# The stamp is written last: an installation that was interrupted is done again.
$(STAMP): requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what requirements.txt names into $(VENV)/ ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

var/static/.collected: $(STAMP) $(shell find static -type f)
	@echo "Collecting static files ..."
	@$(BIN)/python manage.py collectstatic --noinput --clear --verbosity 0
	@touch $@

clean: ## remove what can be made again; boards and the secret in var/ stay
	rm -rf $(VENV) var/static .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
