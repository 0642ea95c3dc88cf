# From a fresh clone: `make demo` and `make test` need Python 3.11 to 3.13, make and git.
# Environments are made once. A stamp file in each shows that its packages are installed.

PYTHON ?= python3
# Epochs of the convnet of the demo, so that it takes two minutes. Empty: the default of the family.
EPOCHS ?= 10
# Number of pytest processes. Each loads TensorFlow (about 1.5 GB), so it is not the core count.
JOBS ?= 2

VENV := .venv
TEST_VENV := .venv-test
LINT_VENV := .venv-lint
TFIO_VENV := .venv-tfio
DOCS_VENV := .venv-docs

CORPUS := examples/data/spoken_digits
# The ten digits in a voice that is not in the training data of the demo.
SPOKEN := $(foreach digit,0 1 2 3 4 5 6 7 8 9,$(CORPUS)/clips/$(digit)/s22-0.flac)
SETTINGS := setup.cfg pyproject.toml
# Includes folders, because their time changes when a file is removed.
SOURCES := $(SETTINGS) README.md LICENSE $(shell find kapre_like models -name __pycache__ -prune -o -print)
# Only setup.cfg contains the pinned versions. torch is installed first and separately, because a
# version range of another package could choose a build with gigabytes of GPU libraries.
TORCH = $(shell sed -n 's/^ *\(torch==[^ ]*\).*/\1/p' setup.cfg)
RUFF = $(shell sed -n 's/^ *\(ruff==[^ ]*\).*/\1/p' setup.cfg)

# `worksteal`: the tests of a file run in one process, until an idle process takes some of them.
# Python and pytest do not put the working folder on their path, so that the wheel is tested.
PYTEST := PYTHONSAFEPATH=1 KAPRE_LIKE_TEST_INSTALLED=1 $(TEST_VENV)/bin/pytest -n $(JOBS) --dist worksteal -rs

.PHONY: help demo test test-slow test-backends test-backends-full test-tfio mutations kapre-fixtures kapre-side-by-side docs docs-links tables lint format bench clean distclean check-python
.DELETE_ON_ERROR:

help:
	@echo "make demo           compare a boosted tree and a convnet on the spoken digits, export, predict"
	@echo "make test           build the wheel, install it in $(TEST_VENV), run the test suite"
	@echo "make test-backends  run the layer tests on JAX and on PyTorch, one configuration of each kind"
	@echo "make test-backends-full  run them in every configuration"
	@echo "make test-tfio      test decoding inside the graph, in an environment with TensorFlow 2.16"
	@echo "make mutations      put forty bugs into copies of the code; a test must fail for each"
	@echo "make test-slow      run the tests that take minutes"
	@echo "make kapre-side-by-side  compare the Kapre facade with Kapre 0.4.1, over the whole grid"
	@echo "make kapre-fixtures      write the reference data of Kapre 0.4.1 again"
	@echo "make docs           build docs/_build/html/index.html; warnings are errors; needs no network"
	@echo "make docs-links     build the site and check the links to other sites"
	@echo "make tables         write the lists and tables of layers and settings from the code"
	@echo "make lint           run ruff check and ruff format --check (make format changes the files)"
	@echo "make bench          run every benchmark, quickly"
	@echo "make clean          remove built files and demo/ (make distclean: also the environments)"

check-python:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else "kapre-like needs Python 3.11 to 3.13; $(PYTHON) is %d.%d. Name another: make PYTHON=python3.12 ..." % v)' \
		|| { echo "(Python command: $(PYTHON))" >&2; exit 1; }

# Keeps an environment that works, and makes a broken or incomplete one again.
define environment
	@$(1)/bin/python -m pip --version >/dev/null 2>&1 || { \
		echo "Making $(1)"; rm -rf $(1) && $(PYTHON) -m venv $(1); }
	@$(1)/bin/python -m pip install --quiet --upgrade pip
endef

# --- the demo -------------------------------------------------------------------------------

# Editable, so that a changed source needs no new install. Each such install causes a warning of
# setuptools, which ARCHITECTURE.md explains. Errors are still shown.
$(VENV)/.installed: $(SETTINGS) | check-python
	$(call environment,$(VENV))
	@echo "Installing kapre-like and its requirements into $(VENV) (minutes, once)"
	PYTHONWARNINGS=ignore $(VENV)/bin/python -m pip install --quiet --editable '.[all]'
	@touch $@

demo: $(VENV)/.installed
	$(VENV)/bin/kapre-like compare $(CORPUS)/manifest.csv --models boosted,vgg \
		$(if $(EPOCHS),--epochs $(EPOCHS)) --out demo --overwrite
	@rm -rf demo/savedmodel
	$(VENV)/bin/kapre-like export demo/vgg --format savedmodel --out demo/savedmodel
	@echo
	@echo "Predictions of the SavedModel, in a process that does not import kapre_like:"
	@$(VENV)/bin/python examples/predict_savedmodel.py demo/savedmodel $(SPOKEN) 2>demo/serving.log \
		|| { cat demo/serving.log >&2; exit 1; }
	@echo
	@echo "Report       demo/report.html   (open it in a browser)"
	@echo "Models       demo/boosted  demo/vgg   ($(VENV)/bin/kapre-like predict demo/boosted FILE...)"
	@echo "SavedModel   demo/savedmodel   (from sound to label; examples/predict_savedmodel.py calls it)"

# --- tests ----------------------------------------------------------------------------------

$(TEST_VENV)/.made: | check-python
	$(call environment,$(TEST_VENV))
	@touch $@

# Removes `build` first, because setuptools would put deleted source files into the wheel.
$(TEST_VENV)/.wheel: $(SOURCES) | $(TEST_VENV)/.made
	@rm -rf build dist
	$(TEST_VENV)/bin/python -m pip wheel --quiet --no-deps --wheel-dir dist .
	@rm -rf build
	@touch $@

$(TEST_VENV)/.dependencies: $(SETTINGS) | $(TEST_VENV)/.wheel
	@echo "Installing kapre-like and the requirements of its tests into $(TEST_VENV) (minutes, once)"
	$(TEST_VENV)/bin/python -m pip install --quiet '$(TORCH)'
	$(TEST_VENV)/bin/python -m pip install --quiet "$$(ls dist/kapre_like-*.whl)[all,backends,test]"
# Packages for comparison. Without dependencies, because Kapre requires older packages than it needs.
	$(TEST_VENV)/bin/python -m pip install --quiet --no-deps kapre==0.4.1 nnaudio==0.3.4 \
		musicnn==0.1.0 panns-inference==0.1.1 torchvggish==0.2
# It has wheels for few systems. Without it, the tests of its network are skipped.
	$(TEST_VENV)/bin/python -m pip install --quiet --no-deps pyopen-wakeword==1.1.0 \
		|| echo "pyopen-wakeword could not be installed: tests of speech_embedding are skipped"
	@touch $@

$(TEST_VENV)/.installed: $(TEST_VENV)/.wheel $(TEST_VENV)/.dependencies
	$(TEST_VENV)/bin/python -m pip install --quiet --no-deps --force-reinstall dist/kapre_like-*.whl
	@touch $@

test: $(TEST_VENV)/.installed
	$(PYTEST) -m "not slow" $(ARGS)

test-slow: $(TEST_VENV)/.installed
	$(PYTEST) -m slow $(ARGS)

test-backends: $(TEST_VENV)/.installed
	@failed=0; for backend in jax torch; do echo "KERAS_BACKEND=$$backend"; \
		KERAS_BACKEND=$$backend $(PYTEST) -m "backends and not slow" $(ARGS) || failed=1; \
	done; exit $$failed

test-backends-full: export KAPRE_LIKE_BACKENDS = full
test-backends-full: test-backends

# The last tensorflow-io loads only on TensorFlow 2.16, which has no wheel for Python 3.13.
$(TFIO_VENV)/.installed: $(TEST_VENV)/.wheel
	$(call environment,$(TFIO_VENV))
	$(TFIO_VENV)/bin/python -m pip install --quiet "$$(ls dist/kapre_like-*.whl)[tfio]" pytest
	$(TFIO_VENV)/bin/python -m pip install --quiet --no-deps --force-reinstall dist/kapre_like-*.whl
	@touch $@

test-tfio: $(TFIO_VENV)/.installed
	PYTHONSAFEPATH=1 $(TFIO_VENV)/bin/pytest -rs tests/test_audio_tfio.py $(ARGS)

# A single bug: make mutations ARGS="--only NAME"
mutations: $(TEST_VENV)/.installed
	cd tests && ../$(TEST_VENV)/bin/python -m mutations.run $(ARGS)

# --- the real Kapre --------------------------------------------------------------------------

# The test environment contains Kapre, installed with `--no-deps` (see above).
kapre-side-by-side: $(TEST_VENV)/.installed
	$(PYTEST) -m slow tests/test_kapre_side_by_side.py $(ARGS)

# Runs without kapre_like, and in tests/, so that `kapre_reference` can be imported.
kapre-fixtures: $(TEST_VENV)/.dependencies
	cd tests && KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=2 ../$(TEST_VENV)/bin/python -m kapre_reference.make

# --- the site -------------------------------------------------------------------------------

$(DOCS_VENV)/.installed: $(SETTINGS) | check-python
	$(call environment,$(DOCS_VENV))
	@echo "Installing kapre-like and Sphinx into $(DOCS_VENV) (minutes, once)"
	PYTHONWARNINGS=ignore $(DOCS_VENV)/bin/python -m pip install --quiet --editable '.[docs]'
	@touch $@

# -E, because pages are made from the code, and Sphinx does not detect its changes. -W makes
# warnings errors, including those about broken links inside the site.
SPHINX := $(DOCS_VENV)/bin/python -m sphinx -E -W --keep-going -q

docs: $(DOCS_VENV)/.installed
	$(SPHINX) -b html docs docs/_build/html
	@echo "Site         docs/_build/html/index.html   (open it in a browser)"

docs-links: $(DOCS_VENV)/.installed
	$(SPHINX) -b linkcheck docs docs/_build/links

# --- lists and tables -----------------------------------------------------------------------

# layer_tables.py is first, because it writes the imports of the layers that the others need.
tables: $(VENV)/.installed
	$(VENV)/bin/python tests/layer_tables.py
	$(VENV)/bin/python tests/export_page.py
	$(VENV)/bin/python tests/family_pages.py

# --- the rest -------------------------------------------------------------------------------

$(LINT_VENV)/.installed: setup.cfg | check-python
	$(call environment,$(LINT_VENV))
	$(LINT_VENV)/bin/python -m pip install --quiet '$(RUFF)'
	@touch $@

lint: $(LINT_VENV)/.installed
	$(LINT_VENV)/bin/ruff check .
	$(LINT_VENV)/bin/ruff format --check .

format: $(LINT_VENV)/.installed
	$(LINT_VENV)/bin/ruff check --fix .
	$(LINT_VENV)/bin/ruff format .

# A smoke test of every benchmark. The docstring of each file has the command of the full run.
bench: $(TEST_VENV)/.installed
	@for file in benchmarks/bench_*.py; do \
		case $$file in *catboost_settings*|*feature_groups*) data=$(CORPUS)/manifest.csv ;; *) data= ;; esac; \
		echo "== $$file --quick $$data"; \
		$(TEST_VENV)/bin/python $$file --quick $$data || exit 1; done

clean:
	rm -rf build dist demo docs/_build docs/_made docs/layers docs/benchmarks kapre_like.egg-info .pytest_cache .ruff_cache .mypy_cache catboost_info
	find . -name __pycache__ -not -path './.venv*' -prune -exec rm -rf {} +

distclean: clean
	rm -rf $(VENV) $(TEST_VENV) $(LINT_VENV) $(TFIO_VENV) $(DOCS_VENV)
