# Managed by hookline: the one task entry; pipelines call the same names. `make` lists them.
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
# The locks are complete, so nothing is left to resolve: a resolver would only trip over versions newer than a lock.
PIP    := $(BIN)/python -m pip --disable-pip-version-check install --quiet --only-binary :all: --no-deps

# A project has hookline itself from vendor/, by its hash and from nowhere else.
HOOKLINE      = --force-reinstall --require-hashes --no-index --find-links vendor -r locks/hookline.txt
HOOKLINE_FILE = locks/hookline.txt
TESTS         = $(if $(PYTEST),$(PYTEST),tests)

# The targets of hookline's own repository, and what it has other than a project; a project has no such file.
-include framework.mk

.PHONY: help setup run train test check image runtime-image image-test scan sbom push clean
.PHONY: settings lint check-hooks test-model model-card publish-model fetch-model contract-gate deploy-plan deploy smoke rollback

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ---- environments: each stamp is newer than the lock it was made from, so a second call starts at once ----

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "hookline needs Python 3.11 or newer; set PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

# Python compiles what is imported, when it is: to compile all there is took a third of the way to the first answer.
$(VENV)/.train: locks/train.txt $(HOOKLINE_FILE) | $(BIN)/python
	@echo "Setting up $(VENV) for training (once) ..."
	@$(PIP) --no-compile --require-hashes -r locks/train.txt
	@$(PIP) --no-compile $(HOOKLINE)
	@touch $@

$(VENV)/.dev: locks/dev.txt $(HOOKLINE_FILE) | $(BIN)/python
	@echo "Setting up $(VENV) for development (once) ..."
	@$(PIP) --require-hashes -r locks/dev.txt
	@$(PIP) $(HOOKLINE)
	@touch $@ $(VENV)/.train

setup: $(VENV)/.dev ## make .venv with everything for training and development

# ---- the work ----

run: $(VENV)/.train ## serve the current model, trained first if there is none (PORT=8000 takes that port)
	@$(BIN)/hookline models show >/dev/null 2>&1 || $(BIN)/hookline train
	@exec $(BIN)/hookline serve $(if $(PORT),--port $(PORT))

train: $(VENV)/.train ## train the model and make it current
	@$(BIN)/hookline train

test: $(VENV)/.dev ## run the everyday tests (PYTEST=... chooses some; JUNIT=file.xml writes their results)
	@$(BIN)/python -m pytest $(TESTS) $(if $(JUNIT),--junit-xml=$(JUNIT))

ifndef FRAMEWORK
check: $(VENV)/.train ## try every hook, and say precisely what is wrong
	@$(BIN)/hookline check
endif

# ---- images: config.yaml names them; IMAGE=repo/name, TAG=tag and DOCKER=/path/to/client do it otherwise ----

# The shell expands what callers give, never make: a value such as $(shell ...) stays text.
# IMAGE counts on the command line only: a variable of that name in an environment is somebody else's. TAG may be a
# pipeline's, and TAG=model is the version of the current model, so that no build moves another's tag.
GIVEN  = $(if $(filter command line,$(origin IMAGE)),$${IMAGE-})
TAGGED = $(if $(filter model,$(value TAG)),$$($(BIN)/python jenkins/steps/current.py $(BIN)/hookline),$${TAG-})
NAMED  = $(if $(GIVEN)$(value TAG),"$(GIVEN)" "$(TAGGED)")

image: $(VENV)/.train ## build the image of the service with the current model
	@VENV=$(VENV) dockerfiles/production-image/build.sh $(NAMED)

runtime-image: $(VENV)/.train ## build the image that pipelines run in (TOOLS=folder with kubectl and helm)
	@VENV=$(VENV) dockerfiles/runtime-image/build.sh $(NAMED)

image-test: $(VENV)/.train ## start that image without any rights, and compare its answers
	@$(BIN)/hookline image test $(NAMED)

scan: $(VENV)/.train ## look for known weaknesses and secrets in that image (SCANNERS=vuln,secret)
	@VENV=$(VENV) jenkins/steps/scan.sh $(NAMED)

sbom: $(VENV)/.train ## write dist/sbom.cdx.json: what that image holds
	@$(BIN)/hookline image sbom --output dist/sbom.cdx.json $(NAMED)

push: $(VENV)/.train ## push that image to its registry (as REGISTRY_USR with REGISTRY_PSW, if they are set)
	@VENV=$(VENV) jenkins/steps/push.sh $(NAMED)

# ---- pipelines: the same names in every system (docs/jenkins.md); what is to be kept goes to build/ ----

settings: $(VENV)/.train ## write build/settings.json: what config.yaml says, by name
	@$(BIN)/python jenkins/steps/settings.py $(BIN)/hookline build/settings.json

lint: $(VENV)/.dev ## check the project's Python and its Dockerfiles
	@VENV=$(VENV) jenkins/steps/lint.sh

check-hooks: $(VENV)/.train ## try every hook on a few rows, and say precisely what is wrong
	@$(BIN)/hookline check

test-model: $(VENV)/.train ## have the current model answer the test request
	@$(BIN)/hookline predict "$$($(BIN)/hookline config get jenkins.prediction_test_case_path)"

model-card: $(VENV)/.train ## copy the current model's card and manifest to build/model
	@$(BIN)/python jenkins/steps/current.py $(BIN)/hookline build/model

publish-model: $(VENV)/.train ## bring the current model to jenkins.model_store (MODEL_STORE=... to another)
	@VENV=$(VENV) jenkins/steps/publish_model.sh

fetch-model: $(VENV)/.train ## bring a model from there and make it current (MODEL=version, else the newest)
	@VENV=$(VENV) jenkins/steps/fetch_model.sh

# What is deployed and where; HOOKLINE_NAMESPACE and HOOKLINE_API_KEY are read by hookline itself.
RELEASE = $(if $(value TAG),--tag "$(TAGGED)") $(if $(filter true,$(value ACCEPT_BREAKING)),--accept-breaking)

contract-gate: $(VENV)/.train ## refuse what would break for callers of the live service; build/contract.xml says what
	@$(BIN)/python jenkins/steps/contract_gate.py $(BIN)/hookline build/contract.xml $(RELEASE)

deploy-plan: $(VENV)/.train ## say what a deployment would change
	@$(BIN)/hookline deploy --plan $(RELEASE)

deploy: $(VENV)/.train ## deploy; what does not get ready, or answers wrongly, is taken back (TAG=..., ACCEPT_BREAKING=true)
	@$(BIN)/hookline deploy $(RELEASE)

smoke: $(VENV)/.train ## have a pod in the cluster ask the service what its callers would
	@jenkins/steps/smoke.sh "$$($(BIN)/hookline config get deployment.deployment_name)"

rollback: $(VENV)/.train ## take image, model, contract and values back to the last good release
	@$(BIN)/hookline deploy rollback

clean: ## remove .venv and caches (never models or logs)
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .coverage* build dist
