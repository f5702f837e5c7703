# `make demo` and `make test` are all that a reader needs; `make help` lists the rest.

SHELL := /bin/bash
.DEFAULT_GOAL := help

DEMO_RECIPIENTS ?= 1000000

# How long `make fuzz` looks for inputs that break the template engine.
FUZZ_SECONDS ?= 600

# How long `make fuzz-api` looks for requests that the server answers wrongly.
FUZZ_API_SECONDS ?= 300

# The tests that start servers or send to some: in a run of their own, they have the cores to
# themselves, and an environment that no other test has changed.
SERVING := ^(ControlOperationsTests|ControlRESTTests)\.

# The modules that own C handles or cross threads.
SANITIZED := ^(UVLoopTests|CurlTransportTests|RuntimeTests|StructuresTests|PacingTests)\.

# Of the environment that `make perf-deps` makes.
PEERS_PYTHON := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/fanfare-perf/bin/python

FORMATTED := $(wildcard Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Benchmarks)
FORMAT_OPTIONS := --configuration .swift-format --recursive --parallel

.PHONY: help
help: ## List these commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 26

.PHONY: deps
deps: ## Install the libraries that the build needs and that are missing
	@.ci/deps

.PHONY: build
build: deps ## Build the release binary, .build/release/fanfare
	swift build -c release --product fanfare

.PHONY: demo
demo: build ## Send a campaign of 1,000,000 (DEMO_RECIPIENTS) to the built-in sink
	@.ci/demo $(DEMO_RECIPIENTS)

.PHONY: serve
serve: build ## Serve the folder fanfare-data on 127.0.0.1:8080
	.build/release/fanfare serve --data fanfare-data

.PHONY: test
test: deps ## Run all tests
	swift test --disable-xctest --skip '$(SERVING)'
	swift test --disable-xctest --skip-build --filter '$(SERVING)'

.PHONY: newer-libcurl
newer-libcurl: deps ## Run the transport's tests over Debian 13's libcurl; needs debootstrap
	@.ci/newer-libcurl

.PHONY: format
format: ## Format the Swift code in place
	swift format --in-place $(FORMAT_OPTIONS) $(FORMATTED)

.PHONY: lint
lint: ## Check the format of the Swift code
	swift format lint --strict $(FORMAT_OPTIONS) $(FORMATTED)

.PHONY: sanitize
sanitize: deps ## Run the tests of C handles and threads under the address and thread sanitizers
	FANFARE_SANITIZE=1 swift test --disable-xctest --sanitize address \
		--scratch-path .build-asan --filter '$(SANITIZED)'
	FANFARE_SANITIZE=1 swift test --disable-xctest --sanitize thread \
		--scratch-path .build-tsan --filter '$(SANITIZED)'

.PHONY: fuzz
fuzz: ## Fuzz the template engine for ten minutes (FUZZ_SECONDS)
	@FUZZ_SECONDS=$(FUZZ_SECONDS) Tests/JinjaTests/Fuzzing/fuzz.sh

.PHONY: fuzz-api
fuzz-api: deps ## Fuzz the REST API from its OpenAPI document for five minutes (FUZZ_API_SECONDS)
	swift build --build-tests # as make test does, so that neither builds for the other again
	@FUZZ_API_SECONDS=$(FUZZ_API_SECONDS) Tests/ControlRESTTests/Fuzzing/fuzz-api.sh

.PHONY: bench
bench: deps ## Run the micro-benchmarks of the per-message path, then bench-templates
	swift package --package-path Benchmarks benchmark
	@if "$(PEERS_PYTHON)" -c 'import jinja2, minijinja' 2>/dev/null; \
		then $(MAKE) --no-print-directory bench-templates; \
		else echo "bench: make perf-deps installs the engines that make bench-templates needs"; fi

.PHONY: bench-templates
bench-templates: deps ## Render six templates beside Jinja2 and MiniJinja; needs perf-deps
	swift build --package-path Benchmarks -c release --product TemplateRenders
	python3 Benchmarks/templates.py

.PHONY: perf-deps
perf-deps: ## Install what make perf measures against: wrk, hey, h2load and Python packages
	@perf/deps.sh

.PHONY: perf
perf: build ## Measure against the other clients and the targets (minutes); needs perf-deps
	python3 perf/run.py

.PHONY: perf-crash
perf-crash: build ## Kill a campaign 30 times and check that nobody is lost or sent to twice
	python3 perf/crash.py

.PHONY: perf-quota
perf-quota: build ## Kill a server while eight campaigns use up a quota; check that it is exact
	python3 perf/quota.py

.PHONY: clean
clean: ## Remove what was built
	rm -rf .build .build-asan .build-tsan Benchmarks/.build
