# Tensogram for Swift: the first run of any command fetches and builds what it needs, later ones take seconds.

PYTHON := .venv/bin/python
PACKAGES := python/tensogram/src/tensogram python/tensogram-xarray/src/tensogram_xarray
export TENSOGRAM_ORACLE := $(CURDIR)/.venv-oracle/bin/python

.PHONY: help demo test bench fuzz tool clean build oracle lint test-swift test-python
.NOTPARALLEL:

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

demo: build ## statistics over a 4-D field with dask; on your own data: make demo INPUT=file.nc
	@$(PYTHON) examples/dask_statistics.py $(if $(INPUT),--input "$(INPUT)")

test: test-swift test-python lint ## every test, Swift and Python, formatting and types

bench: build oracle ## measure against the published package: a table of ratios; some cases: make bench ONLY=szip
	@$(PYTHON) Benchmarks/run.py --reference "$(TENSOGRAM_ORACLE)" --only "$(ONLY)"

fuzz: checks ## damaged messages: under AddressSanitizer, then for a minute at random (make fuzz SECONDS=600)
	eval "$$(tools/environment)" && ASAN_OPTIONS=detect_leaks=0 \
	  swift test --sanitize=address --scratch-path .build/address
	@$(PYTHON) tools/fuzz.py --seconds $(or $(SECONDS),60)

tool: build ## the command-line tool, as .build/tool/release/tensogram
	eval "$$(tools/environment)" && swift build -c release --product tensogram --scratch-path .build/tool \
	  -Xswiftc -static-stdlib -Xlinker -s
	@.build/tool/release/tensogram --help

clean: ## remove all that was built or fetched into this folder
	rm -rf .build .venv .venv-oracle dist python/tensogram/src/tensogram/.libs python/tensogram/src/tensogram/_native.abi3.so
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis

build: # the extension module, and both Python packages installed into .venv
	@tools/prepare
	@$(PYTHON) tools/extension.py python/tensogram/src/tensogram
	@$(PYTHON) tools/python_environment.py .venv --editable . --editable "./python/tensogram-xarray[dask]"

oracle: # the published package, which tests and benchmarks compare with
	@$$(tools/python) tools/python_environment.py .venv-oracle --group oracle

checks: build
	@$(PYTHON) tools/python_environment.py .venv --group test --group lint

lint: checks
	swift format lint --strict --parallel --recursive Package.swift Sources Tests
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy $(PACKAGES) examples Benchmarks tools hatch_build.py

test-swift: checks oracle
	eval "$$(tools/environment)" && swift test --disable-xctest

# Chunked arrays also in the smallest automatic chunks: with the usual ones small arrays are one chunk each.
test-python: checks oracle
	.venv/bin/pytest
	TENSOGRAM_AUTO_CHUNK_BYTES=64 .venv/bin/pytest python/tensogram/tests/chunked
