# The targets of hookline's own repository. The Makefile, which every project has, brings this file in if it is here.
FRAMEWORK     := yes
HOOKLINE      := --no-build-isolation --editable .
HOOKLINE_FILE := pyproject.toml
# PYTEST="tests/framework/hooks -x" runs a part.
PARALLEL       = -n auto --dist loadfile $(PYTEST)
# Coverage is worth its price once a push: a whole run measures it, which `make check` looks at.
EVERYTHING     = -m "not soak" $(PARALLEL) $(if $(PYTEST),,--cov --cov-report=)
# Pipelines call `make test` as in every project, and have the time for everything.
TESTS          = $(if $(filter true,$(CI)),$(EVERYTHING),-m "not slow and not soak" $(PARALLEL))

.PHONY: test-slow test-all new wheel soak fix lock docs bench bench-peers tools chain

test-slow: $(VENV)/.dev ## run the tests that `make test` leaves out because they are slow by their nature
	@$(BIN)/python -m pytest -m "slow and not soak" $(PARALLEL) $(if $(JUNIT),--junit-xml=$(JUNIT))

test-all: $(VENV)/.dev ## run the everyday tests and the slow ones, and measure coverage
	@$(BIN)/python -m pytest $(EVERYTHING) $(if $(JUNIT),--junit-xml=$(JUNIT))

new: $(VENV)/.train ## make a new project (TO=../churn, and WITH="--example iris" if it shall not ask)
	@$(BIN)/hookline new $(if $(TO),"$(TO)") $(WITH)

wheel: $(VENV)/.train ## build the wheel that projects are brought up to date with, into dist/
	@$(BIN)/python -m hookline.scaffold.pack dist

soak: $(VENV)/.dev ## run the long tests too
	@$(BIN)/python -m pytest $(PYTEST)

tools: $(VENV)/.dev ## install the real programs for `make chain` into ~/.cache/hookline-tools
	@$(BIN)/python -m tests.chain.install

# Two workers: much of it waits. PYTEST="tests/chain/test_kill.py -n 0" runs a part in one.
chain: tools ## run the tests that speak to real programs
	@$(BIN)/python -m pytest -m "not soak" -n 2 --dist loadfile --no-loadscope-reorder $(if $(PYTEST),$(PYTEST),tests/chain)

check: $(VENV)/.dev ## check style, types, layers, sizes, spelling, coverage of the last `make test-all`
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/codespell
	@$(BIN)/python -m tests.house
	@test -e .coverage || $(MAKE) test-all
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
