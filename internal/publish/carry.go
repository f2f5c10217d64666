package publish

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Hub is what GitHub does for a release. Each call may be repeated: one that was
// cut off is followed by another look.
type Hub interface {
	// Look says what there is of the version.
	Look(ctx context.Context, v Version) (Seen, error)
	// Draft makes a draft that nobody else sees.
	Draft(ctx context.Context, v Version, body string) error
	// Upload adds a file to the draft, Discard removes a broken one.
	Upload(ctx context.Context, release int64, a Asset) error
	Discard(ctx context.Context, part int64) error
	// Tag commits files on top of a commit and names that commit; a tag that is
	// there stays.
	Tag(ctx context.Context, tag, parent, message string, files map[string]string) error
	// Publish shows the draft to everybody.
	Publish(ctx context.Context, release int64, v Version) error
	// Move lets a tag name another commit; from is empty for a new tag.
	Move(ctx context.Context, tag, from, to string) error
}

// mostRounds bounds how often GitHub is looked at: seven do, if nothing goes wrong.
const mostRounds = 12

// atOnce is how many files are uploaded at a time.
const atOnce = 4

// Carry brings a release from wherever it is to its end. Whatever it has done is
// found there by the next look, so that it can be killed anywhere and started
// again. say is told of each step.
func Carry(ctx context.Context, hub Hub, w Wanted, say func(Step)) (Seen, error) {
	for range mostRounds {
		seen, err := hub.Look(ctx, w.Version)
		if err != nil {
			return seen, err
		}
		steps, err := Plan(w, seen)
		if err != nil || len(steps) == 0 {
			return seen, err
		}
		if err := carryAll(ctx, hub, w, seen, steps, say); err != nil {
			return seen, err
		}
	}
	return Seen{}, &fault.Fault{Kind: fault.Outside, Name: w.Version.String(), What: "does not become what it has to be: somebody else changes it, or GitHub does not show what it was told", Next: "Look whether another run works on it, then run this again."}
}

// carryAll carries out steps of one kind, uploads several at a time.
func carryAll(ctx context.Context, hub Hub, w Wanted, seen Seen, steps []Step, say func(Step)) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	var turn sync.Mutex
	for _, step := range steps {
		group.Go(func() error {
			turn.Lock()
			say(step)
			turn.Unlock()
			return carry(ctx, hub, w, seen, step)
		})
	}
	return group.Wait()
}

func carry(ctx context.Context, hub Hub, w Wanted, seen Seen, step Step) error {
	switch step.Kind {
	case MakeDraft:
		return hub.Draft(ctx, w.Version, w.Body)
	case DiscardPart:
		return hub.Discard(ctx, step.Part.ID)
	case UploadAsset:
		return hub.Upload(ctx, seen.Release.ID, step.Asset)
	case MakeTag:
		return hub.Tag(ctx, w.Version.String(), w.Source, "Release "+w.Version.String(), w.Files)
	case PublishDraft:
		return hub.Publish(ctx, seen.Release.ID, w.Version)
	}
	return hub.Move(ctx, w.Version.MajorTag(), step.From, step.To)
}
