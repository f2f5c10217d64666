package xray

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/aws/aws-sdk-go-v2/service/xray/types"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/trace"
)

// Summaries implements trace.Traces. X-Ray is asked for all that the filter
// finds, and not for a sample of it. A trace that began on the edge of two
// windows is told once.
func (x *XRay) Summaries(ctx context.Context, filter string, from, to time.Time) ([]trace.Summary, error) {
	ctx, cancel := x.bounded(ctx)
	defer cancel()
	var all []trace.Summary
	at := map[string]int{}
	err := windows(from, to, func(from, to time.Time) error {
		in := xray.GetTraceSummariesInput{StartTime: &from, EndTime: &to, TimeRangeType: types.TimeRangeTypeTraceId, Sampling: aws.Bool(false)}
		if filter != "" {
			in.FilterExpression = &filter
		}
		return pages("the list of traces", func(token *string) (*string, error) {
			in.NextToken = token
			out, err := x.client.GetTraceSummaries(ctx, &in)
			if err != nil {
				return nil, failed(ctx, "traces cannot be searched for", "GetTraceSummaries", err)
			}
			for _, s := range out.TraceSummaries {
				seen, err := summary(s)
				if err != nil {
					return nil, err
				}
				if i, ok := at[seen.ID]; ok {
					all[i] = seen
					continue
				}
				at[seen.ID] = len(all)
				all = append(all, seen)
			}
			return out.NextToken, nil
		})
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

func summary(s types.TraceSummary) (trace.Summary, error) {
	t := trace.Summary{
		ID: aws.ToString(s.Id), Fault: aws.ToBool(s.HasFault), Error: aws.ToBool(s.HasError), Throttle: aws.ToBool(s.HasThrottle),
		Partial: aws.ToBool(s.IsPartial), Duration: duration(aws.ToFloat64(s.Duration)), Annotations: map[string][]any{},
	}
	for key, values := range s.Annotations {
		for _, v := range values {
			value, ok := annotation(v.AnnotationValue)
			if !ok {
				return t, &fault.Fault{Kind: fault.Outside, Name: "trace " + t.ID, What: "has an annotation " + key + " of a kind that X-Ray had not when this was written", Next: "Use a newer version of cutover."}
			}
			t.Annotations[key] = append(t.Annotations[key], value)
		}
	}
	return t, nil
}

func annotation(v types.AnnotationValue) (value any, ok bool) {
	switch v := v.(type) {
	case *types.AnnotationValueMemberStringValue:
		return v.Value, true
	case *types.AnnotationValueMemberNumberValue:
		return v.Value, true
	case *types.AnnotationValueMemberBooleanValue:
		return v.Value, true
	}
	return nil, false
}
