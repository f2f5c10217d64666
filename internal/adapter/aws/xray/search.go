package xray

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/aws/aws-sdk-go-v2/service/xray/types"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/pause"
	"github.com/cutover-dev/cutover/internal/trace"
)

// Search finds traces where Transaction Search keeps the spans of all of them,
// indexed or not. What is indexed is X-Ray's, so that Summaries are the same.
type Search struct{ *XRay }

// Search is the other way to the traces of the same account and region.
func (x *XRay) Search() *Search { return &Search{x} }

const (
	// retrievedAtOnce is the most that StartTraceRetrieval takes; source: the
	// service model of X-Ray, TraceIdListForRetrieval.
	retrievedAtOnce = 100
	// around is how much earlier and later than its ids say a trace is looked
	// for: the clock that made the id need not be X-Ray's.
	around = 5 * time.Minute
	// slowest is the longest wait between two looks at a retrieval.
	slowest = 10 * time.Second
	// leaving is how long it may take to tell X-Ray that nobody waits any more.
	leaving = 5 * time.Second
)

// Get implements trace.Traces by a retrieval: it is begun, takes its time, and
// is then read.
func (s *Search) Get(ctx context.Context, ids []string) (found []trace.Trace, missing []string, err error) {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	g := gathered{}
	for some := range slices.Chunk(ids, retrievedAtOnce) {
		if err := s.retrieve(ctx, some, g); err != nil {
			return nil, nil, err
		}
	}
	found, missing = g.of(ids)
	return found, missing, nil
}

func (s *Search) retrieve(ctx context.Context, ids []string, g gathered) (err error) {
	from, to, err := span(ids, time.Now())
	if err != nil {
		return err
	}
	begun, err := s.client.StartTraceRetrieval(ctx, &xray.StartTraceRetrievalInput{TraceIds: ids, StartTime: &from, EndTime: &to})
	if err != nil {
		return failed(ctx, "a retrieval of traces cannot be begun", "StartTraceRetrieval", err)
	}
	defer func() {
		if err != nil {
			s.leave(ctx, begun.RetrievalToken)
		}
	}()
	if err := s.complete(ctx, begun.RetrievalToken); err != nil {
		return err
	}
	return pages("the answer of a retrieval", func(token *string) (*string, error) {
		out, err := s.look(ctx, begun.RetrievalToken, token)
		if err != nil {
			return nil, err
		}
		for _, t := range out.Traces {
			var parts []part
			for _, span := range t.Spans {
				parts = append(parts, part{aws.ToString(span.Id), aws.ToString(span.Document)})
			}
			if err := g.add(aws.ToString(t.Id), aws.ToFloat64(t.Duration), false, parts); err != nil {
				return nil, err
			}
		}
		return out.NextToken, nil
	})
}

func (s *Search) look(ctx context.Context, retrieval, token *string) (*xray.ListRetrievedTracesOutput, error) {
	out, err := s.client.ListRetrievedTraces(ctx, &xray.ListRetrievedTracesInput{RetrievalToken: retrieval, TraceFormat: types.TraceFormatTypeXray, NextToken: token})
	if err != nil {
		return nil, failed(ctx, "a retrieval cannot be read", "ListRetrievedTraces", err)
	}
	return out, nil
}

// complete waits until the retrieval is. Before that an answer is empty, which
// must not be taken for one that found nothing; source: X-Ray API reference,
// ListRetrievedTraces.
func (s *Search) complete(ctx context.Context, retrieval *string) error {
	for wait := s.o.Poll; ; wait = min(2*wait, slowest) {
		out, err := s.look(ctx, retrieval, nil)
		if err != nil {
			return err
		}
		switch out.RetrievalStatus {
		case types.RetrievalStatusComplete:
			return nil
		case types.RetrievalStatusScheduled, types.RetrievalStatusRunning:
		default:
			return &fault.Fault{
				Kind: fault.Outside, Name: "X-Ray", What: "a retrieval of traces did not end well", Got: string(out.RetrievalStatus), Allowed: string(types.RetrievalStatusComplete),
				Next: "Run it again.",
			}
		}
		if err := pause.For(ctx, wait); err != nil {
			return err
		}
	}
}

// leave tells X-Ray that nobody waits for the retrieval. If it does not hear it,
// the retrieval ends by itself after an hour.
func (s *Search) leave(ctx context.Context, retrieval *string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaving)
	defer cancel()
	_, _ = s.client.CancelTraceRetrieval(ctx, &xray.CancelTraceRetrievalInput{RetrievalToken: retrieval}) // why it is left matters more
}

// span is when these traces were, by the second that stands in each id; source:
// X-Ray Developer Guide, "Trace ID".
func span(ids []string, now time.Time) (from, to time.Time, err error) {
	first := now
	for _, id := range ids {
		parts := strings.Split(id, "-")
		second, bad := int64(0), errors.New("")
		if len(parts) == 3 && parts[0] == "1" && len(parts[1]) == 8 {
			second, bad = strconv.ParseInt(parts[1], 16, 64)
		}
		if bad != nil {
			return from, to, &fault.Fault{Kind: fault.Refused, Name: "trace", What: "has no id of X-Ray", Got: id, Allowed: "1-<8 hexadecimal digits>-<24>"}
		}
		if at := time.Unix(second, 0); at.Before(first) {
			first = at
		}
	}
	return first.Add(-around), now.Add(around), nil
}
