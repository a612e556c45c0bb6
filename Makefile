PYTHON  ?= python3
PROFILE ?= cpu
DEVICE  ?= cpu
STYLE   ?=
PRECISION ?=
# TORCH=cpu: the build of PyTorch without CUDA, some GB smaller, from PyTorch's own index; .venv then stays with it.
# By default everything comes from PyPI, whose builds for Linux bring CUDA along.
TORCH   ?= $(shell cat .venv/.torch 2>/dev/null)
UPGRADE ?=
JOBS    ?= 2

TORCH_INDEX = https://download.pytorch.org/whl/cpu
BIN     = .venv/bin
PIP     = $(BIN)/python -m pip --disable-pip-version-check install --quiet
LOCK    = requirements.lock
EXTRAS  = paper onnx strangers film test browser
HASH   := $(shell cat pyproject.toml $(LOCK) | $(PYTHON) -c "import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest()[:12])")
STAMP   = .venv/.installed-$(HASH)

.DEFAULT_GOAL := help
.PHONY: help reproduce report page status test lint lint-page lab bench rendering distill data lock test-fuzz test-zoo test-oldest test-newest clean

help: ## this list
	@grep -hE '^[a-z%-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | awk -F'|' '{printf "  make %-18s %s\n", $$1, $$2}'

$(STAMP): pyproject.toml $(LOCK)
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || { echo "dynnet needs Python 3.11 or newer; set PYTHON=python3.x"; exit 1; }
	$(PYTHON) -m venv .venv
ifeq ($(TORCH),cpu)
	$(PIP) --no-deps --index-url $(TORCH_INDEX) $$(sed -nE 's/^((torch|torchvision)==[^ ]+).*/\1/p' $(LOCK))
	awk '/^[a-z]/ {keep = !/^((torch|torchvision|triton)==|cuda-|nvidia-)/} keep' $(LOCK) > .venv/without-torch.lock
	$(PIP) --no-deps --require-hashes --requirement .venv/without-torch.lock
else
	$(PIP) --no-deps --require-hashes --requirement $(LOCK)
endif
	$(PIP) --no-deps --no-build-isolation --editable .
	@rm -f .venv/.installed-*; echo "$(TORCH)" > .venv/.torch; touch $@

reproduce: $(STAMP) ## every notebook, from the shipped checkpoints -> figures/, build/index.html (PROFILE=cpu DEVICE=cpu TORCH=cpu JOBS=2)
	$(BIN)/dynnet reproduce all --profile $(PROFILE) --device $(DEVICE) --jobs $(JOBS)

reproduce-%: $(STAMP) ## one figure, e.g. make reproduce-fig3 (PROFILE=cpu DEVICE=cpu)
	$(BIN)/dynnet reproduce $* --profile $(PROFILE) --device $(DEVICE)

report: $(STAMP) ## build/index.html from the figures and executed notebooks there are
	$(BIN)/dynnet report

page: $(STAMP) ## the figures as one file that runs the networks in a browser, beside it the executed notebooks -> build/page/ (needs npm once)
	$(BIN)/dynnet page

status: $(STAMP) ## what is reproduced: every claim with its number, band and verdict
	$(BIN)/dynnet status

train-%: $(STAMP) ## a figure's networks from scratch, e.g. make train-fig3 (PROFILE=cpu or paper, STYLE=painting.jpg, PRECISION=bf16-mixed)
	$(BIN)/dynnet train $* --profile $(PROFILE) --device $(DEVICE) $(if $(STYLE),--style "$(STYLE)") $(if $(PRECISION),--precision $(PRECISION))

# Tests compute on one thread each: two side by side take less time than one on two cores.
# What Python compiles for one test is compiled for all processes after it, whatever the environment says.
test: export PYTHONDONTWRITEBYTECODE =
test: $(STAMP) lint ## lint, unit tests, and every notebook with the smoke profile
	$(BIN)/python -m pytest --numprocesses $(JOBS) --dist worksteal

test-%: $(STAMP) ## what `make test` leaves out: test-browser and test-page (need Chromium), test-slow and the other markers of pyproject.toml
	$(BIN)/python -m pytest -rs -m $*

test-fuzz: $(STAMP) ## damaged pictures, checkpoints, recipes, tables, manifests and records by the thousand, and the tally
	DYNNET_FUZZ=1 $(BIN)/python -m pytest -rs -m fuzz

test-zoo: $(STAMP) ## other people's networks, each with blocks attached (installs dynnet[zoo])
	$(PIP) --editable ".[zoo]"
	$(BIN)/python -m pytest -rs -m zoo

test-oldest: ## the method's tests with the oldest torch and safetensors that it runs with, in an environment of their own
	$(call method_tests,.venv-oldest,$$($(PYTHON) -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'])" | sed 's/>=/==/g'))

test-newest: ## the same with the newest
	$(call method_tests,.venv-newest,--upgrade torch safetensors)

# torchvision and lightning-fabric: networks and a launcher of others, of the releases that go with that torch
define method_tests
	$(PYTHON) -m venv $(1)
	$(1)/bin/python -m pip --disable-pip-version-check install --quiet $(if $(filter cpu,$(TORCH)),--extra-index-url $(TORCH_INDEX)) $(2) pytest hypothesis pyyaml torchvision lightning-fabric
	PYTHONPATH=. $(1)/bin/python -c "import torch, safetensors; print('torch', torch.__version__, 'safetensors', safetensors.__version__)"
	PYTHONPATH=. $(1)/bin/python -m pytest -rs $(filter-out tests/test_packaging.py tests/test_layers.py,$(wildcard tests/test_*.py)) tests/adversarial
endef

lint-page: ## the page's scripts and those of notebooks, by biome from npm
	npx --yes @biomejs/biome@2.6.8 check dynnet

lint: $(STAMP) ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

lock: $(STAMP) ## requirements.lock anew, from pyproject.toml; UPGRADE=1 takes the newest versions
	$(PIP) uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate $(if $(UPGRADE),--upgrade) \
	  --custom-compile-command "make lock" $(EXTRAS:%=--extra %) --output-file $(LOCK) pyproject.toml

lab: $(STAMP) ## JupyterLab on notebooks/
	$(BIN)/jupyter lab --notebook-dir=notebooks

bench: $(STAMP) ## speed and memory, as ratios measured in one run
	$(BIN)/dynnet bench

rendering: $(STAMP) ## the pictures of docs/rendering.md
	$(BIN)/python -m dynnet.paper.render.page

distill: $(STAMP) ## the feature network vgg19_lite from VGG19
	$(BIN)/dynnet distill

data: $(STAMP) ## fetch CelebA, MS-COCO and VGG16 for PROFILE=paper (15 GB)
	$(BIN)/dynnet data

clean: ## remove what was made: build, caches, unfinished trainings, environments
	rm -rf .venv .venv-oldest .venv-newest build runs data/cache .pytest_cache .ruff_cache .hypothesis *.egg-info
