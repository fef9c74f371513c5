# make demo: gate the example. make test: every check of this repository. Both set up what they need, once.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
EXAMPLE := examples/construction
CI_TOOLS := tests/ci/node_modules/.package-lock.json
DEMO_KEY := $(EXAMPLE)/.odoo-gate/demo-key.pem

.PHONY: demo test ready docs lint unit setup engine images images-14 rsync chromium clean

demo: setup
	@test -f $(DEMO_KEY) || { echo "A throw-away signing key for the demo:"; $(BIN)/odoo-gate keys new $(DEMO_KEY); }
	@$(BIN)/odoo-gate run --project $(EXAMPLE) --profile quick

test:
	@$(MAKE) --no-print-directory -j3 ready
	$(BIN)/pytest -n 2 --dist loadscope tests/unit tests/plugin tests/attacks tests/docs
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -m 'not alone' tests/integration tests/defects
	$(BIN)/pytest -m alone tests/integration

# What the tests need, side by side: images are mostly waited for, and linters need nobody.
ready: lint setup images-14 $(CI_TOOLS) chromium

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: $(READY)
	$(BIN)/pytest -n 2 --dist loadscope tests/unit tests/plugin tests/attacks tests/docs

docs: $(READY)
	PYTHONPATH=scripts $(BIN)/python -m references
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

setup: $(READY) engine images

$(READY): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable '.[all]' --group dev
	touch $@

$(CI_TOOLS): tests/ci/package-lock.json $(READY)
	cd tests/ci && PATH="$(abspath $(BIN)):$$PATH" npm ci --no-audit --no-fund --loglevel=error
	touch $@

# One after the other: each may install a package.
rsync: engine
	@scripts/ensure-rsync.sh

chromium: rsync
	@scripts/ensure-chromium.sh

engine:
	@scripts/ensure-docker.sh

images: $(READY) engine
	@$(BIN)/odoo-gate images build --series 19.0

images-14: $(READY) engine
	@$(BIN)/odoo-gate images build --series 14.0

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
