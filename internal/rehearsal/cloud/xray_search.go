package cloud

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/trace"
)

// searching is CloudWatch's Transaction Search, where it is switched on.
type searching struct {
	percent float64
	pending bool
	takes   time.Duration
}

// searches is nil where spans go to X-Ray itself. What a stack declares switches
// it on for the account; source: CloudFormation Template Reference,
// AWS::XRay::TransactionSearchConfig.
func (c *Cloud) searches() *searching {
	if c.rays.search != nil {
		return c.rays.search
	}
	for _, k := range c.shelf {
		if k.kind == "AWS::XRay::TransactionSearchConfig" {
			percent, ok := decimal(k.properties["IndexingPercentage"])
			if !ok {
				percent = 1 // what AWS takes where nothing is said
			}
			return &searching{percent: percent}
		}
	}
	return nil
}

func (c *Cloud) segmentDestination(*struct{}) (map[string]any, *denial) {
	out := map[string]any{"Destination": "XRay", "Status": "ACTIVE"}
	if s := c.searches(); s != nil {
		out["Destination"] = "CloudWatchLogs"
		if s.pending {
			out["Status"] = "PENDING"
		}
	}
	return out, nil
}

// indexingRules; there is one, called Default.
func (c *Cloud) indexingRules(*struct{ NextToken string }) (map[string]any, *denial) {
	percent := 1.0
	if s := c.searches(); s != nil {
		percent = s.percent
	}
	return map[string]any{"IndexingRules": []any{map[string]any{
		"Name": "Default", "ModifiedAt": float64(c.time().Unix()),
		"Rule": map[string]any{"Probabilistic": map[string]any{"DesiredSamplingPercentage": percent, "ActualSamplingPercentage": percent}},
	}}}, nil
}

// retrieval is a search that somebody has begun.
type retrieval struct {
	ids       []string
	from      window
	ready     time.Time
	cancelled bool
}

// mostRetrieved bounds a search here; the API reference names no bound.
const mostRetrieved = 1000

// startRetrieval begins to look for traces in the log group of Transaction
// Search, where all of them are, indexed or not.
func (c *Cloud) startRetrieval(in *struct {
	window
	TraceIDs []string `json:"TraceIds"`
}) (map[string]any, *denial) {
	if f := asked(in.TraceIDs, mostRetrieved); f != nil {
		return nil, f
	}
	s := c.searches()
	switch {
	case s == nil || s.pending:
		return nil, &denial{http.StatusNotFound, "ResourceNotFoundException", "The log group aws/spans does not exist: Transaction Search is not enabled"}
	case in.StartTime <= 0 || in.EndTime < in.StartTime:
		return nil, invalid("Start time must be before end time")
	}
	if c.rays.retrievals == nil {
		c.rays.retrievals = map[string]*retrieval{}
	}
	token := uuid(idOf("retrieval " + string(rune('a'+len(c.rays.retrievals)%26)) + in.TraceIDs[0] + time.Duration(len(c.rays.retrievals)).String()))
	ids := slices.Compact(slices.Sorted(slices.Values(in.TraceIDs)))
	c.rays.retrievals[token] = &retrieval{ids: ids, from: in.window, ready: c.time().Add(s.takes)}
	return map[string]any{"RetrievalToken": token}, nil
}

// status of a retrieval; it times out after an hour.
func (r *retrieval) status(now time.Time) string {
	switch {
	case r.cancelled:
		return "CANCELLED"
	case now.After(r.ready.Add(time.Hour)):
		return "TIMEOUT"
	case now.Before(r.ready):
		return "RUNNING"
	}
	return "COMPLETE"
}

func (c *Cloud) retrieved(token string) (*retrieval, *denial) {
	r, ok := c.rays.retrievals[token]
	if !ok {
		return nil, &denial{http.StatusNotFound, "ResourceNotFoundException", "There is no retrieval with this token"}
	}
	return r, nil
}

// found are the traces of a retrieval that are there.
func (c *Cloud) found(r *retrieval) map[string]trace.Trace {
	all := map[string]trace.Trace{}
	for _, id := range r.ids {
		if t, ok := c.shown(id); ok && r.from.holds(t.Segments[0].Start) {
			all[id] = t
		}
	}
	return all
}

// listRetrieved is empty until the retrieval is complete.
func (c *Cloud) listRetrieved(in *struct{ RetrievalToken, NextToken, TraceFormat string }) (map[string]any, *denial) {
	r, f := c.retrieved(in.RetrievalToken)
	if f != nil {
		return nil, f
	}
	if in.TraceFormat != "" && in.TraceFormat != "XRAY" {
		c.unknown = append(c.unknown, "xray ListRetrievedTraces as "+in.TraceFormat)
		return nil, invalid("this cloud gives traces as XRAY")
	}
	list, next := []any{}, ""
	status := r.status(c.time())
	if status == "COMPLETE" {
		all := c.found(r)
		var part []string
		part, next = page(slices.Sorted(maps.Keys(all)), in.NextToken)
		for _, id := range part {
			m, err := written(all[id], "Spans")
			if err != nil {
				return nil, invalid(err.Error())
			}
			list = append(list, m)
		}
	}
	return withNext(map[string]any{"RetrievalStatus": status, "TraceFormat": "XRAY", "Traces": list}, next), nil
}

func (c *Cloud) retrievedGraph(in *struct{ RetrievalToken, NextToken string }) (map[string]any, *denial) {
	r, f := c.retrieved(in.RetrievalToken)
	if f != nil {
		return nil, f
	}
	status := r.status(c.time())
	out := map[string]any{"RetrievalStatus": status, "Services": []any{}}
	if status != "COMPLETE" {
		return out, nil
	}
	part, next, f := paged(graphOf(slices.Collect(maps.Values(c.found(r)))).services(), in.NextToken)
	if f != nil {
		return nil, f
	}
	list := []any{}
	for _, s := range part {
		list = append(list, map[string]any{"Service": s, "Links": []any{}})
	}
	out["Services"] = list
	return withNext(out, next), nil
}

func (c *Cloud) cancelRetrieval(in *struct{ RetrievalToken string }) (map[string]any, *denial) {
	r, f := c.retrieved(in.RetrievalToken)
	if f != nil {
		return nil, f
	}
	r.cancelled = true
	return map[string]any{}, nil
}
