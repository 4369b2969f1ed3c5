# Everything a person does with this project. `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help env demo samples data explain inspect report pretrain finetune runs eval bench test lint types imports tests \
	coverage rest build clean

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   ?= .venv
RUN    := $(VENV)/bin/python

SAMPLES := build/samples
# Where the raw datasets are, RAW/<dataset>/...; the sample corpora unless told otherwise.
RAW    ?= $(SAMPLES)
# What is made of them. Each raw root gets its own folder, so that real and sample data never mix.
DATA   ?= data/$(notdir $(abspath $(RAW)))
# DATA in an object store (docs/storage.md) has no files that make could look at: there `make data`
# comes first, and every command says what it lacks.
REMOTE := $(filter s3://% gs://%,$(DATA))
# $(call made,PATH): the file of DATA that a target needs, which `make data` makes where it is not.
made    = $(if $(REMOTE),,$(DATA)/$(1))
# full: VGG16 at 960x576, for accelerators. lite: the same design, narrow, for two CPU cores.
PRESET ?= lite
# More options for the command at hand: of normalize for `make data` (ARGS="--only icdar15"), of
# train and evaluate for the others (ARGS="--set pretrain.steps=100").
ARGS   ?=
# A run that is gone on with (ARGS=--resume) knows its preset.
WITH   := $(if $(findstring --resume,$(ARGS)),,--preset $(PRESET))
# Decisions of people about the data; other data, other folder.
DECISIONS ?= validation/decisions
DECIDED := --decisions $(DECISIONS)
# Mixes of your own, files for `make data` to make shards of (default: the project's): MIXES="a.yaml b.yaml".
MIXES ?=
# The mix, by name, that pretrain, finetune and eval are about (default: pretrain, finetune, test).
MIX    ?=
# Train on so many devices of this machine: make pretrain WORKERS=8 ARGS="--device GPU".
WORKERS ?=
# The benchmarks, by name, that make bench runs (default: all): ONLY=normalize,shard.
ONLY ?=
TOGETHER := $(if $(WORKERS),--workers $(WORKERS))

# Processes that tests run in, each with up to 3 GB: as many as there are cores, at most four.
TEST_JOBS ?= $(shell cores=$$(nproc 2>/dev/null || echo 2); echo $$((cores < 4 ? cores : 4)))

# make parts names at spaces, and would write into another folder.
$(foreach name,RAW DATA DECISIONS,$(if $(word 2,$($(name))),$(error $(name)="$($(name))" has a space, \
which make cannot keep together; give a link without one (ln -s), or run the commands of README.md)))

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12
	@echo
	@echo "now RAW=$(RAW) DATA=$(DATA) PRESET=$(PRESET) ARGS=$(ARGS); each can be given:"
	@echo "make data RAW=path/to/RAW    make pretrain RAW=path/to/RAW ARGS=\"--set pretrain.steps=100\""

env: $(VENV)/.ready ## the Python environment, from the lock file

$(VENV)/.ready: requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	touch $@

demo: env ## sample corpora -> data -> pretrain -> finetune -> scores, with the demo preset
	for target in data report pretrain finetune eval; do \
		$(MAKE) --no-print-directory $$target RAW=$(SAMPLES) PRESET=demo; \
	done

samples: $(SAMPLES)/.ready ## sample corpora of all six datasets in their native formats

$(SAMPLES)/.ready: $(VENV)/.ready $(shell find pipelines/samples pipelines/datasets -name '*.py' 2>/dev/null)
	$(RUN) -m pipelines samples --raw $(SAMPLES)
	touch $@

# What `make data` would do, and why; nothing is done.
EXPLAIN ?=
TELL := $(if $(EXPLAIN),--explain)

explain: ## what `make data` would do for every stage and split, and why; does nothing
	$(MAKE) --no-print-directory data RAW=$(RAW) DATA=$(DATA) EXPLAIN=1

data: env $(if $(filter $(SAMPLES),$(RAW)),$(SAMPLES)/.ready) ## normalize -> decide -> statistics -> gate -> shards
	$(RUN) -m pipelines normalize --raw $(RAW) --data $(DATA) $(TELL) $(ARGS)
	$(RUN) -m pipelines decide --data $(DATA) $(DECIDED) $(TELL)
	$(RUN) -m pipelines statistics --data $(DATA) $(TELL)
	$(RUN) -m validation check --data $(DATA) $(DECIDED) $(TELL)
	$(RUN) -m pipelines shard --data $(DATA) $(DECIDED) $(if $(MIXES),--mix $(MIXES)) $(TELL)

inspect: | $(call made,manifests) ## labels that CTPN cannot learn, or a detector doubts (about a second a picture)
	$(RUN) -m model inspect --data $(DATA) $(ARGS)

report: | $(call made,manifests) ## data quality pages: DATA/report/index.html
	$(RUN) -m model inspect --data $(DATA) --no-detector
	$(RUN) -m validation report --data $(DATA) $(DECIDED)

pretrain: $(call made,shards/$(or $(MIX),pretrain)/shards.json) ## train on the pretrain mix (ARGS=--resume goes on with the last)
	$(RUN) -m model train --task pretrain --data $(DATA) $(WITH) $(if $(MIX),--mix $(MIX)) $(TOGETHER) $(DECIDED) $(ARGS)

finetune: $(call made,shards/$(or $(MIX),finetune)/shards.json) ## train on the finetune mix, from the last pretrain
	$(RUN) -m model train --task finetune --data $(DATA) $(WITH) $(if $(MIX),--mix $(MIX)) $(TOGETHER) $(DECIDED) $(ARGS)

runs: env ## list the trainings below DATA with their scores
	$(RUN) -m model runs --data $(DATA) $(ARGS)

eval: $(call made,shards/$(or $(MIX),test)/shards.json) ## score the last checkpoint on the test mix (or MIX=), and say why
	$(RUN) -m model evaluate --data $(DATA) --mix $(or $(MIX),test) $(ARGS)

ifndef REMOTE
$(DATA)/manifests:
	$(MAKE) data RAW=$(RAW) DATA=$(DATA) ARGS=

$(DATA)/shards/%/shards.json:
	$(MAKE) data RAW=$(RAW) DATA=$(DATA) ARGS=
endif

bench: env ## ours beside plain versions: the table of docs/performance.md (ONLY=normalize,shard; ARGS=--quick)
	$(RUN) -m benchmarks.suite $(if $(ONLY),--only $(ONLY)) $(ARGS)

test: env ## lint, types, import rules, all tests with coverage of some, the wheel: each with its time
	@for stage in lint types imports coverage rest build; do \
		echo "== $$stage"; began=$$SECONDS; \
		$(MAKE) --no-print-directory $$stage || exit 1; \
		echo "== $$stage: $$((SECONDS - began)) s"; \
	done

lint: env ## style
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .

types: env ## types
	$(RUN) -m mypy

imports: env ## who may import whom
	$(VENV)/bin/lint-imports

# The tests of one file stay together, for they share what they prepare.
SPREAD := -n $(TEST_JOBS) --dist loadfile

tests: env ## the tests alone
	$(RUN) -m pytest -q $(SPREAD)

# The tests of what [tool.coverage.run] of pyproject.toml names.
COVERED := tests/pipelines/datasets tests/pipelines/sources tests/manifests/verification tests/model/protocols \
	$(addprefix tests/pipelines/test_,$(addsuffix .py,convert jsonstream lines paired)) \
	$(addprefix tests/manifests/test_,$(addsuffix .py,geometry mixes reading writing)) \
	$(addprefix tests/model/,explain/test_outcomes.py explain/test_overlaps.py test_lines.py test_links.py)

coverage: env ## branches of parsers, manifests and scores that the tests miss; fails where there are more than a few
	mkdir -p build
	$(RUN) -m coverage run -m pytest -q $(COVERED)
	$(RUN) -m coverage report --precision=1 --fail-under=98 --include='pipelines/*'
	$(RUN) -m coverage report --precision=1 --fail-under=97 --include='manifests/*'
	$(RUN) -m coverage report --precision=1 --fail-under=99 --include='model/*'

rest: env ## the tests that `make coverage` does not run
	$(RUN) -m pytest -q $(SPREAD) $(addprefix --ignore=,$(COVERED))

build: env ## the wheel: build/dist
	rm -rf build/lib build/dist
	$(RUN) -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation -w build/dist .

clean: ## remove what was made, but for the environment
	rm -rf build data
