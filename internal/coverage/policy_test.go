package coverage_test

import (
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/coverage"
)

func TestPolicy(t *testing.T) {
	tests := []struct{ name, yaml, want string }{
		{"defaults are sound", "{}", ""},
		{"all kinds", "{lines: 95%, branches: 90.5%, functions: 100%, statements: 95%}", ""},
		{"no unit", "{lines: 95}", `write "95%"`},
		{"a share", "{branches: 0.9}", `write "90%" or "0.9%"`},
		{"a gate that asks for nothing", "{lines: 0%}", "must be more than 0%"},
		{"a slip", "{linse: 95%}", `did you mean "lines"?`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var p coverage.Policy
			err := strict.Decode("s", []byte(test.yaml), &p)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

func TestPolicyDefaults(t *testing.T) {
	var p coverage.Policy
	if err := strict.Decode("s", []byte("{}"), &p); err != nil {
		t.Fatal(err)
	}
	if p.Lines != 950_000 || p.Branches != nil || p.Functions != nil || p.Statements != nil {
		t.Errorf("got %+v", p)
	}
}
