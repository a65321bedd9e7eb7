# The product and the programs that the test bed builds share one build cache only if both are built alike:
# without these a test run compiles Kubernetes' client libraries twice.
export CGO_ENABLED = 0
export GOFLAGS = -trimpath -buildvcs=false

# Files behind these build tags are checked like all others; "go test" leaves them out unless asked.
TAGS = long,kind

MODULES = $(patsubst ./%,%,$(shell find . -name go.mod -not -path '*/testdata/*' -not -path './.git/*'))

# The bed that tests run on. Another name keeps two checkouts apart that are tested at the same time.
export KUBECTL_FED_TEST_BED ?= test
TEST_BED = $(KUBECTL_FED_TEST_BED)

.PHONY: build demo test test-short test-long e2e-kind lint bench release clean

build: ## the plugin, as bin/kubectl-fed
	go build -o bin/kubectl-fed ./cmd/kubectl-fed

demo: build ## clusters with KubeFed, left running to try the plugin on
	go run ./test/demo

# -count=1: a cached result says nothing about clusters. All tests share them, so no test can take them down;
# they go when all are done.
define test_and_take_down
	@echo 'go test -count=1 $(1) ./...'; \
	code=0; go test -count=1 $(1) ./... || code=$$?; \
	for bed in $(TEST_BED) $(2); do \
		go run ./test/bed/cmd/bed down --name $$bed || echo "the bed \"$$bed\" could not be taken down" >&2; \
	done; exit $$code
endef

test: ## everything but what test-long and e2e-kind run
	$(call test_and_take_down,-timeout 80m)

test-short: ## what needs no cluster and no program but go
	go test -short ./...

test-long:
	$(call test_and_take_down,-timeout 120m -tags long,$(TEST_BED)-134)

e2e-kind: ## the walk through the product on clusters that kind itself made
	go test -count=1 -timeout 120m -tags kind -run TestKind ./test/e2e

lint:
	@code=0; for mod in $(MODULES); do \
		echo "go mod tidy -diff for $$mod"; \
		go -C "$$(dirname "$$mod")" mod tidy -diff || code=1; \
	done; exit $$code
	@echo 'gofmt -l .'; unformatted=$$(gofmt -l .) && test -z "$$unformatted" || { echo "not formatted: $$unformatted" >&2; exit 1; }
	go vet ./...
	go vet -tags $(TAGS) ./...
	go tool -modfile=tools/go.mod staticcheck ./...
	go tool -modfile=tools/go.mod staticcheck -tags $(TAGS) ./...

bench:
	go test -run '^$$' -bench . ./...

# The archives of every platform, and the Krew manifests with their checksums. They are the same on every
# machine with the same Go release.
release:
	go run ./krew/archive --dist dist
	go run ./krew/generate --dist dist --out krew

clean: ## what was built, and the clusters of the demo and the tests
	rm -rf bin dist
	go run ./test/bed/cmd/bed down --name demo
	go run ./test/bed/cmd/bed down --name $(TEST_BED)
	go run ./test/bed/cmd/bed down --name $(TEST_BED)-134
