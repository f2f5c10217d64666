package virtual_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/virtual"
)

// recording is an hour of blue alone with so many requests a minute, of which
// one in so many is an error.
func recording(t *testing.T, requests, oneIn int) rollout.Trace {
	t.Helper()
	var b strings.Builder
	b.WriteString(rollout.TraceHeader + "\n")
	seen := 0
	for m := 1; m <= 60; m++ {
		errors := (seen+requests)/oneIn - seen/oneIn
		seen += requests
		fmt.Fprintf(&b, "%d,0,0,0,%d,%d,%d\n", m, requests, errors, requests/50)
	}
	trace, err := rollout.ParseTrace("recording.csv", strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return trace
}

func TestForesee(t *testing.T) {
	for name, c := range map[string]struct {
		requests, oneIn int
		provable        bool
		remedy          string // of the first phase
	}{
		"plenty of traffic":        {1200, 500, true, ""},
		"too little at 10%":        {20, 1000, false, "hold: "},
		"blue is past the limit":   {1200, 50, false, "raise the limit"},
		"a request every minute":   {1, 1000, false, "30 days"},
		"just under what is proof": {1200, 110, false, "hold: "},
	} {
		t.Run(name, func(t *testing.T) {
			runs := 1 // without a proof there is nothing to ask the rehearsals
			if c.provable {
				runs = 4
			}
			o, err := virtual.Foresee(t.Context(), policy(t), recording(t, c.requests, c.oneIn), runs, 1, func(int) {})
			if err != nil {
				t.Fatal(err)
			}
			if o.Provable != c.provable || len(o.Phases) != 3 || !strings.Contains(o.Phases[0].Remedy, c.remedy) {
				t.Errorf("provable %v; %+v", o.Provable, o.Phases)
			}
			if c.provable && (o.DetectionMinutes == nil || o.DetectionMinutes.Value > 12 || o.FalseRollbacks.Value > 0) {
				t.Errorf("%+v", o)
			}
		})
	}
}
