# Everything starts from here; `make` lists the targets.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# The steps of set-up build on each other.
.NOTPARALLEL:
BIN := .venv/bin
PYTEST_ARGS ?=
# For tests without an engine; those with one get in each other's way.
TEST_WORKERS ?= 2
UP_ARGS ?=
# By their first line; the dot stands for the sign that would begin a comment here.
SHELL_SCRIPTS = $(shell git grep --untracked -lE '^(.!/bin/(ba)?sh|. shellcheck shell=sh)$$' -- ':!*.py' ':!*.md' ':!Makefile')

# An engine of ours at a place of its own: see setup/engine.sh.
ifdef RALEX_ENGINE_SOCKET
export DOCKER_HOST := unix://$(RALEX_ENGINE_SOCKET)
endif

# Where TLS is intercepted, builds must trust what this machine trusts.
CA_BUNDLE := $(or $(SSL_CERT_FILE),/etc/ssl/certs/ca-certificates.crt)
CA_SECRET = $(if $(wildcard $(CA_BUNDLE)),--secret id=ca$(,)src=$(CA_BUNDLE))
, := ,

##@ Use
.PHONY: up
up: setup ## Set up what is missing and bring up the stack (UP_ARGS: further arguments)
	@$(BIN)/ralex-stack up --yes $(UP_ARGS)

.PHONY: down
down: setup-cli ## Stop the stack and keep its data
	@$(BIN)/ralex-stack down

.PHONY: setup
setup: setup-cli setup-engine ## Python environment, Docker engine, base image

.PHONY: engine-stop
engine-stop: ## Stop the Docker engine that set-up started, and no other
	@setup/engine.sh stop

##@ Check
.PHONY: test
test: test-unit test-integration ## All tests; arguments for a part go to the targets below

.PHONY: test-integration
test-integration: setup-dev setup-engine ## Tests with real containers (PYTEST_ARGS)
	@$(BIN)/pytest tests/integration $(PYTEST_ARGS)

.PHONY: test-long
test-long: setup-dev setup-engine ## What `make test` leaves out: all bad days, up and down stopped at every step (PYTEST_ARGS)
	@timeout 2400 $(BIN)/pytest tests/integration -m long $(PYTEST_ARGS)

.PHONY: test-unit
test-unit: setup-dev ## Tests that need no engine (PYTEST_ARGS, TEST_WORKERS)
	@$(BIN)/pytest tests/unit tests/golden tests/setup --numprocesses $(TEST_WORKERS) $(PYTEST_ARGS)

.PHONY: golden
golden: setup-dev ## Compare rendered files and generated pages with the recorded ones
	@$(BIN)/pytest tests/golden $(PYTEST_ARGS)

.PHONY: lint
lint: setup-dev ## Style of Python and shell
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/shellcheck --external-sources --exclude SC1091 $(SHELL_SCRIPTS)

.PHONY: format
format: setup-dev ## Put Python in the one format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: types
types: setup-dev ## Types, strictly
	@$(BIN)/mypy
	@$(BIN)/mypy setup/detach.py
	@$(BIN)/mypy -p tools
	@MYPYPATH=stack/opencode/sandbox $(BIN)/mypy --explicit-package-bases stack/opencode/sandbox/*.py
	@MYPYPATH=stack/embedder $(BIN)/mypy --explicit-package-bases stack/embedder/*.py

.PHONY: check
check: lint types golden lock-check test ## Everything

.PHONY: bench
bench: setup-dev setup-engine ## Measure against Tutor, Compose, LiteLLM and OpenCode alone (QUICK=1)
	@$(BIN)/python -m bench $(if $(QUICK),--quick)

##@ Generate
.PHONY: lock
lock: setup-dev ## Write locks/ (UPGRADE=1: take the newest versions)
	@setup/lock.sh $(if $(UPGRADE),--upgrade)

.PHONY: lock-check
lock-check: setup-dev ## Fail when a lock does not match what asks for it
	@setup/lock.sh --check

.PHONY: lock-apt
lock-apt: setup ## Record the Debian packages of the images, with version and hash
	@docker buildx build --target apt-lock $(CA_SECRET) --output locks .

.PHONY: docs
docs: setup-dev ## Write what is generated: pages on settings, errors, import and benchmarks, names for completion
	@$(BIN)/python -m ralex_stack.settings.reference docs/settings.md
	@$(BIN)/python -m ralex_stack.catalogue.page docs/troubleshooting.md
	@$(BIN)/python -m ralex_stack.legacy.page docs/import.md
	@$(BIN)/python -m bench.page docs/benchmarks.md
	@$(BIN)/python -m ralex_stack.cli.names ralex_stack/cli/names.json

.PHONY: recording
recording: setup-dev setup-engine ## Run the quick start on a terminal and record it for the README
	@$(BIN)/python -m tools.recording docs/recording

##@ Other
.PHONY: setup-cli
setup-cli:
	@setup/python.sh cli

.PHONY: setup-dev
setup-dev:
	@setup/python.sh dev

.PHONY: setup-engine
setup-engine:
	@setup/engine.sh
	@setup/base-image.sh

.PHONY: clean
clean: ## Remove caches and the Python environment; stacks and the engine stay
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help
help: ## This list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
