package deploy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/cutover-dev/cutover/internal/fault"
)

// ParseDiff reads what `sst diff --json` has printed on standard output. A diff
// counts only when SST exited with 0: a failed one prints whatever it had found
// until then, mostly `[]`, and exits with 1 (diff.go prints before it returns
// the error). Nothing is ever taken for "no changes" that is not.
func ParseDiff(stdout []byte, exit Exit) ([]Change, error) {
	if !exit.OK() {
		return nil, &fault.Fault{
			Kind: fault.Outside, Name: "sst diff", What: "failed (" + exit.String() + "), so nobody knows what would change; the list that it printed means nothing",
			Next: "Read its words in the log above, mend that, and run it again.",
		}
	}
	if exit.Engine != EngineDone {
		// SST exits with 0 also when Pulumi was killed half way (tried with 4.17.1).
		how := exit.Engine
		if how == "" {
			how = "SST's log does not say how it ended"
		}
		return nil, &fault.Fault{
			Kind: fault.Outside, Name: "sst diff", What: "exited with 0, but Pulumi did not come to its end (" + how + "), so the list may lack changes",
			Next: "Look for a machine that ran out of memory, and run it again.",
		}
	}
	bad := func(what string, err error) error {
		return &fault.Fault{Kind: fault.Outside, Name: "sst diff", What: what, Err: err, Next: "Check the version of SST: --json needs 4.0 or later."}
	}
	var steps []step
	in := json.NewDecoder(bytes.NewReader(stdout))
	if err := in.Decode(&steps); err != nil {
		return nil, bad("printed no list in JSON", err)
	}
	if steps == nil {
		return nil, bad("printed null in place of a list", nil)
	}
	if err := in.Decode(new(any)); !errors.Is(err, io.EOF) {
		return nil, bad("printed more than one list in JSON", nil)
	}
	changes, replaced := []Change{}, map[string]bool{}
	for _, s := range steps {
		if s.URN == "" || s.Op == "" {
			return nil, bad("lists a change without a URN or an operation", nil)
		}
		if bookkeeping[s.Type] {
			continue
		}
		op, known := plannedName[s.Op]
		if !known {
			op = s.Op // shown in Pulumi's own word rather than dropped
		}
		if op == "" || op == opReplace && replaced[s.URN] {
			continue
		}
		replaced[s.URN] = op == opReplace
		c := changeOf(s, op)
		c.Properties = slices.Sorted(maps.Keys(s.DetailedDiff))
		changes = append(changes, c)
	}
	return changes, nil
}

const opReplace = "replace"

// plannedName says what an operation would do, "" if nothing. A replacement is
// listed up to three times and counts once.
var plannedName = map[string]string{
	"create": "create", "update": "update", "delete": "delete", "import": "import",
	"replace": opReplace, "create-replacement": opReplace, "delete-replaced": opReplace, "import-replacement": opReplace,
	"same": "", "refresh": "", "read": "", "read-replacement": "", "discard": "", "discard-replaced": "",
}

// Exit is how the child process ended.
type Exit struct {
	// Code is its exit code, -1 if a signal ended it.
	Code int
	// Signal names the signal that ended it, empty if none did.
	Signal string
	// Running is true when it was asked to stop and had not ended in time.
	Running bool
	// Engine is how Pulumi ended by SST's own log (run.go, "pulumi exited"):
	// EngineDone, words such as "signal: killed", or "" if the log does not say.
	Engine string
}

// EngineDone is a Pulumi that ended by itself with exit code 0.
const EngineDone = "done"

// OK says whether it ended by itself with code 0.
func (e Exit) OK() bool { return e.Code == 0 && e.Signal == "" && !e.Running }

func (e Exit) String() string {
	switch {
	case e.Running:
		return "still running"
	case e.Signal != "":
		return "ended by " + e.Signal
	}
	return fmt.Sprintf("exit code %d", e.Code)
}
