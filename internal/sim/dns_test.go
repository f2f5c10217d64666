package sim_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/sim"
)

// share is where clients are at the last finished minute's end.
func share(w *sim.World) float64 {
	shares := w.Truth().Shares
	return shares[len(shares)-1].Green
}

func TestClientsFollowAShift(t *testing.T) {
	w := world(t, "", 1, 1)
	if green, blue, err := w.Weights(); green != 1 || blue != 1 || err != nil {
		t.Errorf("weights are %d, %d, %v", green, blue, err)
	}
	w.Advance(30 * time.Second)
	w.Advance(30 * time.Second)
	near(t, "after a minute", share(w), 0.15, 0.05) // propagated after 30 to 60 s
	w.Advance(5 * time.Minute)
	near(t, "after six minutes, but for sticky clients", share(w), 0.487, 0.003)
	w.Advance(3 * time.Hour)
	near(t, "in the end", share(w), 0.5, 0.0001)

	if err := w.SetWeights(0, 1); err != nil {
		t.Fatal(err)
	}
	w.Advance(10 * time.Minute)
	if got := share(w); got < 0.009 || got > 0.014 {
		t.Errorf("ten minutes after the rollback green still has %g; only sticky clients should be there", got)
	}
	near(t, "delivered share", float64(whole(t, w)[150].Green.Requests)/1200, 0.5, 0.08)
}

func TestSharesAreExactWithinAMinute(t *testing.T) {
	w := world(t, "dns: {sticky: 0%}\n", 1, 0)
	w.Advance(time.Minute)
	start := share(w)
	w.Advance(4 * time.Minute)
	near(t, "decay over four TTLs", 1-share(w), (1-start)*math.Exp(-4), 1e-9)
}

func TestWeightsThatRoute53DoesNotHave(t *testing.T) {
	w := world(t, "", 1, 1)
	for _, c := range [][2]int{{-1, 1}, {1, 256}} {
		if err := w.SetWeights(c[0], c[1]); !errors.Is(err, sim.ErrWeight) {
			t.Errorf("%v: %v", c, err)
		}
	}
	if err := w.SetWeights(0, 0); err != nil {
		t.Fatal(err)
	}
	w.Advance(3 * time.Hour)
	near(t, "two records of weight 0 share alike", share(w), 0.5, 0.001)
}

// Blue answers once green is unhealthy, although its weight is 0.
func TestVerdictMovesTrafficWithoutTheControlPlane(t *testing.T) {
	w := world(t, "faults:\n  - {at: 1 h, control_plane: down}\n", 1, 0)
	w.Advance(2 * time.Hour)
	if err := w.SetWeights(0, 1); !errors.Is(err, sim.ErrDown) {
		t.Errorf("the control plane is down and says %v", err)
	}
	if _, _, err := w.Weights(); !errors.Is(err, sim.ErrDown) {
		t.Errorf("reading weights: %v", err)
	}
	if !w.GreenHealthy() || share(w) < 0.99 {
		t.Fatalf("healthy %v, share %g", w.GreenHealthy(), share(w))
	}
	if err := w.SetVerdict(false); err != nil {
		t.Fatal(err)
	}
	if !w.GreenHealthy() {
		t.Error("the health check saw the verdict before its period was over")
	}
	w.Advance(time.Minute)
	if w.GreenHealthy() {
		t.Error("the health check has not seen the verdict after a minute")
	}
	w.Advance(5 * time.Minute)
	near(t, "green after five minutes more", share(w), 0.03, 0.01)
	if err := w.SetVerdict(true); err != nil {
		t.Fatal(err)
	}
	w.Advance(7 * time.Minute)
	near(t, "green after a good verdict", share(w), 0.99, 0.012)
}

func TestNativeAlarm(t *testing.T) {
	w := world(t, "faults:\n  - {at: 60 m, for: 20 m, errors: 50%}\n", 1, 0)
	w.Advance(62 * time.Minute)
	if !w.GreenHealthy() {
		t.Error("the alarm rang without delay")
	}
	w.Advance(time.Minute)
	if w.GreenHealthy() {
		t.Error("two bad minutes and one of delay, and no alarm")
	}
	w.Advance(5 * time.Minute)
	if got := share(w); got > 0.05 {
		t.Errorf("green still has %g", got)
	}
	w.Advance(16 * time.Minute) // bad for 20 minutes, then five good ones of sticky clients
	if w.GreenHealthy() {
		t.Error("the alarm stopped before five good minutes and one of delay")
	}
	w.Advance(2 * time.Minute)
	if !w.GreenHealthy() {
		t.Error("the alarm rings for ever")
	}
}

func TestAlarmIsBlindWithoutPoints(t *testing.T) {
	for name, lines := range map[string]string{
		"few requests":  "traffic: {per_minute: 1, amplitude: 0%}\nfaults:\n  - {errors: 60%}\n",
		"no metrics":    "traffic: {amplitude: 0%}\nfaults:\n  - {errors: 60%}\n  - {metrics: missing}\n",
		"below a fifth": "traffic: {amplitude: 0%}\nfaults:\n  - {errors: 12%}\n",
	} {
		t.Run(name, func(t *testing.T) {
			w := sim.New(parse(t, "correlation: 0%\n"+lines), 1)
			if err := w.SetWeights(1, 0); err != nil {
				t.Fatal(err)
			}
			w.Advance(time.Hour)
			if !w.GreenHealthy() {
				t.Error("the alarm rings")
			}
		})
	}
}

func TestEndpointDown(t *testing.T) {
	w := world(t, "faults:\n  - {at: 10 m, for: 10 m, endpoint: down}\n", 1, 0)
	w.Advance(11 * time.Minute)
	if !w.GreenHealthy() {
		t.Error("the health check believed the first answer")
	}
	w.Advance(31 * time.Second)
	if w.GreenHealthy() {
		t.Error("the health check has not seen it after 90 s")
	}
	w.Advance(5 * time.Minute)
	if m := whole(t, w)[12]; m.Green.Errors+m.Green.Rejected < m.Green.Requests*99/100 {
		t.Errorf("green is down and answers: %+v", m.Green)
	}
	if got := share(w); got > 0.1 {
		t.Errorf("green is down and has %g", got)
	}
}
