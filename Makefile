# Managed by hookline: the one task entry; pipelines call the same names. `make` lists them.
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV   ?= .venv
PORT   ?= 5000
BIN    := $(VENV)/bin
# The locks are complete, so nothing is left to resolve: a resolver would only trip over versions newer than a lock.
PIP    := $(BIN)/python -m pip --disable-pip-version-check install --quiet --only-binary :all: --no-deps

# A project has hookline itself from vendor/, by its hash and from nowhere else.
HOOKLINE      = --force-reinstall --require-hashes --no-index --find-links vendor -r locks/hookline.txt
HOOKLINE_FILE = locks/hookline.txt
TESTS         = $(if $(PYTEST),$(PYTEST),tests)

# The targets of hookline's own repository, and what it has other than a project; a project has no such file.
-include framework.mk

.PHONY: help setup run train test check image runtime-image image-test sbom push clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ---- environments: each stamp is newer than the lock it was made from, so a second call starts at once ----

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "hookline needs Python 3.11 or newer; set PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.train: locks/train.txt $(HOOKLINE_FILE) | $(BIN)/python
	@echo "Setting up $(VENV) for training (once) ..."
	@$(PIP) --require-hashes -r locks/train.txt
	@$(PIP) $(HOOKLINE)
	@touch $@

$(VENV)/.dev: locks/dev.txt $(HOOKLINE_FILE) | $(BIN)/python
	@echo "Setting up $(VENV) for development (once) ..."
	@$(PIP) --require-hashes -r locks/dev.txt
	@$(PIP) $(HOOKLINE)
	@touch $@ $(VENV)/.train

setup: $(VENV)/.dev ## make .venv with everything for training and development

# ---- the work ----

run: $(VENV)/.train ## serve the current model, trained first if there is none (PORT=5000)
	@$(BIN)/hookline models show >/dev/null 2>&1 || $(BIN)/hookline train
	@exec $(BIN)/hookline serve --port $(PORT)

train: $(VENV)/.train ## train the model and make it current
	@$(BIN)/hookline train

test: $(VENV)/.dev ## run the everyday tests (PYTEST=... chooses some)
	@$(BIN)/python -m pytest $(TESTS)

ifndef FRAMEWORK
check: $(VENV)/.train ## try every hook, and say precisely what is wrong
	@$(BIN)/hookline check
endif

# ---- images: config.yaml names them; IMAGE=repo/name, TAG=tag and DOCKER=/path/to/client do it otherwise ----

# Only from the command line: a variable of that name in the environment is somebody else's.
GIVEN  = $(if $(filter command line,$(origin $1)),$($1))
NAMED := $(if $(call GIVEN,IMAGE)$(call GIVEN,TAG),"$(call GIVEN,IMAGE)" "$(call GIVEN,TAG)")

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
