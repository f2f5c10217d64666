package load

import "slices"

// derive fills in all that follows from what was counted, so that a merge says
// exactly what one run would have said.
func (r *Result) derive() {
	r.Requests, r.Errors = 0, 0
	r.Status = map[string]int{}
	for i := range r.Routes {
		at := &r.Routes[i]
		at.Latency = PercentilesOf(at.Latencies)
		r.Requests += at.Requests
		r.Errors += at.Errors
		for status, n := range at.Status {
			r.Status[status] += n
		}
	}
	r.Latency = PercentilesOf(r.Latencies())
	r.PeakRate = 0
	for i := range r.Series {
		in := &r.Series[i]
		p := PercentilesOf(in.Latencies)
		in.P50, in.P95, in.P99, in.Max = p.P50, p.P95, p.P99, p.Max
		in.Rate = 0
		if in.Seconds > 0 {
			in.Rate = thousandth(float64(in.Requests) / in.Seconds)
		}
		// A last interval that is cut short holds no rate for long.
		if in.Seconds == r.Series[0].Seconds {
			r.PeakRate = max(r.PeakRate, in.Rate)
		}
	}
	r.Generator.LateMS = PercentilesOf(r.Generator.Late)
	r.RequestedRate, r.AchievedRate = 0, 0
	if r.Asked.Seconds > 0 {
		r.RequestedRate = thousandth(float64(r.Asked.Requests) / r.Asked.Seconds)
	}
	if r.SentSeconds > 0 {
		r.AchievedRate = thousandth(float64(r.Requests) / r.SentSeconds)
	}
	r.Invalid = r.invalid()
	r.Valid = len(r.Invalid) == 0
}

// strip takes away what only a merge needs.
func (r *Result) strip() {
	r.Series = slices.Clone(r.Series)
	for i := range r.Series {
		r.Series[i].Latencies = nil
		r.Series[i].Target = thousandth(r.Series[i].Target)
	}
	r.Generator.Late = nil
}
