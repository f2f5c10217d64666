package monitoring_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/unit"
)

func TestEstimate(t *testing.T) {
	many := func(n int) (all []monitoring.Function) {
		for i := range n {
			all = append(all, monitoring.Function{Name: fmt.Sprintf("f%d", i), TimeoutSeconds: 20})
		}
		return all
	}
	// 4 metrics without a function: errors and invocations, throttles, cold
	// starts. Each function of its own has 4 in place of 3. Each stage has a
	// dashboard of $3 with 7 custom metrics of $0.30: cold starts, the daily cost,
	// green's weight and the verdict on it, three business figures; and the alarm
	// on that verdict for $0.10.
	const dashboard = 490 * unit.Dollar / 100
	for n, want := range map[int]unit.Money{0: 220 * unit.Dollar / 100, 1: 230 * unit.Dollar / 100, 10: 590 * unit.Dollar / 100, 11: 220 * unit.Dollar / 100, 200: 220 * unit.Dollar / 100} {
		want += dashboard
		s := build(t, planFor(monitoring.Inventory{Stage: "production", Functions: many(n)}))
		e := monitoring.EstimateOf(s, "production", want)
		if e.Monthly != want.Dollars() || e.Err() != nil || !e.Within {
			t.Errorf("%d functions: %v, want %s; %v", n, e.Monthly, want, e.Err())
		}
		err := monitoring.EstimateOf(s, "production", want-1).Err()
		var f *fault.Fault
		if !errors.As(err, &f) || f.Kind != fault.Refused || !strings.Contains(err.Error(), "Raise the limit, or watch less") {
			t.Errorf("%d functions: %v", n, err)
		}
	}
}
