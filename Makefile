# Everything a newcomer needs: `make run`, `make test`. README has the plain pip equivalents.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501

# What is numerics alone: arrays in, arrays out. Checked for shapes in continuous integration.
NUMERICS := tests/numerics
SHAPED := -m "not browser" --jaxtyping-packages=substrate,beartype.beartype

# Tests of one file stay in one process. The browser's run beside the others and are shown after
# them: each file has a server and a Chromium of its own, and waits half of the time.
PARALLEL := -n auto --maxprocesses 4 --dist loadfile
BROWSERS := -n 2 --dist loadfile

.PHONY: run test test-shapes check-shapes check bench mutants docs gallery pictures clean

run: $(VENV)/.runtime
	$(BIN)/python -m streamlit run app.py --server.port $(PORT)

test: $(VENV)/.dev
	$(BIN)/python tests/support/browser_setup.py
	@unit=0; browser=0; log=$$(mktemp); trap 'kill $$!; rm -f $$log' INT TERM; set -x; \
	$(BIN)/python -m pytest -m browser $(BROWSERS) $(ARGS) > $$log 2>&1 & \
	$(BIN)/python -m pytest -m "not browser" $(PARALLEL) $(ARGS) || unit=$$?; \
	wait $$! || browser=$$?; cat $$log; rm -f $$log; \
	case $$unit-$$browser in 0-0|0-5|5-0) ;; *) exit 1; esac  # 5: ARGS names none of this part

test-shapes: $(VENV)/.dev
	$(BIN)/python -m pytest $(SHAPED) $(PARALLEL) $(ARGS)

check-shapes: $(VENV)/.dev
	$(BIN)/python -m pytest $(SHAPED) $(PARALLEL) $(NUMERICS) $(ARGS)

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.bench
	$(BIN)/python -m benchmarks $(ARGS)

# Small faults put into the code, to see which of them no test notices: ARGS="--seed 1 --count 30".
mutants: $(VENV)/.dev
	$(BIN)/python -m benchmarks.mutants $(ARGS)

# The pictures of the README, from a store with a finished run of the default study.
pictures: $(VENV)/.dev
	$(BIN)/python -m tests.support.screenshots $(STORE)

docs: $(VENV)/.dev
	$(BIN)/python -m substrate docs

# The run that pages show until there is another: data/gallery, made again when analyses change.
gallery: $(VENV)/.runtime
	$(BIN)/python -m substrate gallery

$(BIN)/python:
	$(or $(shell command -v $(PYTHON)),python3) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/.runtime: requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet -r requirements.txt
	touch $@

$(VENV)/.dev: requirements-dev.txt requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	touch $@ $(VENV)/.runtime

$(VENV)/.bench: requirements-bench.txt $(VENV)/.dev
	$(BIN)/python -m pip install --quiet -r requirements-bench.txt
	touch $@

clean:
	rm -rf build .pytest_cache .mypy_cache .ruff_cache .hypothesis
