# Two commands matter: `make demo` shows the thing, `make test` proves it.
PYTHON ?= python3
BIN := .venv/bin
PLUGINS := $(patsubst plugins/%/pyproject.toml,%,$(wildcard plugins/*/pyproject.toml))

.PHONY: setup demo test check format bench lock clean clients

setup: .venv/.ready

.venv/.ready: requirements.txt pyproject.toml cli/pyproject.toml sandbox/pyproject.toml $(PLUGINS:%=plugins/%/pyproject.toml)
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
		-e . -e cli -e sandbox $(PLUGINS:%=-e plugins/%)
	@touch $@

demo: setup
	$(BIN)/nrg demo

# Client libraries that nobody here wrote, each in a place of its own.
clients:
	tests/clients/setup

test: setup clients
	$(BIN)/pytest -n 2 --dist worksteal

check: setup clients
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/pyright -p tests/clients/python
	$(BIN)/lint-imports
	$(BIN)/python .ci/no_download_hosts.py

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.bench.sandbox

lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --group dev --all-extras $(foreach name,core sandbox cli $(PLUGINS),--no-emit-package nrg-$(name)) \
		pyproject.toml cli/pyproject.toml sandbox/pyproject.toml $(PLUGINS:%=plugins/%/pyproject.toml) \
		--output-file requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
		tests/clients/python/requirements.in --output-file tests/clients/python/requirements.txt
	npm install --package-lock-only --prefix tests/clients/js

clean:
	rm -rf .venv tests/clients/.venv tests/clients/js/node_modules .pytest_cache .ruff_cache .hypothesis
