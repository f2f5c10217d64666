package s3

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"golang.org/x/sync/errgroup"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

const (
	// mostEvent bounds one event in bytes; one holds a sentence or two.
	mostEvent = 256 << 10
	// eventsAtOnce is how many events are read at the same time.
	eventsAtOnce = 16
)

// The key of an event is its number alone, without its hash: so S3 itself
// refuses a second event of the same number, whatever is in it.
var eventName = pattern.New(`^[0-9]{8}\.json$`)

func (r *Rollout) event(sequence int) Location {
	return r.at(fmt.Sprintf("events/%08d.json", sequence))
}

// Append implements rollout.Log. Events are written one after the other, so
// that what a kill leaves has no gap.
func (r *Rollout) Append(ctx context.Context, events []rollout.Event) error {
	if err := rollout.VerifyTail(events); err != nil {
		return &fault.Fault{Kind: fault.Refused, Name: "log", What: "does not take events that do not hold together", Err: err}
	}
	for _, e := range events {
		if err := r.appendOne(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

func (r *Rollout) appendOne(ctx context.Context, e rollout.Event) error {
	return r.enter(ctx, e.Sequence, e, "Its state was lost or changed meanwhile; the next tick rebuilds it from the log.", func(there []byte) bool {
		var stands rollout.Event
		return json.Unmarshal(there, &stands) == nil && stands.Hash == e.Hash && rollout.VerifyTail([]rollout.Event{stands}) == nil
	})
}

// enter writes one event of a log; same says whether what stands there is it.
func (r *Rollout) enter(ctx context.Context, sequence int, event any, next string, same func(there []byte) bool) error {
	at := r.event(sequence)
	text, err := json.Marshal(event)
	if err != nil || len(text) > mostEvent {
		return &fault.Fault{Kind: fault.Refused, Name: at.String(), What: fmt.Sprintf("the event has %d bytes", len(text)), Err: err, Allowed: fmt.Sprintf("at most %d", mostEvent)}
	}
	_, err = r.write(ctx, at, text, "", same)
	if errors.Is(err, errElse) {
		return &fault.Fault{Kind: fault.Refused, Name: at.String(), What: fmt.Sprintf("somebody else has written event %d", sequence), Next: next}
	}
	return err
}

// Events implements rollout.History.
func (r *Rollout) Events(ctx context.Context) ([]rollout.Event, error) {
	names, err := r.names(ctx)
	if err != nil {
		return nil, err
	}
	events, err := readEvents(ctx, r, names, number)
	if err != nil {
		return nil, err
	}
	if err := rollout.Verify(events); err != nil {
		return nil, r.broken(err)
	}
	return events, nil
}

// Tail implements rollout.History.
func (r *Rollout) Tail(ctx context.Context, most int) ([]rollout.Event, error) {
	names, err := r.names(ctx)
	if err != nil {
		return nil, err
	}
	events, err := readEvents(ctx, r, names[max(len(names)-most, 0):], number)
	if err != nil {
		return nil, err
	}
	if err := rollout.VerifyTail(events); err != nil {
		return nil, r.broken(err)
	}
	return events, nil
}

func (r *Rollout) broken(err error) error {
	return &fault.Fault{
		Kind: fault.Refused, Name: r.at("events/").String(), What: "does not hold together: " + err.Error(), Err: rollout.ErrLogBroken,
		Next: "Bring the object back from the bucket's versions. Until then only a rollback is carried out.",
	}
}

// names lists the events that there are, in their order. What else lies there
// is no event, and changes nothing.
func (r *Rollout) names(ctx context.Context) ([]string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, within, errSlow)
	defer cancel()
	at := r.at("events/")
	var names []string
	pages := s3.NewListObjectsV2Paginator(r.client, &s3.ListObjectsV2Input{Bucket: &at.Bucket, Prefix: &at.Key})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			return nil, failed("listing", at, err)
		}
		for _, o := range page.Contents {
			if name := path.Base(aws.ToString(o.Key)); at.Key+name == aws.ToString(o.Key) && eventName.MatchString(name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names, nil
}

func number(e rollout.Event) int { return e.Sequence }

// readEvents reads those of a log; sequence is an event's number.
func readEvents[E any](ctx context.Context, r *Rollout, names []string, sequence func(E) int) ([]E, error) {
	events := make([]E, len(names))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(eventsAtOnce)
	for i, name := range names {
		group.Go(func() error {
			text, _, err := r.read(ctx, r.at("events/"+name), mostEvent)
			switch {
			case errors.Is(err, ErrNotFound):
				return r.broken(fmt.Errorf("%s went away while it was read", name))
			case err != nil:
				return err
			}
			if err := json.Unmarshal(text, &events[i]); err != nil {
				return r.broken(fmt.Errorf("%s is no event: %w", name, err))
			}
			if fmt.Sprintf("%08d.json", sequence(events[i])) != name {
				return r.broken(fmt.Errorf("%s holds event %d", name, sequence(events[i])))
			}
			return nil
		})
	}
	return events, group.Wait()
}

// digestName names a copy by its content.
func digestName(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:12])
}

// codeOf returns the code that S3 gave, "" for none.
func codeOf(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}
