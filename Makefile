PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test test-long faults lint bench browser screenshots lock

# The locks name every package that an install brings, with its version and the hashes of its files. Usually they only fix
# the versions, so that other platforms and other builds of PyTorch install too. LOCKED=1, as in CI, installs from the
# lock alone and refuses a file whose hash it does not have.
ifdef LOCKED
install = $(BIN)/pip install -q --require-hashes -r $(1).lock
else
install = sed -e '/^ *--hash/d' -e 's/ \\$$//' $(1).lock > $(VENV)/$(1).versions && \
	$(BIN)/pip install -q -r $(1).txt -c $(VENV)/$(1).versions
endif

run: $(VENV)/.run
	$(BIN)/streamlit run app.py

# A file at a time goes to each of up to four processes, so that what tests of one file share is made once; one thread
# each, as threads of several processes would only wait for one another.
TESTS := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder
test: $(VENV)/.dev browser
	$(TESTS)

# The tests marked `long`: more cases of what `make test` shows in one, and the load of many sessions.
test-long: $(VENV)/.dev browser
	$(TESTS) -m "long and not demo"

# Each fault as often as docs/reliability.md says, with its figures; under 20 minutes on two quiet cores. First what is
# timed, alone; then all other faults, two files at a time.
FAULTS := ODAP_FAULTS=$${ODAP_FAULTS:-100} OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not demo" --durations=25
TIMED := tests/faults/test_app_load.py tests/faults/test_store_stress.py
faults: $(VENV)/.dev browser
	$(FAULTS) $(TIMED)
	$(FAULTS) -n 2 --dist loadfile tests/faults $(TIMED:%=--ignore=%)

# What mypy checks, and how strictly, stands in pyproject.toml.
lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# How fast the trainer is, beside its rivals; what came out is written down in benchmarks/speed.md.
bench: $(VENV)/.dev
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/questions.py

# The pictures of the README: the demo comparison at full size, from its one button, about ten minutes.
screenshots: $(VENV)/.dev browser
	ODAP_SCREENSHOTS=docs/screenshots $(BIN)/python -m pytest tests/e2e/test_demo.py -m demo --timeout 3600

browser: $(VENV)/.dev
	$(BIN)/python tests/e2e/browser.py

$(VENV)/.run: requirements.txt requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(call install,requirements)
	touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.txt requirements-dev.lock
	$(call install,requirements-dev)
	touch $@

# After a change of requirements*.txt: write the locks anew, other versions kept where they still fit.
LOCK = $(BIN)/uv pip compile -q --no-config --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
	--no-header --no-emit-index-url --no-emit-find-links
lock:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q $(shell sed -n 's/^\(uv==[^ ]*\).*/\1/p' requirements-dev.txt)
	$(LOCK) requirements.txt -o requirements.lock
	$(LOCK) -c requirements.lock requirements-dev.txt -o requirements-dev.lock
