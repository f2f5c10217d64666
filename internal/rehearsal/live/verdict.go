package live

import (
	"fmt"
	"time"

	"github.com/cutover-dev/cutover/internal/verdict"
)

const (
	// budget is what a rollback may take from its decision on: story 5.5.
	budget = 5 * time.Minute
	// alone is what DNS may take without anybody, from the fault on: the minutes
	// that green's alarm wants, one more for the fault begins within one, the TTL,
	// and the time over which a share is looked at.
	alone = (failoverMinutes+1)*time.Minute + ttl + sight + 30*time.Second
)

// Wrong says what did not come as it should; nothing for a scenario that showed
// what it set out to show.
func (f Figures) Wrong() (wrong []string) {
	no := func(ok bool, format string, args ...any) {
		if !ok {
			wrong = append(wrong, fmt.Sprintf(format, args...))
		}
	}
	no(f.All.Requests() > 0, "nobody asked anything")
	no(!f.Apart, "A and AAAA did not always have the same weights")
	no(f.All.Harm() == f.Broken, "users had %d bad answers, and green failed %d requests", f.All.Harm(), f.Broken)
	s := f.Scenario
	if s.Broken == 0 {
		no(f.ended(soaking), "green did not come through all phases")
		no(f.Stands == 1, "the record gives green %.0f%%, not everything", 100*f.Stands)
		no(f.All.Harm() == 0, "%d requests were harmed", f.All.Harm())
		return wrong
	}
	no(f.Broken > 0, "green never failed")
	no(!f.DNS.IsZero(), "DNS never left green")
	if s.Spared {
		// What the runbook green-5xx warns of: only a rollback ends it.
		no(f.Returns > 0, "DNS stayed on blue although green answered every check well")
		no(f.Stands > 0 && f.Decided.IsZero(), "somebody decided although nobody lived")
		return wrong
	}
	no(f.Returns == 0, "DNS gave green its weight back %d times", f.Returns)
	no(!f.Back.IsZero(), "blue never had 95%% of the requests for good")
	if s.Killed {
		no(!f.Alive, "a watcher lived")
		no(f.Decided.IsZero() && f.Record.IsZero(), "somebody decided although nobody lived")
		no(f.Stands > 0, "the record changed although nobody lived")
		no(f.Back.IsZero() || f.Back.Sub(f.Fault) <= alone, "users were back %s after the fault, and DNS may take %s", f.Back.Sub(f.Fault), alone)
		return wrong
	}
	no(!f.Decided.IsZero(), "nobody decided to go back")
	no(f.Back.IsZero() || f.Decided.IsZero() || f.Back.Sub(f.Decided) <= budget, "users were back %s after the decision, and the budget is %s", f.Back.Sub(f.Decided), budget)
	if s.NoControl {
		no(f.Record.IsZero() && f.Stands > 0, "the record changed without a control plane")
		no(!f.Mended.IsZero(), "the record was not put right once it could be changed again")
		return wrong
	}
	no(!f.Record.IsZero() && f.Stands == 0, "the record still gives green %.0f%%", 100*f.Stands)
	no(f.ended(confirmed), "the watcher never confirmed that blue has the traffic")
	return wrong
}

// Verdict is pass if nothing is wrong.
func (f Figures) Verdict() verdict.Verdict {
	if len(f.Wrong()) > 0 {
		return verdict.Fail
	}
	return verdict.Pass
}

// ended says whether the log has an event of this kind.
func (f Figures) ended(kind string) bool {
	for _, e := range f.Events {
		if e.Kind == kind {
			return true
		}
	}
	return false
}
