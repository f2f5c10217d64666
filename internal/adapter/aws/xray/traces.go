package xray

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/xray"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/trace"
)

// idsAtOnce is the most that BatchGetTraces takes; source: X-Ray API reference.
const idsAtOnce = 5

// Get implements trace.Traces with what X-Ray itself has kept.
func (x *XRay) Get(ctx context.Context, ids []string) (found []trace.Trace, missing []string, err error) {
	ctx, cancel := x.bounded(ctx)
	defer cancel()
	g := gathered{}
	for some := range slices.Chunk(ids, idsAtOnce) {
		err := pages("the answer about traces", func(token *string) (*string, error) {
			out, err := x.client.BatchGetTraces(ctx, &xray.BatchGetTracesInput{TraceIds: some, NextToken: token})
			if err != nil {
				return nil, failed(ctx, "traces cannot be read", "BatchGetTraces", err)
			}
			for _, t := range out.Traces {
				var parts []part
				for _, s := range t.Segments {
					parts = append(parts, part{aws.ToString(s.Id), aws.ToString(s.Document)})
				}
				if err := g.add(aws.ToString(t.Id), aws.ToFloat64(t.Duration), aws.ToBool(t.LimitExceeded), parts); err != nil {
					return nil, err
				}
			}
			return out.NextToken, nil
		})
		if err != nil {
			return nil, nil, err
		}
	}
	found, missing = g.of(ids)
	return found, missing, nil
}

// part is a segment as it arrives: its own id, and a document that is a text.
type part struct{ id, document string }

// gathered are the traces that have come so far, by id: one may come in several
// pages.
type gathered map[string]*trace.Trace

func (g gathered) add(id string, seconds float64, limited bool, parts []part) error {
	t := g[id]
	if t == nil {
		t = &trace.Trace{ID: id}
		g[id] = t
	}
	t.Duration = max(t.Duration, duration(seconds))
	t.Partial = t.Partial || limited
	for _, p := range parts {
		d, err := parse(p.document)
		if err != nil {
			return &fault.Fault{
				Kind: fault.Outside, Name: "trace " + id, What: "has a segment " + p.id + " that is no segment document", Err: err,
				Next: "Look at the trace in the console. Whatever sends such segments must be mended first.",
			}
		}
		t.Partial = t.Partial || d.InProgress
		t.Segments = append(t.Segments, d)
	}
	return nil
}

// of returns what was asked for, in that order. A trace without any segment is
// not there yet.
func (g gathered) of(ids []string) (found []trace.Trace, missing []string) {
	for _, id := range ids {
		if t := g[id]; t != nil && len(t.Segments) > 0 {
			found = append(found, *t)
			continue
		}
		missing = append(missing, id)
	}
	return found, missing
}

// parse reads a document. One without the members that each has is none; what
// else is wrong with one is a finding and no error.
func parse(text string) (trace.Document, error) {
	var d trace.Document
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return d, fmt.Errorf("it is no JSON from byte %d on", syntax.Offset)
		}
		return d, err
	}
	if d.ID == "" || d.Name == "" || d.Start == 0 {
		return d, errors.New("it has no id, name or start_time")
	}
	return d, nil
}

// duration is a number of seconds as X-Ray writes it.
func duration(seconds float64) time.Duration {
	return time.Duration(seconds * float64(time.Second))
}
