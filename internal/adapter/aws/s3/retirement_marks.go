package s3

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire"
)

// Marks are what a retirement has told others, each read by whoever must know: a
// pipeline that deploys to blue, traffic-shift, whoever looks for the documents.
type Marks struct {
	// Frozen is since when nobody deploys to blue.
	Frozen time.Time `json:"frozen,omitzero"`
	// VerdictOff is since when traffic-shift publishes no verdict.
	VerdictOff time.Time `json:"verdict_off,omitzero"`
	// Archives are those of images as they were verified, by their repository's ARN.
	Archives map[string]retire.Archive `json:"archives,omitempty"`
	// PullRequest and Retrospective are where the documents are.
	PullRequest   string `json:"pull_request,omitempty"`
	Retrospective string `json:"retrospective,omitempty"`
	// Plan is the plan of which the documents tell.
	Plan string `json:"plan_sha256,omitempty"`
}

// marksAgain is how often marks are set anew because others set some meanwhile.
const marksAgain = 5

// Marks reads them; none is the zero value.
func (s Retirement) Marks(ctx context.Context) (Marks, error) {
	m, _, err := s.marks(ctx)
	return m, err
}

func (s Retirement) marks(ctx context.Context) (m Marks, version string, err error) {
	at := s.r.at(marksName)
	text, v, err := s.r.read(ctx, at, mostKit)
	if errors.Is(err, ErrNotFound) {
		return Marks{}, "", nil
	}
	if err != nil {
		return Marks{}, "", err
	}
	in := json.NewDecoder(bytes.NewReader(text))
	if err := in.Decode(&m); err != nil {
		return Marks{}, "", &fault.Fault{Kind: fault.Refused, Name: at.String(), What: "is not what decommission keeps there", Err: err, Next: "Bring back an earlier version of the object."}
	}
	return m, string(v), nil
}

// Mark changes the marks, where nobody else does at the same time. What is set
// already is written no second time.
func (s Retirement) Mark(ctx context.Context, change func(*Marks)) error {
	for range marksAgain {
		m, version, err := s.marks(ctx)
		if err != nil {
			return err
		}
		before := m.equal()
		m.Archives = maps.Clone(m.Archives)
		change(&m)
		text := m.equal()
		if bytes.Equal(before, text) && version != "" {
			return nil
		}
		doc := Document{s.r, s.r.at(marksName)}
		if err := doc.Write(ctx, append(text, '\n'), version); !errors.Is(err, ErrChanged) {
			return err
		}
	}
	return &fault.Fault{Kind: fault.Outside, Name: s.r.at(marksName).String(), What: fmt.Sprintf("was changed by somebody else %d times", marksAgain), Next: "The next tick tries again."}
}

// equal writes the marks; the same ones are the same bytes.
func (m Marks) equal() []byte {
	for arn, a := range m.Archives {
		a.Images = slices.Sorted(slices.Values(a.Images))
		m.Archives[arn] = a
	}
	text, _ := json.MarshalIndent(m, "", "  ") // strings and times: it cannot fail
	return text
}
