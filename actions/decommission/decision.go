package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire"
)

// decision is what cutover-report decide keeps
// (schemas/cutover-decision.schema.json).
type decision struct {
	Version    int       `json:"version"`
	Project    string    `json:"project"`
	Stage      string    `json:"stage"`
	Decision   string    `json:"decision"`
	Hash       string    `json:"hash"`
	RecordHash string    `json:"record_hash"`
	Approver   string    `json:"approver"`
	At         time.Time `json:"at"`
	Report     string    `json:"report"`
	Record     string    `json:"record"`
}

// mostDecision bounds what is read of a decision, its report or its record.
const mostDecision = 64 << 20

// parseDecision reads one strictly, and says what is wrong with one that could be
// meant for something else.
func parseDecision(text []byte, project, stage string) (d decision, wrong string) {
	in := json.NewDecoder(bytes.NewReader(text))
	in.DisallowUnknownFields()
	switch err := in.Decode(&d); {
	case err != nil:
		return d, "is not what cutover-report keeps: " + err.Error()
	case in.More():
		return d, "has text behind its end"
	case d.Version != 1:
		return d, "is of another version"
	case d.Stage != stage || d.Project != project:
		return d, "is on " + d.Project + " " + d.Stage
	case !hashes.MatchString(d.Hash) || !hashes.MatchString(d.RecordHash) || d.Report == "" || d.Record == "":
		return d, "does not say which comparison it is on"
	case d.Approver == "" || d.At.IsZero():
		return d, "does not say who decided when"
	case d.Decision != "proceed" && d.Decision != "return":
		return d, "decides nothing"
	}
	return d, ""
}

// decided reads the decision, and holds the comparison and the record that it names
// against their hashes: whoever changed either has not decided.
func (e evidence) decided(ctx context.Context, _ time.Time, own retire.State, ev *retire.Evidence) error {
	if !begins(own) {
		return nil // it is asked for before the first step
	}
	at := "decision/" + e.w.stage + ".json"
	text, err := e.object(ctx, at)
	if errors.Is(err, s3.ErrNotFound) {
		ev.Decision.Decision = "nothing yet"
		return nil
	}
	if err != nil {
		return err
	}
	d, wrong := parseDecision(text, e.w.file.Project, e.w.stage)
	if wrong != "" {
		return e.damaged(at, wrong)
	}
	for key, hash := range map[string]string{d.Report: d.Hash, d.Record: d.RecordHash} {
		named, err := e.object(ctx, key)
		if errors.Is(err, s3.ErrNotFound) {
			return e.damaged(key, "is named by the decision, and is not there")
		}
		if err != nil {
			return err
		}
		if sum := sha256.Sum256(named); hex.EncodeToString(sum[:]) != hash {
			return e.damaged(key, "is not what was decided on: it has another hash than the decision names")
		}
	}
	ev.Decision = retire.Decided{Decision: d.Decision, By: d.Approver, Record: e.address(d.Record)}
	return nil
}

func (e evidence) address(key string) string {
	return "s3://" + *e.w.in.bucket + "/" + e.w.in.prefix.String() + "/" + key
}

func (e evidence) object(ctx context.Context, key string) ([]byte, error) {
	doc, err := s3.OpenDocument(ctx, s3.Location{Bucket: *e.w.in.bucket, Key: e.w.in.prefix.String() + "/" + key}, s3.Options{Region: e.w.region})
	if err != nil {
		return nil, err
	}
	text, _, err := doc.Read(ctx, mostDecision)
	return text, err
}

func (e evidence) damaged(key, what string) error {
	return &fault.Fault{Kind: fault.Refused, Name: e.address(key), What: what, Next: "Bring it back from the bucket's earlier version, or run cutover-report with the command decide once more."}
}
