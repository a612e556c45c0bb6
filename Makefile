PYTHON  ?= python3
PROFILE ?= cpu
DEVICE  ?= cpu
STYLE   ?=
PRECISION ?=

BIN   = .venv/bin
HASH := $(shell $(PYTHON) -c "import hashlib; print(hashlib.sha256(open('pyproject.toml', 'rb').read()).hexdigest()[:12])")
STAMP = .venv/.installed-$(HASH)
BROWSER_STAMP = .venv/.browser-$(HASH)

# Without these, glibc gives every large tensor back to the system and gets it again page by page: a pass of the loss
# network takes up to three times as long. Other systems ignore them.
export MALLOC_MMAP_THRESHOLD_ = 4294967296
export MALLOC_TRIM_THRESHOLD_ = 8589934592
export MALLOC_TOP_PAD_        = 268435456

.DEFAULT_GOAL := help
.PHONY: help reproduce report status test test-fuzz test-browser lint lab bench distill data clean

help: ## this list
	@grep -hE '^[a-z%-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | awk -F'|' '{printf "  make %-18s %s\n", $$1, $$2}'

$(STAMP): pyproject.toml
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || { echo "dynnet needs Python 3.11 or newer; set PYTHON=python3.x"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[test]"
	@rm -f .venv/.installed-*; touch $@

$(BROWSER_STAMP): $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[browser]"
	@touch $@

reproduce: $(STAMP) ## every notebook, from the shipped checkpoints -> figures/, build/index.html (PROFILE=cpu DEVICE=cpu)
	$(BIN)/dynnet reproduce all --profile $(PROFILE) --device $(DEVICE)

reproduce-%: $(STAMP) ## one figure, e.g. make reproduce-fig3 (PROFILE=cpu DEVICE=cpu)
	$(BIN)/dynnet reproduce $* --profile $(PROFILE) --device $(DEVICE)

report: $(STAMP) ## build/index.html from the figures and executed notebooks there are
	$(BIN)/dynnet report

status: $(STAMP) ## what is reproduced: every claim with its number, band and verdict
	$(BIN)/dynnet status

train-%: $(STAMP) ## a figure's networks from scratch, e.g. make train-fig3 (PROFILE=cpu or paper, STYLE=painting.jpg, PRECISION=bf16-mixed)
	$(BIN)/dynnet train $* --profile $(PROFILE) --device $(DEVICE) $(if $(STYLE),--style "$(STYLE)") $(if $(PRECISION),--precision $(PRECISION))

test: $(STAMP) lint ## lint, unit tests, and every notebook with the smoke profile
	$(BIN)/python -m pytest

test-fuzz: $(STAMP) ## damaged pictures, checkpoints, recipes, tables, manifests and records by the thousand, and the tally
	DYNNET_FUZZ=1 $(BIN)/python -m pytest -m fuzz tests/fuzz

test-browser: $(BROWSER_STAMP) ## every notebook in JupyterLab in a browser, its sliders moved; needs Chromium (apt install chromium)
	$(BIN)/python -m pytest -rs -m browser tests/browser

lint: $(STAMP) ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

lab: $(STAMP) ## JupyterLab on notebooks/
	$(BIN)/jupyter lab --notebook-dir=notebooks

bench: $(STAMP) ## speed and memory, as ratios measured in one run
	$(BIN)/dynnet bench

distill: $(STAMP) ## the feature network vgg19_lite from VGG19
	$(BIN)/dynnet distill

data: $(STAMP) ## fetch CelebA, MS-COCO and VGG16 for PROFILE=paper (15 GB)
	$(BIN)/dynnet data

clean: ## remove what was made: build, caches, unfinished trainings, .venv
	rm -rf .venv build runs data/cache .pytest_cache .ruff_cache .hypothesis *.egg-info
