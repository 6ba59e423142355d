# Two commands matter: `make demo` shows the thing, `make test` proves it.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup demo test check format bench lock clean

setup: .venv/.ready

.venv/.ready: requirements.txt pyproject.toml cli/pyproject.toml sandbox/pyproject.toml $(wildcard plugins/*/pyproject.toml)
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
		-e . -e cli -e sandbox $(foreach plugin,$(wildcard plugins/*/pyproject.toml),-e $(dir $(plugin)))
	@touch $@

demo: setup
	$(BIN)/nrg demo

test: setup
	$(BIN)/pytest -n 2

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/python .ci/no_download_hosts.py

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup
	$(BIN)/python -m tests.bench

lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --group dev --all-extras --no-emit-package nrg-core --no-emit-package nrg-sandbox --no-emit-package nrg-cli --no-emit-package nrg-checkin \
		pyproject.toml cli/pyproject.toml sandbox/pyproject.toml plugins/checkin/pyproject.toml --output-file requirements.txt

clean:
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis
