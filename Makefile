# Every command of a developer and of a first visitor. `make` alone lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# The builder is locked like everything else that `make install` runs.
LOCK := printf "hatchling>=1.27\neditables\n" | UV_PYTHON_DOWNLOADS=never $(BIN)/uv pip compile --quiet --upgrade --universal --no-strip-extras \
	--generate-hashes --no-header --no-annotate - pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help install demo test check fix serve bench torture replay lock

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

install: $(VENV)/installed ## install into .venv exactly what requirements.lock names

demo: install ## a fresh site, invented readers, and the year's reading rate
	@$(BIN)/mailer demo

serve: install ## run the web pages and the sender of this site
	@$(BIN)/mailer serve

test: debian $(VENV)/installed-dev ## run every test that this machine can run
	@$(BIN)/python -m pytest -n auto --dist worksteal

check: $(VENV)/installed-dev ## style, types and the arrows between rooms
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python scripts/desk-assets --check

bench: $(VENV)/installed-dev ## measure sending and rendering on this machine, beside Postfix's own load generator
	@$(BIN)/mailer bench send
	@$(BIN)/mailer bench render

torture: $(VENV)/installed-dev ## kill senders a thousand times and account for every letter
	@MAILER_TEST_KILLS=1000 $(BIN)/python -m pytest tests/journeys/test_kills.py

replay: $(VENV)/installed-dev ## send and read the whole year 2023 again, 47,000 letters, and print its report
	@MAILER_TEST_REPLAY=full $(BIN)/python -m pytest -s tests/journeys/test_replay.py

fix: $(VENV)/installed-dev ## correct what can be corrected without thinking
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: $(VENV)/installed-dev ## choose new versions of all libraries and note them with their hashes
	@$(PIP) install --quiet uv
	@$(LOCK) -o requirements.lock
	@$(LOCK) --all-extras -o requirements-dev.lock

# A stamp is younger than the lock it was made from: nothing is asked of the network when nothing changed.
$(VENV)/installed: requirements.lock pyproject.toml | $(VENV)/bin/python
	@$(PIP) install --quiet --require-hashes -r requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/installed-dev: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	@$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/bin/python:
	@sh scripts/make-venv "$(PYTHON)" $(VENV)

.PHONY: debian
debian:
	@sh scripts/debian-parts "$(PYTHON)"
