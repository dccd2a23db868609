# Coinline. `make` alone explains the targets.

SHELL := /bin/bash
PREFIX ?= /usr/local
SWIFT ?= swift
ARGS ?=
RELEASE_FLAGS := -c release --static-swift-stdlib

.DEFAULT_GOAL := help
.PHONY: help setup setup-tests build install demo run test chaos check check-long bench docs documentation format lint clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Install the C libraries from Debian's packages (asks for root only when one is missing)
	@Scripts/setup.sh build

setup-tests: setup
	@Scripts/setup.sh test
	@Tests/servers.sh

build: setup ## Release build with the static Swift runtime: .build/release/coinline
	$(SWIFT) build $(RELEASE_FLAGS) -Xlinker -s --product coinline

install: build ## Copy the program to PREFIX/bin (default /usr/local), with lcw-fetcher as its second name
	install -d "$(DESTDIR)$(PREFIX)/bin"
	install -m 755 .build/release/coinline "$(DESTDIR)$(PREFIX)/bin/coinline"
	ln -sf coinline "$(DESTDIR)$(PREFIX)/bin/lcw-fetcher"

demo: build ## The main job against a simulated Live Coin Watch, into ./data-demo; shows what landed
	@.build/release/coinline demo $(ARGS)

run: build ## Run the program: make run ARGS="status"
	@.build/release/coinline $(ARGS)

test: setup-tests ## All tests (at most 10 minutes), with real servers from Debian's packages
	@Scripts/test.sh

chaos: setup-tests ## The writer killed at least 200 times (COINLINE_CHAOS_KILLS) and read back; COINLINE_TEST_SEED repeats a run
	@Scripts/chaos.sh

check: setup-tests ## What the automatic build runs: lint, tests, release build, allocations, address and thread sanitizer
	@Scripts/check.sh

check-long: setup-tests ## check, then chaos, then fuzzing (a minute for each reader; COINLINE_FUZZ_SECONDS), then the benchmarks
	@Scripts/check-long.sh

bench: build ## Points a second for encoding, gzip and the writer, and the memory of both; release build (5 minutes)
	$(SWIFT) build $(RELEASE_FLAGS) --product Benchmarks
	@.build/release/Benchmarks $(ARGS)
	@.build/release/Benchmarks --footprint .build/release/coinline $(filter --json,$(ARGS))
	@.build/release/Benchmarks $(filter --json,$(ARGS)) --repeats 5 --writer
	@.build/release/Benchmarks $(filter --json,$(ARGS)) --writer-memory 10000000
	@.build/release/Benchmarks $(filter --json,$(ARGS)) --writer-backlog 1000
	@.build/release/Benchmarks $(filter --json,$(ARGS)) --writer-backlog 10000
	@.build/release/Benchmarks $(filter --json,$(ARGS)) --writer-backlog 50000

docs: setup-tests ## Write .env.example, docs/schema.md and the README's tables anew from the code
	COINLINE_WRITE_DOCS=1 Scripts/test.sh --filter DocumentsTests

documentation: ## The pages of both products, into .build/documentation
	@Scripts/documentation.sh

format: ## Lay the sources out
	$(SWIFT) format -i -p -r Package.swift Sources Tests Benchmarks

lint: ## Say where the layout differs
	$(SWIFT) format lint --strict -p -r Package.swift Sources Tests Benchmarks

clean: ## Remove builds and the demo's data, not your ./data
	rm -rf .build .build-address .build-thread .build-chaos data-demo
