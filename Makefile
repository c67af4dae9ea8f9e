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
BENCH    ?=
SEEDS    ?= 1-10000
PROFILE  ?= swarm
DEPTH    ?= 10
VERSION  := $(shell git describe --always --dirty 2>/dev/null || echo devel)

export CGO_ENABLED = 0

.PHONY: FORCE help build image test test-race test-linearizable demo exercises sim explore lint bench bench-node bench-failover bench-memory bench-checker bench-history clean

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
test-race: ## the same under the race detector, with fewer random cases (-short)
	go test $(TESTFLAGS) -race -short -timeout 45m -count=$(COUNT) ./...

test-linearizable: build ## the main job: drive a cluster under faults and judge it
	bin/senkei run --runtime $(RUNTIME) --nodes $(NODES) --clients $(CLIENTS) --time $(TIME) \
		--workload $(WORKLOAD) --nemesis $(NEMESIS) $(if $(SEED),--seed $(SEED)) $(if $(BUG),--bug $(BUG))

demo: build ## put a known bug into the node and see it found
	@bin/senkei run --runtime $(RUNTIME) --bug stale-leader-local-read --schedule docs/demo.yaml --time 20s \
		$(if $(SEED),--seed $(SEED)); \
	code=$$?; [ $$code -eq 1 ] || { echo "demo: the violation was not found (exit code $$code)"; exit 1; }
	@bin/senkei view store/latest | grep -q 'partition' || { echo "demo: the violation was not explained"; exit 1; }
	@echo "demo: the violation was found and explained"

exercises: build ## the course's three exercises, each with what must be observed
	@for e in docs/exercises/*.yaml; do echo "== $$e"; \
		bin/senkei run --runtime $(RUNTIME) --schedule $$e --time 14s || exit 1; done

sim: build ## simulate a cluster for each seed (SEEDS=1-10000 PROFILE=swarm BUG=)
	bin/senkei sim --seeds $(SEEDS) --profile $(PROFILE) $(if $(BUG),--bug $(BUG))

explore: build ## follow every interleaving of a small Raft cluster (DEPTH=10)
	bin/senkei explore --depth $(DEPTH)

lint: ## gofmt, go vet and staticcheck
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "run gofmt -w on these files"; exit 1; }
	go vet ./...
	go tool staticcheck ./...

bench: ## run the benchmarks
	go test -run '^$$' -bench . -benchtime 3s ./...

bench-node: build bin/senkei-bench ## measure the node beside etcd (BENCH=flags)
	bin/senkei-bench node $(BENCH)

bench-failover: build bin/senkei-bench ## kill leaders of both and time the next write (BENCH=flags)
	bin/senkei-bench failover $(BENCH)

bench-memory: build bin/senkei-bench ## watch memory and disk of a node over a million puts (BENCH=flags)
	bin/senkei-bench memory $(BENCH)

bench-checker: bin/senkei-bench ## measure the checker beside Porcupine (BENCH=flags)
	bin/senkei-bench checker $(BENCH)

bench-history: build bin/senkei-bench ## measure reading and judging of long histories (BENCH=flags)
	bin/senkei-bench history $(BENCH)

bin/senkei-bench: FORCE
	go build -C bench -o ../$@ .

FORCE:

clean: ## remove what was built; recorded runs stay
	rm -rf bin
