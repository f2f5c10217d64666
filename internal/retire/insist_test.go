package retire_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/retire"
)

// hurried is a store in which somebody else is faster, as often as left says.
type hurried struct{ left, saves int }

func (*hurried) Load(context.Context) (retire.State, retire.Version, error) {
	return retire.New(), "1", nil
}

func (h *hurried) Save(context.Context, retire.State, retire.Version) (retire.Version, error) {
	if h.saves++; h.saves <= h.left {
		return "", retire.ErrConflict
	}
	return "2", nil
}

// A tick gives up soon, since the next one comes; nobody repeats a person's order.
//
// Shows: 5.8.3
func TestAnOrderInsists(t *testing.T) {
	// An order that brings nothing: it is refused, but first it must be heard.
	order := &retire.Order{Kind: retire.OrderApprove, By: "kim"}
	for name, c := range map[string]struct {
		order *retire.Order
		times int
		want  string
	}{
		"a tick, thrice slower":         {nil, 3, ""},
		"a tick, always slower":         {nil, 1000, "4 times while this tick decided. The next tick decides anew."},
		"an order, thirty times slower": {order, 30, ""},
		"an order, always slower":       {order, 1000, "40 times while this tick decided. Your order (approve) was not taken: give it again."},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := retire.Shell{Store: &hurried{left: c.times}}.Tick(t.Context(), time.Unix(0, 0), c.order)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}
