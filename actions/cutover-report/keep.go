package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/comparison"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout"
)

// mostKept bounds what is read of a baseline, a report or a record.
const mostKept = 64 << 20

// keptVersion is that of both documents below.
const keptVersion = 1

// baseline is what blue was before the first shift, as it is kept in S3.
type baseline struct {
	Version int               `json:"version"`
	Project string            `json:"project"`
	Stage   string            `json:"stage"`
	At      time.Time         `json:"at"`
	Rate    float64           `json:"requested_rate,omitempty"`
	Side    comparison.Side   `json:"side"`
	Files   []comparison.File `json:"files"`
}

// decision is what decommission reads before it takes anything away: which
// comparison was decided on, by whom, and where both lie.
type decision struct {
	Version  int                 `json:"version"`
	Project  string              `json:"project"`
	Stage    string              `json:"stage"`
	Decision comparison.Decision `json:"decision" jsonschema:"enum=proceed,enum=return"`
	// Hash is the SHA-256 of the comparison, RecordHash that of the record.
	Hash       string    `json:"hash" jsonschema:"pattern=^[0-9a-f]{64}$"`
	RecordHash string    `json:"record_hash" jsonschema:"pattern=^[0-9a-f]{64}$"`
	Approver   string    `json:"approver"`
	At         time.Time `json:"at"`
	// Report and Record are the keys of both in the same bucket.
	Report string `json:"report"`
	Record string `json:"record"`
}

// shelf is where a stage's baseline and decision are kept.
type shelf struct{ bucket, prefix, stage, region string }

func (s shelf) open(ctx context.Context, key string) (*s3.Document, error) {
	return s3.OpenDocument(ctx, s3.Location{Bucket: s.bucket, Key: s.prefix + "/" + key}, s3.Options{Region: s.region})
}

func (s shelf) baselineKey() string { return "baseline/" + s.stage + "/blue.json" }
func (s shelf) decisionKey() string { return "decision/" + s.stage + ".json" }

// read reads one document strictly; version is empty where there is none.
func read[T any](ctx context.Context, s shelf, key string, check func(T) string) (doc *T, version string, err error) {
	d, err := s.open(ctx, key)
	if err != nil {
		return nil, "", err
	}
	text, version, err := d.Read(ctx, mostKept)
	if errors.Is(err, s3.ErrNotFound) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	doc = new(T)
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	var what string
	switch err := dec.Decode(doc); {
	case err != nil:
		what = err.Error()
	case dec.More():
		what = "there is text behind its end"
	default:
		what = check(*doc)
	}
	if what != "" {
		return nil, version, &fault.Fault{Kind: fault.Input, Name: d.String(), What: "is not what cutover-report keeps there: " + what, Next: "Bring back an earlier version of the object, or make it anew."}
	}
	return doc, version, nil
}

func (s shelf) baseline(ctx context.Context) (*baseline, string, error) {
	return read(ctx, s, s.baselineKey(), func(b baseline) string {
		switch {
		case b.Version != keptVersion:
			return "it is of another version"
		case b.Stage != s.stage:
			return "it is of the stage " + b.Stage
		case b.Side.Requests <= 0:
			return "it holds no requests"
		}
		return ""
	})
}

func (s shelf) decision(ctx context.Context) (*decision, string, error) {
	return read(ctx, s, s.decisionKey(), func(d decision) string {
		switch {
		case d.Version != keptVersion:
			return "it is of another version"
		case d.Stage != s.stage:
			return "it is of the stage " + d.Stage
		case d.Decision != comparison.Proceed && d.Decision != comparison.Return:
			return "it decides nothing"
		case len(d.Hash) != 64 || len(d.RecordHash) != 64 || d.Approver == "" || d.At.IsZero():
			return "it lacks hash, approver or time"
		}
		return ""
	})
}

// write puts a document there if nobody else has since version was read.
func (s shelf) write(ctx context.Context, key string, doc any, version string) (string, error) {
	text, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return "", err
	}
	return s.put(ctx, key, append(text, '\n'), version)
}

func (s shelf) put(ctx context.Context, key string, text []byte, version string) (string, error) {
	d, err := s.open(ctx, key)
	if err != nil {
		return "", err
	}
	return d.String(), d.Write(ctx, text, version)
}

// moved says whether green has had users already: then what blue does is not what
// it did before.
func (s shelf) moved(ctx context.Context) (bool, error) {
	d, err := s3.OpenDocument(ctx, s3.Location{Bucket: s.bucket, Key: rollout.StateKey(s.prefix, s.stage)}, s3.Options{Region: s.region})
	if err != nil {
		return false, err
	}
	_, _, err = d.Read(ctx, rollout.MostState)
	if errors.Is(err, s3.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
