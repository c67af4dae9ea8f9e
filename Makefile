# Senkei. `make` alone lists what there is.

NODES    ?= 5
CLIENTS  ?= 10
TIME     ?= 60s
NEMESIS  ?= kill,pause,partition
WORKLOAD ?= register
RUNTIME  ?= auto
SEED     ?=
BUG      ?=
COUNT    ?= 1
TESTFLAGS ?=
VERSION  := $(shell git describe --always --dirty 2>/dev/null || echo devel)

export CGO_ENABLED = 0

.PHONY: help build image test test-race test-linearizable demo lint bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "Variables of test-linearizable: NODES CLIENTS TIME NEMESIS WORKLOAD RUNTIME SEED BUG"

build: ## build bin/senkei, bin/senkei-node and bin/senkei-agent, all static
	go build -ldflags='-s -w -X main.version=$(VERSION)' -o bin/ ./cmd/...

image: build ## build the images senkei/node and senkei/agent
	DOCKER_BUILDKIT=0 docker build -q --target node -t senkei/node .
	DOCKER_BUILDKIT=0 docker build -q --target agent -t senkei/agent .

test: ## run every test once (COUNT=10 for ten times)
	go test $(TESTFLAGS) -timeout 45m -count=$(COUNT) ./...

test-race: export CGO_ENABLED = 1
test-race: ## the same under the race detector
	go test $(TESTFLAGS) -race -timeout 45m -count=$(COUNT) ./...

test-linearizable: build ## the main job: drive a cluster under faults and judge it
	bin/senkei run --runtime $(RUNTIME) --nodes $(NODES) --clients $(CLIENTS) --time $(TIME) \
		--workload $(WORKLOAD) --nemesis $(NEMESIS) $(if $(SEED),--seed $(SEED)) $(if $(BUG),--bug $(BUG))

demo: build ## put a known bug into the node and see it found
	@bin/senkei run --runtime $(RUNTIME) --bug stale-leader-local-read --schedule docs/demo.yaml --time 20s \
		$(if $(SEED),--seed $(SEED)); \
	code=$$?; [ $$code -eq 1 ] || { echo "demo: the violation was not found (exit code $$code)"; exit 1; }
	@bin/senkei view store/latest | grep -q 'partition' || { echo "demo: the violation was not explained"; exit 1; }
	@echo "demo: the violation was found and explained"

lint: ## gofmt, go vet and staticcheck
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "run gofmt -w on these files"; exit 1; }
	go vet ./...
	go tool staticcheck ./...

bench: ## run the benchmarks
	go test -run '^$$' -bench . -benchtime 3s ./...

clean: ## remove what was built; recorded runs stay
	rm -rf bin
