# The targets of hookline's own repository. The Makefile, which every project has, brings this file in if it is here.
FRAMEWORK     := yes
HOOKLINE      := --no-build-isolation --editable .
HOOKLINE_FILE := pyproject.toml
# A whole run also measures coverage, which `make check` looks at; PYTEST="tests/framework/hooks -x" runs a part.
TESTS          = -m "not soak" -n auto --dist loadfile $(if $(PYTEST),$(PYTEST),--cov --cov-report=)

.PHONY: new wheel soak fix lock docs bench bench-peers tools chain

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
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(if $(PYTEST),$(PYTEST),tests/chain)

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
