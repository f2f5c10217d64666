package pause

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestForWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		if err := For(t.Context(), time.Hour); err != nil || time.Since(began) != time.Hour {
			t.Errorf("waited %s: %v", time.Since(began), err)
		}
	})
}

func TestForEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("cancelled by a person")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Minute, func() { cancel(why) })
		began := time.Now()
		if err := For(ctx, time.Hour); !errors.Is(err, why) || time.Since(began) != time.Minute {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
	})
}

func TestBackoffGrowsUpToItsBound(t *testing.T) {
	for name, c := range map[string]struct {
		Backoff
		failed int
		whole  time.Duration
	}{
		"the first":       {Backoff{time.Second, time.Minute}, 1, time.Second},
		"the third":       {Backoff{time.Second, time.Minute}, 3, 4 * time.Second},
		"at the bound":    {Backoff{time.Second, 5 * time.Second}, 4, 5 * time.Second},
		"long after it":   {Backoff{time.Second, time.Minute}, 1000, time.Minute},
		"below its first": {Backoff{time.Minute, time.Second}, 1, time.Second},
		"without a bound": {Backoff{First: time.Second}, 5, 16 * time.Second},
		"none at all":     {Backoff{}, 3, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var least, most time.Duration = 1 << 62, 0
			for range 1000 {
				d := c.After(c.failed)
				least, most = min(least, d), max(most, d)
			}
			if least < c.whole/2 || most > c.whole {
				t.Errorf("between %s and %s, of %s", least, most, c.whole)
			}
			// A thousand draws come close to both ends unless nothing is drawn.
			if c.whole > 0 && (least > c.whole*6/10 || most < c.whole*9/10) {
				t.Errorf("between %s and %s is not spread over the half of %s", least, most, c.whole)
			}
		})
	}
	if d := (Backoff{First: time.Hour}).After(100); d <= 0 {
		t.Errorf("without a bound the hundredth is %s", d)
	}
}

func TestBackoffWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		if err := (Backoff{First: 10 * time.Second}).Wait(t.Context(), 2); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(began); d < 10*time.Second || d > 20*time.Second {
			t.Errorf("waited %s", d)
		}
	})
}
