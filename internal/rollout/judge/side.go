package judge

import (
	"math"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout/evidence"
)

// tells is how many bad requests are expected at the limit before a span of
// time can tell whether it is exceeded: with 25 requests one error in 100 shows.
const tells = 0.25

// take adds a minute's requests of one side.
func (s *Side) take(o Objective, bad, total int64, most float64) {
	if total <= 0 {
		return
	}
	s.Change.Add(evidence.Limit(o.Limit), float64(bad), float64(total), most)
	// Where little comes in, minutes are pooled: one by one most would show
	// nothing, however broken green is.
	s.Bad, s.Total = s.Bad+bad, s.Total+total
	if float64(s.Total)*o.Limit >= tells {
		s.Past = s.Past.with(float64(s.Bad) > o.Limit*float64(s.Total))
		s.Bad, s.Total = 0, 0
	}
}

// calm is the evidence below which a limit counts as not broken again.
var calm = math.Log(10)

// latch notes when thresholds are reached, and forgets it when for a while
// nothing was left of the evidence.
func (t *Track) latch(at time.Time, threshold float64, agreement int) {
	t.Green.latch(at, threshold, agreement)
	t.Blue.latch(at, threshold, agreement)
	switch log := t.Worse.Log(); {
	case t.WorseAt.IsZero() && log >= threshold:
		t.WorseAt = at
	case log < calm:
		t.WorseAt = time.Time{}
	}
}

func (s *Side) latch(at time.Time, threshold float64, agreement int) {
	log := s.Change.Log()
	if log >= calm {
		s.Loud = at
	}
	switch {
	case s.Broken.IsZero() && log >= threshold && s.Past.count() >= agreement:
		s.Broken = at
	case at.Sub(s.Loud) > Patience:
		s.Broken = time.Time{}
	}
}

// broken says that the limit was shown to be broken and is exceeded now.
func (s *Side) broken(agreement int) bool {
	return !s.Broken.IsZero() && s.Change.Log() >= calm && s.Past.count() >= agreement
}

// began estimates when what broke the limit began.
func (s *Side) began(through time.Time) time.Time {
	return through.Add(-time.Duration(s.Change.Since()) * time.Minute)
}
