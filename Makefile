# Managed by hookline: the one task entry; pipelines call the same names. `make` lists them.
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV   ?= .venv
PORT   ?= 5000
BIN    := $(VENV)/bin
# The locks are complete, so nothing is left to resolve: a resolver would only trip over versions newer than a lock.
PIP    := $(BIN)/python -m pip --disable-pip-version-check install --quiet --only-binary :all: --no-deps

.PHONY: help setup run train test soak check fix lock docs bench bench-peers image runtime-image image-test sbom push tools chain clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ---- environments: each stamp is newer than the lock it was made from, so a second call starts at once ----

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "hookline needs Python 3.11 or newer; set PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.train: locks/train.txt pyproject.toml | $(BIN)/python
	@echo "Setting up $(VENV) for training (once) ..."
	@$(PIP) --require-hashes -r locks/train.txt
	@$(PIP) --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: locks/dev.txt pyproject.toml | $(BIN)/python
	@echo "Setting up $(VENV) for development (once) ..."
	@$(PIP) --require-hashes -r locks/dev.txt
	@$(PIP) --no-build-isolation --editable .
	@touch $@ $(VENV)/.train

setup: $(VENV)/.dev ## make .venv with everything for training and development

# ---- the work ----

run: $(VENV)/.train ## serve the current model, trained first if there is none (PORT=5000)
	@$(BIN)/hookline models show >/dev/null 2>&1 || $(BIN)/hookline train
	@exec $(BIN)/hookline serve --port $(PORT)

train: $(VENV)/.train ## train the model and make it current
	@$(BIN)/hookline train

# A whole run also measures coverage, which `make check` looks at; PYTEST="tests/framework/hooks -x" runs a part.
test: $(VENV)/.dev ## run the everyday tests (PYTEST=... chooses some)
	@$(BIN)/python -m pytest -m "not soak" -n auto --dist loadfile $(if $(PYTEST),$(PYTEST),--cov --cov-report=)

soak: $(VENV)/.dev ## run the long tests too
	@$(BIN)/python -m pytest $(PYTEST)

tools: $(VENV)/.dev ## install the real programs for `make chain` into ~/.cache/hookline-tools
	@$(BIN)/python -m tests.chain.install

chain: tools ## run the tests that speak to real programs
	@$(BIN)/python -m pytest -n0 $(if $(PYTEST),$(PYTEST),tests/chain)

check: $(VENV)/.dev ## check style, types, layers, sizes, spelling, coverage of the last test run
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/codespell
	@$(BIN)/python -m tests.house
	@test -e .coverage || $(MAKE) test
	@$(BIN)/coverage report --fail-under=95

fix: $(VENV)/.dev ## mend what can be mended by itself
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: $(VENV)/.dev ## renew the dependency locks (UPGRADE=1 takes newer versions)
	@sh locks/lock.sh $(BIN)/uv $(if $(UPGRADE),--upgrade)

docs: $(VENV)/.dev ## regenerate the generated parts of the manual
	@$(BIN)/python -m docs.generate

bench: $(VENV)/.dev ## measure, and write docs/benchmarks.md
	@$(BIN)/python -m benchmarks

bench-peers: $(VENV)/.dev ## measure other servers beside ours (installs them outside the project)
	@$(BIN)/python -m benchmarks peers

# ---- images: config.yaml names them; IMAGE=repo/name, TAG=tag and DOCKER=/path/to/client do it otherwise ----

NAMED := $(if $(IMAGE)$(TAG),"$(IMAGE)" "$(TAG)")

image: $(VENV)/.train ## build the image of the service with the current model
	@VENV=$(VENV) dockerfiles/production-image/build.sh $(NAMED)

runtime-image: $(VENV)/.train ## build the image that pipelines run in (TOOLS=folder with kubectl and helm)
	@VENV=$(VENV) dockerfiles/runtime-image/build.sh

image-test: $(VENV)/.train ## start that image without any rights, and compare its answers
	@$(BIN)/hookline image test $(NAMED)

sbom: $(VENV)/.train ## write dist/sbom.cdx.json: what that image holds
	@$(BIN)/hookline image sbom --output dist/sbom.cdx.json $(NAMED)

push: $(VENV)/.train ## push that image to its registry
	@"$${DOCKER:-docker}" push "$$($(BIN)/hookline image name production $(NAMED))"

clean: ## remove .venv and caches (never models or logs)
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .coverage* build dist
