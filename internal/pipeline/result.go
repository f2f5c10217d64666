package pipeline

import (
	"time"

	"github.com/cutover-dev/cutover/internal/verdict"
)

// Result is where the time of a run went. What is unknown is null, never 0.
type Result struct {
	// Verdict is always pass: this report judges nothing.
	Verdict verdict.Verdict `json:"verdict" jsonschema:"enum=pass"`
	Run     RunOf           `json:"run"`
	// TookSeconds is from the beginning of the attempt to the end of its last job,
	// the job that made this report left out.
	TookSeconds  float64 `json:"took_seconds"`
	CriticalPath Path    `json:"critical_path"`
	Stages       []Stage `json:"stages"`
	Caches       []Cache `json:"caches"`
	// SavedSeconds is what the caches saved where that is known.
	SavedSeconds *float64 `json:"saved_seconds" jsonschema:"nullable"`
	Usage        Usage    `json:"cache_usage"`
	Notes        []string `json:"notes"`
}

// RunOf names the run.
type RunOf struct {
	ID        int64     `json:"id"`
	Attempt   int       `json:"attempt"`
	Workflow  string    `json:"workflow"`
	StartedAt time.Time `json:"started_at"`
	URL       string    `json:"url"`
}

// Path is the chain of jobs that decided how long the run lasted.
type Path struct {
	Seconds float64  `json:"seconds"`
	Stages  []string `json:"stages"`
}

// Stage is one job.
type Stage struct {
	Name string `json:"name"`
	URL  string `json:"url"`
	// Conclusion is GitHub's word, or running or waiting.
	Conclusion string `json:"conclusion"`
	// EarlierAttempt says that the job was not run again: its result is that of
	// an earlier attempt, and its time is not part of this one.
	EarlierAttempt    bool     `json:"earlier_attempt"`
	BeganAfterSeconds *float64 `json:"began_after_seconds" jsonschema:"nullable"`
	// WaitedAfterSeconds is when the waiting began.
	WaitedAfterSeconds *float64 `json:"waited_after_seconds" jsonschema:"nullable"`
	WaitedSeconds      *float64 `json:"waited_seconds" jsonschema:"nullable"`
	// WaitedFor is empty if nothing is known.
	WaitedFor string `json:"waited_for" jsonschema:"enum=,enum=runner,enum=review"`
	// Environment is the one whose reviewers were waited for.
	Environment  string       `json:"environment"`
	TookSeconds  *float64     `json:"took_seconds" jsonschema:"nullable"`
	LongestStep  *LongestStep `json:"longest_step" jsonschema:"nullable"`
	CriticalPath bool         `json:"on_critical_path"`
	// PathShare is the stage's part of the critical path, waiting included, from
	// 0 to 1.
	PathShare *float64 `json:"critical_path_share" jsonschema:"nullable"`
}

// LongestStep is the step of a stage that took most.
type LongestStep struct {
	Name        string  `json:"name"`
	TookSeconds float64 `json:"took_seconds"`
}

// Cache is one watched cache.
type Cache struct {
	Prefix  string `json:"prefix"`
	Step    string `json:"step"`
	Outcome string `json:"outcome" jsonschema:"enum=hit,enum=miss,enum=absent,enum=unknown"`
	// Why explains what is not known or not saved, as a clause.
	Why       string     `json:"why"`
	Key       string     `json:"key"`
	Ref       string     `json:"ref"`
	SizeBytes *int64     `json:"size_bytes" jsonschema:"nullable"`
	CreatedAt *time.Time `json:"created_at" jsonschema:"nullable"`
	// MadeByRun is the run that a hit is compared with.
	MadeByRun    *int64   `json:"made_by_run" jsonschema:"nullable"`
	MadeByURL    string   `json:"made_by_url"`
	Jobs         []Saving `json:"jobs"`
	SavedSeconds *float64 `json:"saved_seconds" jsonschema:"nullable"`
}

// Saving is what a cache saved in one job: what the step took in the run that
// made the cache, minus what it took now. It is negative where the cache costs
// more than it saves.
type Saving struct {
	Job           string   `json:"job"`
	TookSeconds   *float64 `json:"took_seconds" jsonschema:"nullable"`
	BeforeSeconds *float64 `json:"before_seconds" jsonschema:"nullable"`
	SavedSeconds  *float64 `json:"saved_seconds" jsonschema:"nullable"`
}

// Usage is what all caches of the repository hold.
type Usage struct {
	Caches    int   `json:"caches"`
	SizeBytes int64 `json:"size_bytes"`
	// LimitBytes is what is included; a repository may have been given more.
	LimitBytes int64 `json:"limit_bytes"`
}

// includedBytes is what GitHub keeps of a repository's caches before it removes
// the least recently used: 10 GB, unless the owner pays for more. Source:
// docs.github.com, "Dependency caching reference", usage limits and eviction
// policy. The page does not say which gigabyte; the smaller one warns earlier.
const includedBytes = 10_000_000_000

// Read tells where the time went.
func Read(o Observation) Result {
	all, spells, notes := stages(o)
	chain, whole := critical(spells)
	r := Result{
		Verdict:     verdict.Pass,
		Run:         RunOf{ID: o.Run.ID, Attempt: o.Run.Attempt, Workflow: o.Run.Name, StartedAt: o.Run.Began().UTC(), URL: o.Run.URL},
		TookSeconds: span(o.Run, spells).Seconds(), CriticalPath: Path{Seconds: whole.Seconds(), Stages: []string{}},
		Stages: append([]Stage{}, all...), Caches: []Cache{}, Notes: append(append([]string{}, o.Notes...), notes...),
		Usage: Usage{Caches: len(o.Entries), LimitBytes: includedBytes},
	}
	for _, l := range chain {
		s := &r.Stages[l.stage]
		s.CriticalPath = true
		if whole > 0 {
			part := l.took.Seconds() / whole.Seconds()
			s.PathShare = &part
		}
		r.CriticalPath.Stages = append(r.CriticalPath.Stages, s.Name)
	}
	for _, e := range o.Entries {
		r.Usage.SizeBytes += e.Size
	}
	r.readCaches(o)
	r.Notes = append(r.Notes, unplaced(o, r.Stages)...)
	return r
}

// unplaced names approvals that no job could be found for.
func unplaced(o Observation, all []Stage) []string {
	placed := map[string]bool{}
	for _, s := range all {
		placed[s.Environment] = true
	}
	var notes []string
	for _, review := range o.Reviews {
		if review.Approved && !placed[review.Environment] {
			placed[review.Environment] = true
			notes = append(notes, "The environment "+review.Environment+" was approved, and no job carries its name: part of what a job waited was a reviewer's time.")
		}
	}
	return notes
}
