package deploy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Change is what an update did to one resource, or would do.
type Change struct {
	URN string `json:"urn"`
	// Name and Type are the URN's last parts, as SST shows them.
	Name string `json:"name"`
	Type string `json:"type"`
	// Op is created, updated, deleted, replaced, imported or another operation
	// of Pulumi's in its own words.
	Op     string `json:"op"`
	Failed bool   `json:"failed"`
	// Seconds is how long it took; Pulumi logs whole seconds.
	Seconds int64 `json:"seconds"`
	// Properties are the paths that differ, without their values, which may be
	// secret. Diffs have them.
	Properties []string `json:"properties,omitempty"`
}

// Events is what Pulumi's event log of one update says.
type Events struct {
	// Finished says whether Pulumi came to its end: only then does it write a
	// summary. SST exits with 0 when Pulumi was killed (run.go: ExitCode() > 0
	// is false for a signal), so this is what tells.
	Finished bool
	// Corrupt says that Pulumi holds a resource's state for invalid.
	Corrupt bool
	Changes []Change
	// Same counts the resources that were left as they are.
	Same int
	Took time.Duration
}

// Failures counts the operations that failed.
func (e *Events) Failures() int {
	n := 0
	for _, c := range e.Changes {
		if c.Failed {
			n++
		}
	}
	return n
}

// Done counts the operations that changed something.
func (e *Events) Done() int { return len(e.Changes) - e.Failures() }

// step is Pulumi's StepEventMetadata as far as it is used; source: pulumi,
// sdk/go/common/apitype/events.go.
type step struct {
	Op           string                     `json:"op"`
	URN          string                     `json:"urn"`
	Type         string                     `json:"type"`
	DetailedDiff map[string]json.RawMessage `json:"detailedDiff"`
}

type stepEvent struct {
	Metadata step `json:"metadata"`
	Planning bool `json:"planning"`
}

type engineEvent struct {
	Timestamp int64      `json:"timestamp"`
	Pre       *stepEvent `json:"resourcePreEvent"`
	Outputs   *stepEvent `json:"resOutputsEvent"`
	Failed    *stepEvent `json:"resOpFailedEvent"`
	Summary   *struct {
		MaybeCorrupt    bool           `json:"maybeCorrupt"`
		DurationSeconds int64          `json:"durationSeconds"`
		ResourceChanges map[string]int `json:"resourceChanges"`
		IsPreview       bool           `json:"isPreview"`
	} `json:"summaryEvent"`
}

// ParseEvents reads an event log: one JSON object a line. A log that breaks off
// in the middle of a line is read up to there: Pulumi was killed, and what it
// had done until then still counts.
func ParseEvents(text []byte) (*Events, error) {
	e, started := &Events{Changes: []Change{}}, map[string]int64{}
	in := json.NewDecoder(bytes.NewReader(text))
	for {
		var v engineEvent
		err := in.Decode(&v)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return e, nil
		}
		if err != nil {
			return nil, fmt.Errorf("the event log cannot be read: %w", err)
		}
		switch {
		case v.Pre != nil:
			started[v.Pre.Metadata.URN+v.Pre.Metadata.Op] = v.Timestamp
		case v.Outputs != nil && !v.Outputs.Planning:
			e.add(v.Outputs.Metadata, false, v.Timestamp, started)
		case v.Failed != nil:
			e.add(v.Failed.Metadata, true, v.Timestamp, started)
		case v.Summary != nil && !v.Summary.IsPreview:
			e.Finished, e.Corrupt = true, v.Summary.MaybeCorrupt
			e.Took = time.Duration(v.Summary.DurationSeconds) * time.Second
			e.Same = max(e.Same, v.Summary.ResourceChanges["same"])
		}
	}
}

func (e *Events) add(s step, failed bool, at int64, started map[string]int64) {
	if bookkeeping[s.Type] {
		return
	}
	op := opName(s.Op)
	if op == "" {
		if !failed {
			if s.Op == "same" {
				e.Same++
			}
			return
		}
		op = s.Op
	}
	c := changeOf(s, op)
	c.Failed = failed
	if from, ok := started[s.URN+s.Op]; ok && at > from {
		c.Seconds = at - from
	}
	e.Changes = append(e.Changes, c)
}

// bookkeeping are resources that SST does not show either; source: ui.go,
// IGNORED_RESOURCES.
var bookkeeping = map[string]bool{"sst:sst:Version": true, "sst:sst:LinkRef": true, "pulumi:pulumi:Stack": true}

// opName says in a word what an operation does, "" if it changes nothing by
// itself. "replace" is the logical step beside create-replacement and
// delete-replaced; SST shows those two (ui.go) and so does this.
func opName(op string) string {
	switch op {
	case "create", "create-replacement":
		return "created"
	case "update":
		return "updated"
	case "delete", "delete-replaced", "discard", "discard-replaced":
		return "deleted"
	case "import", "import-replacement":
		return "imported"
	}
	return ""
}

func changeOf(s step, op string) Change {
	n, kind := nameOf(s.URN)
	if s.Type != "" {
		kind = s.Type
	}
	return Change{URN: s.URN, Name: n, Type: kind, Op: op}
}

// nameOf takes a URN apart: urn:pulumi:stage::app::Parent$Type::Name.
func nameOf(urn string) (name, kind string) {
	parts := strings.SplitN(urn, "::", 4)
	if len(parts) < 4 {
		return urn, ""
	}
	kind = parts[2]
	if i := strings.LastIndexByte(kind, '$'); i >= 0 {
		kind = kind[i+1:]
	}
	return parts[3], kind
}
