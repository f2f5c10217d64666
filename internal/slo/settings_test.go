package slo_test

import (
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/slo"
)

func TestObjectives(t *testing.T) {
	tests := []struct{ name, yaml, want string }{
		{"defaults are sound", "{}", ""},
		{"a stricter limit", "{error_rate: {below: 0.1%, rollback_above: 0.2%}}", ""},
		{"rollback at the limit", "{error_rate: {below: 1%, rollback_above: 1%}}", "rollback_above (1%) must be more than below (1%)"},
		{"limit past the default rollback", "{database_connections: {below: 99%}}", "s:1:32: database_connections.below: rollback_above (95%)"},
		{"every request fast", "{latency: {share: 100%}}", "latency.share: 100% cannot be shown"},
		{"every cold start fast", "{cold_start: {share: 100%}}", "cold_start.share: 100% cannot be shown"},
		{"nothing fast", "{latency: {share: 0%}}", "must be more than 0%"},
		{"slower than the gateway waits", "{latency: {under: 31 s}}", "must be at most 30 s"},
		{"a guard cannot be proved", "{throttles: {role: prove}}", `unknown key "role"`},
		{"cost without a limit", "{cost_per_million: {}}", `the key "below" is missing`},
		{"free of charge", "{cost_per_million: {below: $0}}", "must be more than $0"},
		{"a refused limit is not compared", "{error_rate: {below: 1, rollback_above: 0.5%}}", "has no unit"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var o slo.Objectives
			err := strict.Decode("s", []byte(test.yaml), &o)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one problem: %v", err)
			}
		})
	}
}

func TestRoles(t *testing.T) {
	var o slo.Objectives
	if err := strict.Decode("s", []byte("{latency: {role: guard}}"), &o); err != nil {
		t.Fatal(err)
	}
	if o.Latency.Role != slo.Guard || o.ErrorRate.Role != slo.Prove {
		t.Errorf("roles are %s and %s", o.Latency.Role, o.ErrorRate.Role)
	}
}
