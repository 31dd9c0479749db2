# SpeedScale's commands. The logic is in infra/cmd/speedscale and infra/toolchain.
SHELL := /bin/bash
STACK ?= dev
SPEEDSCALE := bin/speedscale --stack $(STACK)
export PULUMI_CONFIG_PASSPHRASE ?=
export PULUMI_HOME ?= $(CURDIR)/.speedscale/pulumi-home

.DEFAULT_GOAL := help
.PHONY: help up preview destroy refresh recover status logs pulumi tools docker host images test lint unit page integration bench

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: docker tools host images ## Put the stack on Docker, or bring it up to date
	@$(SPEEDSCALE) up

preview: tools ## Show what `make up` would change
	@$(SPEEDSCALE) preview

destroy: tools ## Remove the stack with its data
	@$(SPEEDSCALE) destroy

refresh: tools ## Read back what is really there
	@$(SPEEDSCALE) refresh

recover: tools ## Put right what a killed run left; up and destroy do it by themselves
	@$(SPEEDSCALE) recover

status: tools ## Show the live cluster
	@$(SPEEDSCALE) status

logs: tools ## Show a container's log: make logs NAME=cluster-mongos
	@$(SPEEDSCALE) logs $(NAME)

pulumi: tools ## Any command of the Pulumi CLI: make pulumi ARGS="stack graph g.dot"
	@bin/pulumi --stack $(STACK) $(ARGS)

tools: ## Build the Pulumi CLI and what belongs to it, once
	@infra/toolchain/tools.sh

docker: ## Install and start Docker if there is none
	@infra/toolchain/docker.sh

# As root on Debian what is missing is installed; elsewhere the images' own error
# names it, if it is needed at all.
host:
	@[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null || exit 0; \
	missing=; command -v mmdebstrap >/dev/null || missing="mmdebstrap"; \
	command -v pip >/dev/null || command -v pip3 >/dev/null || missing="$$missing python3-pip"; \
	[ -z "$$missing" ] || infra/toolchain/docker.sh packages $$missing

images: tools ## Prepare the images' build contexts
	@$(SPEEDSCALE) images

test: docker tools lint unit page integration ## Prove everything

lint: ## Check the Go sources and the workflows
	@infra/toolchain/tools.sh lint
	@bin/golangci-lint run --allow-serial-runners ./...
	@cd infra/toolchain && CGO_ENABLED=0 GOFLAGS="-trimpath -tags=no_compose" ../../bin/golangci-lint run --allow-serial-runners --config ../../.golangci.yml ./...
	@bin/actionlint

unit: docker tools host ## Test every package beside its code
	@infra/toolchain/docker.sh packages redis-tools
	@$(SPEEDSCALE) images --mongod
	@infra/toolchain/tools.sh test
	go test -race $$(go list ./... | grep -v '^speedscale/tests')

page: ## Check and test the web page
	cd frontend && npm ci --no-fund --no-audit && npm run lint && npm run typecheck && npm test

integration: docker tools host ## Deploy a stack of its own, check it from outside, destroy it
	@infra/toolchain/docker.sh packages chromium busybox-static gosu
	go test -race -count=1 -timeout 60m ./tests/...

bench: ## Measure the deployed gateway; the stack needs speedscale:rateLimit 0
	go run ./app/cmd/bench $(ARGS)
