package plan

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// Sealed is a plan with its hash: what is written, approved and applied.
type Sealed struct {
	// PlanSHA256 is the SHA-256 of the plan's canonical JSON: compact, keys in
	// the order of the schema, nothing escaped that need not be. It is what
	// `jq -cj .plan plan.json | sha256sum` prints.
	PlanSHA256 string `json:"plan_sha256"`
	Plan       Plan   `json:"plan"`
}

// Seal hashes a plan.
func Seal(p Plan) Sealed {
	sum := sha256.Sum256(canonical(p))
	return Sealed{PlanSHA256: hex.EncodeToString(sum[:]), Plan: p}
}

// Whole says whether the plan has the hash that it carries.
func (s Sealed) Whole() bool { return Seal(s.Plan).PlanSHA256 == s.PlanSHA256 }

func canonical(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // strings, numbers, times: it cannot fail
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// JSON writes the document for people: the same values, indented.
func (s Sealed) JSON() []byte {
	var b bytes.Buffer
	_ = json.Indent(&b, canonical(s), "", "  ")
	return append(b.Bytes(), '\n')
}

// most is how large a plan may be, in bytes.
const most = 16 << 20

// Parse reads a sealed plan and believes its hash only if it is right.
func Parse(text []byte) (Sealed, error) {
	bad := func(what string, err error) error {
		return &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.Row("retire", "plan")}, Name: "plan", What: what, Err: err, Next: "Make the plan anew; a plan is never edited."}
	}
	if len(text) > most {
		return Sealed{}, bad(fmt.Sprintf("has %d bytes, more than %d", len(text), most), nil)
	}
	var s Sealed
	in := json.NewDecoder(bytes.NewReader(text))
	in.DisallowUnknownFields()
	if err := in.Decode(&s); err != nil {
		return Sealed{}, bad("is not readable", err)
	}
	if _, err := in.Token(); err != io.EOF {
		return Sealed{}, bad("has something behind its end", nil)
	}
	if s.Plan.Format != 1 {
		return Sealed{}, bad(fmt.Sprintf("has format %d, and this version reads 1", s.Plan.Format), nil)
	}
	if own := Seal(s.Plan).PlanSHA256; own != s.PlanSHA256 {
		return Sealed{}, bad(fmt.Sprintf("was changed: its content has the hash %.12s, not %.12s", own, s.PlanSHA256), nil)
	}
	// The same values once more, byte for byte: a key that stands twice or in
	// other letters would say two things at once.
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil || !bytes.Equal(compact.Bytes(), canonical(s)) {
		return Sealed{}, bad("is written in another way than cutover writes it", err)
	}
	return s, nil
}

// Valid says why the plan may not be applied at now: it is older than its
// validity, or from the future.
func (s Sealed) Valid(now time.Time) error {
	p := s.Plan
	switch {
	case now.Before(p.At.Add(-time.Minute)):
		return &fault.Fault{Kind: fault.Refused, Name: "plan", What: "was made at " + stamp(p.At) + ", and it is only " + stamp(now), Next: "Set the clock right, then plan anew."}
	case now.After(p.Until()):
		return &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.Row("retire", string(Expired))}, Name: "plan", What: "was valid until " + stamp(p.Until()), Next: "Make the plan anew and have it approved."}
	}
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
