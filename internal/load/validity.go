package load

import (
	"fmt"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
)

// held is the share of the requested rate under which a run is no measurement.
const held = 0.99

// What a run is held to where its plan does not say.
const (
	usualLeast = 100
	usualLate  = 100 * time.Millisecond
	usualCPU   = 0.85
)

// invalid says why a run is no measurement, each with what to do. It looks at the
// generator alone: a target that is slow or fails was measured.
func (r *Result) invalid() []string {
	why := []string{}
	say := func(format string, args ...any) { why = append(why, fmt.Sprintf(format, args...)) }
	if r.Interrupted {
		say("the run was interrupted after %s s: run it again, to its end", report.Number(r.Asked.Seconds))
	}
	if own := r.Troubles[string(Ports)]; own > 0 {
		say("%d requests found no free port (cannot assign requested address): reuse connections, widen net.ipv4.ip_local_port_range, or send from more shards", own)
	}
	if own := r.Troubles[string(Files)]; own > 0 {
		say("%d requests found no free file (too many open files): raise ulimit -n, or send from more shards", own)
	}
	// Arrivals, not requests: a user whom the target's failure stopped makes fewer
	// requests, which is the target's doing.
	if r.Asked.Arrivals > 0 && r.SentSeconds > 0 {
		wanted, got := float64(r.Asked.Arrivals)/r.Asked.Seconds, float64(r.Arrivals)/r.SentSeconds
		if got < held*wanted {
			say("the generator sent %s a second where %s were asked for (%s%%, at least 99%% are needed): send from more shards, or from a larger machine",
				report.Number(got), report.Number(wanted), report.Number(float64(int(got/wanted*1000))/10))
		}
	}
	// A part is too small by itself; the merge judges.
	if least := orInt(r.Asked.Least, usualLeast); r.Requests < least && len(r.Shards) != 1 {
		say("%d requests are too few to say anything (at least %d): let it last longer", r.Requests, least)
	}
	if late := orFloat(r.Asked.LateMS, float64(usualLate.Milliseconds())); r.Generator.LateMS.P99 > late {
		say("the generator was late by %s ms (p99; at most %s ms): send from more shards, or from a larger machine", report.Number(r.Generator.LateMS.P99), report.Number(late))
	}
	if most := orFloat(r.Asked.CPUShare, usualCPU); r.Generator.CPUShare > most {
		say("the generator needed %s%% of its processors (at most %s%%): send from more shards, or from a larger machine", report.Number(r.Generator.CPUShare*100), report.Number(most*100))
	}
	return why
}

func orInt(n, usual int) int {
	if n == 0 {
		return usual
	}
	return n
}

func orFloat(f, usual float64) float64 {
	if f == 0 {
		return usual
	}
	return f
}
