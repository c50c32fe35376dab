# Every target is one line that can be typed by hand. Building and testing
# need Go alone: go run ./cmd/cure demo, go test ./...

TOOL = go tool -modfile=tools/go.mod

.PHONY: demo test build web deb image lint vuln race netns fuzz fuzz-long browser eval-smoke eval-similar eval-vuln eval-darknet eval-malware eval-malware-scale vuln-model fusion loss bench golden

demo: ## embedded engine, the synthetic story, prints the address of the page
	@.ci/web --try
	go run ./cmd/cure demo

test: ## everything that needs no network, root, server or browser
	go test ./...

web: ## the pages people see (needs npm and Node >= 20.19); go build embeds them
	cd web/app && npm ci --no-audit --no-fund && npm run build

build: ## one static binary ./cure
	CGO_ENABLED=0 go build -trimpath -o cure ./cmd/cure

deb: ## a Debian package in dist/
	packaging/build deb

image: ## a container image of the binary alone, for docker, podman or skopeo, in dist/
	packaging/build image

lint: ## the short list everyone obeys: gofumpt, vet, staticcheck
	.ci/lint

vuln: ## known vulnerabilities in what we call (asks the vulnerability database)
	$(TOOL) govulncheck ./...

race: ## the packages that share memory between goroutines (needs a C compiler)
	.ci/race

fuzz-long: ## what reads bytes from outside, ten processor minutes a target (hours)
	.ci/fuzz-long

fuzz: ## each fuzz target for FUZZTIME (20s), all of them within FUZZBUDGET seconds (720)
	.ci/fuzz

browser: ## the page in a real browser (needs chromium)
	.ci/browser

eval-vuln: ## train and measure weakness and severity (DATA=folder; PART=test once, then a line in eval/TEST_RUNS.md)
	go run ./cmd/cure vuln eval $(or $(DATA),../shared/data/vulnerabilities) --part $(or $(PART),dev) --rival --gold

eval-malware: ## build benign programs in known variants and measure clusters (CURE_CORPUS=folder outside; PART=test once, then a line in eval/TEST_RUNS.md)
	eval/malware/run $(or $(PART),dev)

eval-malware-scale: ## 3,000 files from nothing, then synthetic worlds of N samples (10000), after eval-malware
	eval/malware/cold 3001
	go run ./cmd/cure malware scale $(or $(CURE_CORPUS),$(HOME)/.cache/cure/malware)/features -n $(or $(N),10000) --dir $(or $(TMPDIR),/tmp)

eval-darknet: ## measure the darknet engines, write eval/darknet (DATA=folder of real traces; PART=test once, then a line in eval/TEST_RUNS.md)
	eval/darknet/run $(PART)

eval-similar: ## measure similar addresses (DATA=folder; PART=test once, then a line in eval/TEST_RUNS.md; SCALE=1000000 for time and memory)
	go run ./cmd/cure similar eval $(or $(DATA),../shared/data/darknet) --part $(or $(PART),dev) --size 3000 --scale $(or $(SCALE),0)

VULN_DATA = $(or $(DATA),../shared/data/vulnerabilities)

vuln-model: ## train the embedded model on all parts (DATA=folder); some six minutes of two processors
	go run ./cmd/cure vuln train $(VULN_DATA)/train.jsonl.zst $(VULN_DATA)/dev.jsonl.zst $(VULN_DATA)/test.jsonl.zst \
		--tree $(VULN_DATA)/cwe_tree.json -o default.cvm.new
	mv default.cvm.new internal/analyse/vuln/default.cvm

eval-smoke: ## a million changed headers, clusters of a few packages, the binary on real files beside the repository
	.ci/eval-smoke

fusion: ## all real files beside the repository in one hub, samples of the tests for the other publishers: what became of each, and the matrix of all
	eval/fusion/run

loss: ## kill -9 under load, traced syncs, three replicas: nothing lost (needs strace)
	go test -count=1 -v -tags=loss,fault -timeout=30m ./internal/losstest
	go test -count=1 -v -tags=loss -run=Replicas ./internal/log

netns: ## live capture, and ports behind a redirect, in network namespaces of their own (needs unshare, ip and iptables)
	unshare -Urn go test -count=1 -tags=netns -run=PacketsOfInterface ./internal/feed/listen
	unshare -Urn go test -count=1 -tags=netns -run=MeantBehindRedirect ./internal/sensor

bench: ## benchmarks; compare two runs with benchstat
	go test -run='^$$' -bench=. -benchmem ./...

golden: ## rewrite expected outputs, then read the difference
	go test ./internal/archtest ./internal/config ./internal/scenario -update
