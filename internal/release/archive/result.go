package archive

import (
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/verdict"
)

// Status says what became of a file, or what is wrong with it.
type Status string

// The statuses.
const (
	New       Status = "new"        // stored now
	There     Status = "there"      // stored, or brought back, already
	Intact    Status = "intact"     // read again and right
	Fetched   Status = "fetched"    // brought back and right
	Missing   Status = "missing"    // not in the store
	WrongSize Status = "wrong-size" // of another size than promised
	WrongHash Status = "wrong-hash" // of another content than promised
)

// FileResult is one file with what became of it.
type FileResult struct {
	File
	Status Status `json:"status" jsonschema:"enum=new,enum=there,enum=intact,enum=fetched,enum=missing,enum=wrong-size,enum=wrong-hash"`
}

// Result is what a command gives, and its JSON contract
// (schemas/archive-artifacts.schema.json). Sizes are in bytes.
type Result struct {
	Command string          `json:"command" jsonschema:"enum=archive,enum=verify,enum=list,enum=fetch,enum=prune,enum=lifecycle"`
	Verdict verdict.Verdict `json:"verdict" jsonschema:"enum=pass,enum=fail"`
	// Bucket and Prefix are where the archive is.
	Bucket string `json:"bucket"`
	Prefix string `json:"prefix"`
	Stage  string `json:"stage"`
	// Release is empty where the command is not about one.
	Release string `json:"release"`
	// Manifest is the key of the release's manifest.
	Manifest string            `json:"manifest"`
	Commit   string            `json:"commit"`
	Created  *time.Time        `json:"created" jsonschema:"nullable"`
	Findings []verdict.Finding `json:"findings"`
	Files    []FileResult      `json:"files"`
	Releases []Summary         `json:"releases"`
	// Prune is null but for the command prune, Lifecycle but for lifecycle.
	Prune     *PruneResult    `json:"prune" jsonschema:"nullable"`
	Lifecycle *LifecycleRules `json:"lifecycle" jsonschema:"nullable"`
	// Notes are remarks, as sentences.
	Notes []string `json:"notes"`

	again bool
	// where is the store, for people.
	where string
}

// Summary is one release in a list.
type Summary struct {
	Stage   string    `json:"stage"`
	Release string    `json:"release"`
	Created time.Time `json:"created"`
	Commit  string    `json:"commit"`
	Actor   string    `json:"actor"`
	RunURL  string    `json:"run_url"`
	Files   int       `json:"files"`
	Bytes   int64     `json:"bytes"`
	// Damaged says that the manifest cannot be trusted.
	Damaged bool `json:"damaged"`
}

func newResult(command string, store Store, l Layout) Result {
	return Result{
		Command: command, Verdict: verdict.Pass, Bucket: strings.TrimPrefix(store.String(), "s3://"), Prefix: l.String(),
		Findings: []verdict.Finding{}, Files: []FileResult{}, Releases: []Summary{}, Notes: []string{}, where: store.String(),
	}
}

// of fills in which release a result is about.
func (r *Result) of(l Layout, m Manifest) {
	created := m.Created
	r.Stage, r.Release, r.Commit, r.Created = m.Stage, m.Release, m.Commit, &created
	r.Manifest = l.Manifest(m.Stage, m.Release)
}

// kept is the result of archiving.
func kept(store Store, o Order, m Manifest, files []FileResult, again bool) Result {
	r := newResult("archive", store, o.Layout)
	r.of(o.Layout, m)
	r.Files, r.again = files, again
	return r
}

// Sum counts the files with one of the statuses and their bytes.
func (r Result) Sum(statuses ...Status) (files int, bytes int64) {
	for _, f := range r.Files {
		for _, s := range statuses {
			if f.Status == s {
				files++
				bytes += f.Size
			}
		}
	}
	return files, bytes
}
