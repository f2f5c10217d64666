package runbook

// alarms are the ids of all alarms; internal/monitoring has them too, and a test
// holds both together.
var alarms = []string{
	"api-5xx", "api-latency", "cold-start", "green-5xx", "green-verdict", "lambda-error-rate", "lambda-near-timeout", "lambda-throttles",
	"opensearch-red", "rds-cpu", "rds-memory", "rds-proxy-connections", "rds-storage", "redis-evictions", "unwell",
}

// table is every section of every page of failures. Names of rows, reasons and
// holds are those of the JSON results, with - for _.
var table = map[string][]string{
	"general":  {"input", "outside", "permission", "session-over", "cancelled", "timed-out", "internal", "gate", "refused"},
	"coverage": {"no", "refused"},
	"notify":   {"no", "refused", "not-sent", "deployment-failed", "awaiting-approval", "rolled-back", "alarm"},
	"gate":     {"no", "refused", "environment", "approval", "staging", "integration", "checks", "alarms", "freeze", "lock", "budget", "traffic", "keys"},
	"deploy": {
		"no", "refused", "resource-errors", "unclean-exit", "no-record", "not-started", "broke-off", "no-event-log", "interrupted", "state-corrupt",
		"operation-failed", "cancelled", "still-running", "locked", "long-lived-keys", "rollback-refused", "rollback-failed", "other-code",
	},
	"bake":    {"no", "refused", "alarm", "smoke", "check", "no-alarm", "unproven", "cancelled"},
	"archive": {"no", "refused", "exists", "damaged", "pruning", "secrets"},
	"rollout": {
		"no", "refused", "broken", "unclear", "shared-fault", "missing-data", "undelivered", "drift", "worse", "guard", "policy-changed", "paused",
		"inconclusive", "approval", "rolled-back", "blue-back", "back-too-slow", "decide", "corrected", "rebuilt", "reported", "log-broken",
		"state-conflict", "state-unread", "nobody-judges", "nobody-told", "nobody-watches", "blue-too-small", "blue-silent", "no-baseline",
		"preflight", "not-prepared", "green-down", "not-provable", "drill",
	},
	"monitoring": {"no", "refused", "cost-limit", "stack-stuck", "not-deployed", "other-owner", "mute", "drill", "drill-refused"},
	"traces": {
		"no", "refused", "destination", "index-setting", "share-indexed", "annotations-indexed", "kept-errors", "kept-successes", "functions-active",
		"annotation", "operations", "statuses", "run-annotated", "metadata", "requests-answered", "traces-found", "traces-whole", "cold-start", "calls", "statements", "causes", "node",
		"edge", "requests-reach",
	},
	"load":       {"no", "refused", "invalid", "stopped", "target", "rate", "errors", "concurrency", "settle", "cold-starts", "throttles"},
	"comparison": {"no", "refused", "undecided", "latency-p50", "latency-p95", "latency-p99", "throughput", "errors-5xx", "cold-start-p99", "savings"},
	"cost":       {"no", "refused", "over-budget", "tags", "no-data"},
	"retire": {
		"no", "refused", "other-account", "not-read", "contradicts", "not-there", "other-owner", "kept", "holds-data", "used-export", "used-image",
		"in-use", "other-name", "serves-others", "busy", "unknown-dependency", "no-order", "no-green", "expired", "no-plan",
		"unread", "plan", "approval", "drift", "undone", "kit", "trouble", "failed", "images-damaged", "images-missing",
	},
}
