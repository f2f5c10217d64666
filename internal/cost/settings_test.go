package cost_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/cost"
	"github.com/cutover-dev/cutover/internal/unit"
)

func TestBudget(t *testing.T) {
	tests := []struct{ name, yaml, want string }{
		{"rising alerts", "{monthly: $200, alerts: [50%, 80%, 100%]}", ""},
		{"equal alerts", "{monthly: $200, alerts: [80%, 80%]}", "alerts[1]: 80% does not rise"},
		{"falling alerts", "{monthly: $200, alerts: [100%, 80%]}", "alerts[1]: 80% does not rise"},
		{"an alert at once", "{monthly: $200, alerts: [0%]}", "must be more than 0%"},
		{"six alerts", "{monthly: $200, alerts: [1%, 2%, 3%, 4%, 5%, 6%]}", "at most 5 entries"},
		{"no limit", "{}", `the key "monthly" is missing`},
		{"nothing to spend", "{monthly: $0}", "must be more than $0"},
		{"no currency", "{monthly: 200}", `write "$200"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var b cost.Budget
			err := strict.Decode("s", []byte(test.yaml), &b)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

func TestBudgetDefaults(t *testing.T) {
	var b cost.Budget
	if err := strict.Decode("s", []byte("monthly: $200"), &b); err != nil {
		t.Fatal(err)
	}
	want := cost.Budget{Monthly: 200 * unit.Dollar, Alerts: []unit.Percent{800_000, unit.Full}, Teams: []string{"devops", "finance"}}
	if !reflect.DeepEqual(b, want) {
		t.Errorf("got %+v", b)
	}
}
