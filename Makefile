# SpeedScale's commands. The logic is in infra/cmd/speedscale and infra/toolchain.
SHELL := /bin/bash
STACK ?= dev
SPEEDSCALE := bin/speedscale --stack $(STACK)
export PULUMI_HOME ?= $(CURDIR)/.speedscale/pulumi-home

.DEFAULT_GOAL := help
.PHONY: help up preview destroy refresh recover status logs pulumi tools docker images check format lint lint-go test unit unit-quick \
	page page-quick integration soak bench screenshots

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: needs-up tools images ## Put the stack on Docker, or bring it up to date
	@$(SPEEDSCALE) up

preview: needs-preview tools ## Show what `make up` would change
	@$(SPEEDSCALE) preview

destroy: needs-destroy tools ## Remove the stack with its data
	@$(SPEEDSCALE) destroy

refresh: needs-refresh tools ## Read back what is really there
	@$(SPEEDSCALE) refresh

recover: needs-recover tools ## Put right what a killed run left; up and destroy do it by themselves
	@$(SPEEDSCALE) recover

status: needs-status tools ## Show the live cluster
	@$(SPEEDSCALE) status

logs: needs-logs tools ## Show a container's log: make logs NAME=cluster-mongos
	@$(SPEEDSCALE) logs $(NAME)

pulumi: needs-pulumi tools ## Any command of the Pulumi CLI: make pulumi ARGS="stack graph g.dot"
	@PULUMI_CONFIG_PASSPHRASE_FILE="$${PULUMI_CONFIG_PASSPHRASE_FILE-$(CURDIR)/Pulumi.$(STACK).passphrase}" bin/pulumi --stack $(STACK) $(ARGS)

tools: needs-tools ## Build the Pulumi CLI and what belongs to it, once
	@infra/toolchain/tools.sh

docker: ## Install and start Docker if there is none
	@infra/toolchain/docker.sh

# What the target needs of this machine is named, or as root on Debian installed,
# before anything is built.
needs-%:
	@STACK=$(STACK) infra/toolchain/host.sh $*

images: needs-images tools ## Prepare the images' build contexts
	@$(SPEEDSCALE) images

# Everything is tested, or it fails: a server that is missing skips no test.
test unit integration soak: export SPEEDSCALE_NO_SKIP := 1

# Tests spoil what is in there: not what the user has.
integration soak: export PULUMI_HOME := $(CURDIR)/.speedscale/pulumi-home

test: needs-test tools ## Prove everything
	+@infra/toolchain/parts.sh lint page unit+integration

check: needs-check ## The quick look before a commit: no Docker, no servers, a minute or so
	+@infra/toolchain/parts.sh lint-go+unit-quick+page-quick

lint: needs-lint lint-go ## Check the Go sources, for other systems too, and the workflows
	@for other in darwin/arm64 linux/arm64; do CGO_ENABLED=0 GOOS=$${other%/*} GOARCH=$${other#*/} go vet ./... || exit; done
	@cd infra/toolchain && CGO_ENABLED=0 GOFLAGS="-trimpath -tags=no_compose" ../../bin/golangci-lint run --allow-serial-runners --config ../../.golangci.yml ./...

# The formatters are among the linters.
lint-go:
	@infra/toolchain/tools.sh lint
	@bin/golangci-lint run --allow-serial-runners ./...
	@bin/actionlint

unit: needs-unit tools ## Test every package beside its code
	@$(SPEEDSCALE) images --mongod
	@infra/toolchain/tools.sh test
	@go run ./internal/testreport -race -timeout 30m $$(go list ./... | grep -v '^speedscale/\(tests\|examples\)')

unit-quick:
	@go run ./internal/testreport -short ./...

page: needs-page ## Check and test the web page
	cd frontend && npm ci --no-fund --no-audit && npm run lint && npm run typecheck && npm test

page-quick: frontend/node_modules/.package-lock.json
	@cd frontend && npm run --silent lint && npm run --silent typecheck

frontend/node_modules/.package-lock.json: frontend/package-lock.json
	@cd frontend && npm ci --no-fund --no-audit

format: needs-lint ## Format the Go sources, and those of the page if its packages are installed
	@infra/toolchain/tools.sh lint
	@bin/golangci-lint fmt ./...
	@[ ! -d frontend/node_modules ] || { cd frontend && npm run --silent format -- --log-level warn; }

integration: needs-integration tools ## Deploy a stack of its own, check it from outside, destroy it
	@go run ./internal/testreport -race -count=1 -timeout 80m ./tests/... ./examples/...

soak: needs-integration tools ## Kill 120 runs at random moments, send odd commands for half an hour: two hours or so
	KILL_POINTS=60 go test -race -count=1 -timeout 180m -v -run TestKilledAtAnyMoment ./tests/...
	KILL_POINTS=60 KILL_IMAGES=packages go test -race -count=1 -timeout 180m -v -run TestKilledAtAnyMoment ./tests/...
	KILL_POINTS=80 KILL_OF=security go test -race -count=1 -timeout 240m -v -run TestKilledAtAnyMoment ./tests/...
	FUZZ_TIME=30m go test -count=1 -timeout 60m -v -run TestIntegrationFuzzCommands ./infra/router

bench: needs-bench tools images ## Measure a stack of its own beside a FastAPI gateway; ARGS="-short" for a quick look
	@go run ./app/cmd/bench $(ARGS)

screenshots: needs-screenshots frontend/node_modules/.package-lock.json ## Draw the README's pictures of the deployed stack into docs/images
	@cd frontend && npx playwright test --config e2e/screenshots/playwright.config.ts
