# Plumbline. `make run` and `make test` do all set-up themselves.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
# The tag leaves out gRPC's trace pages, which nothing serves: half a megabyte of every program.
GOBUILD := CGO_ENABLED=0 go build -trimpath -tags grpcnotrace -ldflags '$(LDFLAGS)'
CONNECTORS := $(patsubst plugins/%/main.go,%,$(wildcard plugins/*/main.go))
# Connectors in one file, which the program declarative runs.
CONNECTOR_FILES := $(notdir $(wildcard plugins/*/*.connector.yaml))
# Connectors in Python need packages of the system: they are built where these are
# installed, and left out with a message where they are not.
PYTHON_CONNECTORS := $(patsubst plugins/%/__main__.py,%,$(wildcard plugins/*/__main__.py))
PYTHON_FILES := $(shell find plugins sdk/python -name '*.py' -not -name '*_test.py') $(wildcard plugins/*/config.json plugins/*/guide.md) sdk/proto/connector/v1/connector.proto
TOOLS := $(CURDIR)/bin/tools

PORT ?= 8420
PLUMBLINE_HOME ?= $(CURDIR)/.plumbline
run dev: export PLUMBLINE_HOME := $(PLUMBLINE_HOME)

GO_FILES := $(shell find host sdk plugins frontend -path frontend/node_modules -prune -o -name '*.go' -print) go.mod go.sum
SCREEN_FILES := $(shell find frontend/src frontend/public -type f) frontend/index.html frontend/vite.config.ts

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: bin/plumbline bin/simulated-company $(CONNECTORS:%=bin/connectors/%) $(CONNECTOR_FILES:%=bin/connectors/%) $(PYTHON_CONNECTORS:%=bin/connectors/%) ## Build bin/plumbline, bin/connectors/* and the front end

run: build ## Build, start the agent, sync this machine and print a link (PORT, PLUMBLINE_HOME)
	@exec bin/plumbline agent --listen 127.0.0.1:$(PORT) --welcome

demo: build ## Show a simulated company with sixty days of history (PORT)
	@exec bin/plumbline demo --listen 127.0.0.1:$(PORT)

dev: build ## Run the agent and the front end with live reload
	@build/dev.sh $(PORT)

test: build ## Run every check: lint, unit tests with -race, browser and window tests
	@build/test.sh

check: frontend/dist/index.html lint ## Run lint and the unit tests: a minute or two, before a commit
	@build/check.sh

journeys: build ## Play every journey of the demo by mouse and by keys (BY=keys, ONLY="a title" for some)
	@build/demo-e2e.sh journeys

screens: build ## Look at every screen x state x theme x width with axe; pictures in build/out/e2e/screens (ONLY="accounts")
	@build/demo-e2e.sh screens

lint: $(TOOLS)/golangci-lint frontend/node_modules/.installed ## Check style, floors and the one home of each library
	$(TOOLS)/golangci-lint run --config build/golangci.yml ./...
	build/hygiene.sh
	npm --prefix frontend run --silent lint
	npm --prefix frontend run --silent typecheck

generate: $(TOOLS)/buf $(TOOLS)/protoc-gen-go $(TOOLS)/protoc-gen-go-grpc frontend/node_modules/.installed ## Generate all generated code again
	cd sdk/proto && PATH=$(TOOLS):$$PATH buf lint && PATH=$(TOOLS):$$PATH buf generate
	go generate ./sdk/...
	go run ./host/cmd/plumbline openapi > frontend/src/api/openapi.json.new
	mv frontend/src/api/openapi.json.new frontend/src/api/openapi.json
	npm --prefix frontend run --silent generate

catalogue: ## Read every simulated vendor whole and write the tables in plugins/README.md
	go test ./plugins/declarative -count=1 -timeout 60m -run '^TestTableOfTheCatalogue$$' -args -catalogue ../README.md
	for test in plugins/*/population_test.go; do \
	  go test ./$$(dirname $$test) -count=1 -timeout 60m -run '^TestPopulation$$' -args -table ../README.md; \
	done

conformance: bin/plumbline bin/connectors/declarative ## Run the conformance kit over every connector in one file (ONLY="ID ID" for some)
	@go run ./build/conformance $(ONLY)

bench: build ## Measure; prints one JSON object a line
	@go run ./build/bench

budgets: build ## Measure what the screens promise in a real browser; fails when a figure is over its bar
	@build/budgets.sh

TIMES ?= 100
chaos: ## Break the real program at every moment, TIMES times (100), and cut its power (root)
	@go run ./build/chaos -play both -times $(TIMES)
	@go run ./build/chaos -play power

cleanroom: ## Run `make run` and `make test` in an empty Debian 12 (root; about 30 minutes)
	@build/cleanroom.sh

peers: ## Test the connectors against real servers of other makers (needs root)
	@build/peers.sh

FUZZTIME ?= 10m
fuzz: ## Run every fuzz target for FUZZTIME (10m); FUZZ=NAME for some
	@FUZZTIME=$(FUZZTIME) build/fuzz.sh

desktop: bin/plumbline-desktop $(CONNECTORS:%=bin/connectors/%) $(CONNECTOR_FILES:%=bin/connectors/%) ## Build bin/plumbline-desktop (installs or names GTK and WebKit)

# What the packages hold. Connectors in Python stay out: they need packages of Python that not every system has.
STAGE := build/out/stage
stage: build
	rm -rf $(STAGE) && mkdir -p $(STAGE)/connectors
	cp bin/plumbline bin/simulated-company $(STAGE)/
	cp $(CONNECTORS:%=bin/connectors/%) $(CONNECTOR_FILES:%=bin/connectors/%) $(STAGE)/connectors/

packages: stage $(TOOLS)/nfpm ## Build .deb and .rpm packages for this machine into dist/ (with the window's after make desktop)
	build/package.sh $(VERSION) $$(go env GOARCH) $(STAGE) dist

package-test: stage $(TOOLS)/nfpm ## Install, upgrade and remove the packages in an empty Debian that runs systemd (root)
	rm -rf build/out/package
	build/package.sh 0.0.1 $$(go env GOARCH) $(STAGE) build/out/package/old
	build/package.sh 0.0.2 $$(go env GOARCH) $(STAGE) build/out/package/new
	command -v debootstrap >/dev/null || build/packages.sh "the packages" debootstrap
	/usr/bin/python3 build/package_test.py build/out/package/old build/out/package/new

release: $(TOOLS)/nfpm $(TOOLS)/cyclonedx-gomod ## Build archives and packages of every platform into dist/
	build/release.sh $(VERSION)

bin/plumbline: $(GO_FILES) frontend/dist/index.html
	$(GOBUILD) -o $@ ./host/cmd/plumbline

bin/simulated-company: $(GO_FILES) $(wildcard plugins/*/simulator.yaml)
	$(GOBUILD) -o $@ ./plugins/internal/demo

bin/plumbline-desktop: $(GO_FILES) frontend/dist/index.html
	build/desktop-packages.sh
	CGO_ENABLED=1 go build -trimpath -tags desktop,production,webkit2_41,grpcnotrace -ldflags '$(LDFLAGS)' -o $@ ./host/cmd/plumbline-desktop

.SECONDEXPANSION:
$(CONNECTOR_FILES:%=bin/connectors/%): bin/connectors/%.connector.yaml: plugins/$$*/$$*.connector.yaml
	@mkdir -p $(@D)
	@cp $< $@

$(PYTHON_CONNECTORS:%=bin/connectors/%): bin/connectors/%: $(PYTHON_FILES)
	@plugins/$*/build.sh $@ || echo "$* is left out" >&2

bin/connectors/%: $(GO_FILES)
	$(GOBUILD) -o $@ ./plugins/$*

frontend/node_modules/.installed: frontend/package-lock.json
	npm --prefix frontend ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

frontend/dist/index.html: $(SCREEN_FILES) frontend/node_modules/.installed
	npm --prefix frontend run --silent build
	@touch $@

# Tools are built from source at pinned versions; nothing is fetched as a binary.
$(TOOLS)/golangci-lint:
	GOBIN=$(TOOLS) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
$(TOOLS)/buf:
	GOBIN=$(TOOLS) go install github.com/bufbuild/buf/cmd/buf@v1.75.0
$(TOOLS)/protoc-gen-go:
	GOBIN=$(TOOLS) go install google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12
$(TOOLS)/protoc-gen-go-grpc:
	GOBIN=$(TOOLS) go install google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.0
$(TOOLS)/nfpm:
	GOBIN=$(TOOLS) go install github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.45.2
$(TOOLS)/cyclonedx-gomod:
	GOBIN=$(TOOLS) go install github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0

.PHONY: help build run demo dev test check journeys screens lint generate catalogue conformance bench budgets chaos cleanroom peers fuzz desktop stage packages package-test release
