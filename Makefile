# Every target makes what it needs and asks nothing; the second time it goes straight to work.

PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help

.PHONY: help demo test app bench lint chromium

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: .venv/.ready  ## the main job: every policy under the default scenario, compared
	@$(BIN)/hedgelab demo

app: .venv/.ready  ## the laboratory in the browser
	@$(BIN)/hedgelab app

test: .venv/.ready chromium  ## all tests, those in the browser too
	@$(BIN)/pytest -n 2

bench: .venv/.ready  ## every benchmark, one after the other
	@set -e; for file in benchmarks/bench_*.py; do \
	    [ -e "$$file" ] || { echo "there is no benchmarks/bench_*.py"; exit 1; }; \
	    echo "== $$file"; $(BIN)/python "$$file"; \
	done

lint: .venv/.ready  ## style and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

# The stamp is written last: an environment without it, or one older than what it was made from, is installed into.
.venv/.ready: pyproject.toml constraints.txt
	@[ -x $(BIN)/python ] || $(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || \
	    { echo "Hedgelab needs Python 3.11, 3.12 or 3.13; name one: make PYTHON=python3.12"; exit 1; }
	@[ -x $(BIN)/python ] || { echo "making .venv"; $(PYTHON) -m venv .venv; }
	@echo "installing into .venv (some minutes the first time)"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt -e '.[cluster,dev,fast]'
	@touch $@

# The browser tests drive Debian's Chromium; Playwright's own browsers are not used.
chromium:
	@command -v chromium >/dev/null && exit 0; \
	root=; [ "$$(id -u)" = 0 ] || root="sudo -n"; \
	echo "installing chromium for the browser tests"; \
	command -v apt-get >/dev/null \
	    && { [ -z "$$root" ] || $$root true 2>/dev/null; } \
	    && $$root env DEBIAN_FRONTEND=noninteractive apt-get -qq update \
	    && $$root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium >/dev/null \
	    && command -v chromium >/dev/null \
	    || { echo "the browser tests need the command chromium, and it could not be installed here:" \
	              "install it by hand (Debian: apt-get install chromium), then run make test again"; exit 1; }
