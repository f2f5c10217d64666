package preflight

import (
	"errors"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout/preflight/accesslog"
	"github.com/cutover-dev/cutover/internal/rollout/preflight/migration"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/slo"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Check names a row.
type Check string

// The checks, in the order in which they are shown.
const (
	CheckConcurrency Check = "concurrency" // Lambda may run as many at once as it takes
	CheckConnections Check = "connections" // the database has connections for both sides
	CheckTimeouts    Check = "timeouts"    // nobody takes longer than the gateway waits
	CheckBodies      Check = "bodies"      // no request and no answer is too large
	CheckBackground  Check = "background"  // no work is done by both sides
	CheckMigrations  Check = "migrations"  // both versions can live on the schema
	CheckReplay      Check = "replay"      // both sides say the same
)

// Checks are all of them.
var Checks = []Check{CheckConcurrency, CheckConnections, CheckTimeouts, CheckBodies, CheckBackground, CheckMigrations, CheckReplay}

// State is a row's or a finding's verdict, or accepted.
type State string

// The states. What is accepted says with which reason.
const (
	Pass         = State(verdict.Pass)
	Fail         = State(verdict.Fail)
	Inconclusive = State(verdict.Inconclusive)
	Accepted     = State("accepted")
)

// Policy is what preflight judges by.
type Policy struct {
	Settings
	Stage string
	// API is http or rest.
	API string
	// Connections are those of slos.database_connections.
	Connections slo.Connections
	// Smoke are the smoke checks, as they are written.
	Smoke []string
	// Applied are the migrations that the database has, by path or by file name.
	// AppliedKnown says that somebody has told.
	Applied      []string
	AppliedKnown bool
}

// Seen is one thing that was looked at. The zero value was not, and counts as
// nothing known.
type Seen[T any] struct {
	Value T
	// Err says why there is no value.
	Err   error
	Asked bool
}

// Saw is a value that was seen, or why there is none.
func Saw[T any](value T, err error) Seen[T] { return Seen[T]{value, err, true} }

// Observation is all that preflight judges by.
type Observation struct {
	Concurrency Seen[Concurrency]
	Functions   Seen[[]Function]
	Load        Seen[Load]
	Connections Seen[Connections]
	Background  Seen[[]Worker]
	// Migrations are the files of the settings' pattern, in their order.
	Migrations Seen[[]migration.File]
	Replay     Seen[[]Exchange]
	// AccessLog is asked only where somebody has named one.
	AccessLog Seen[accesslog.Summary]
}

// Finding is one thing that was looked at, with what was seen in words.
type Finding struct {
	verdict.Finding
	// Says is what was seen.
	Says string `json:"says"`
	// Accepted is the reason why it does not count, empty if it does.
	Accepted string `json:"accepted"`

	// err is why it could not be told.
	err error
}

// State is the finding's verdict, or accepted.
func (f Finding) State() State {
	if f.Accepted != "" {
		return Accepted
	}
	return State(f.Verdict)
}

// Row is one check with its findings.
type Row struct {
	Check    Check     `json:"check" jsonschema:"enum=concurrency,enum=connections,enum=timeouts,enum=bodies,enum=background,enum=migrations,enum=replay"`
	Verdict  State     `json:"verdict" jsonschema:"enum=pass,enum=fail,enum=inconclusive,enum=accepted"`
	Findings []Finding `json:"findings"`
	Warnings []string  `json:"warnings"`
	// More is how many findings were left out.
	More int `json:"more"`
}

// Result is what was found: the one JSON document, and the source of every face.
type Result struct {
	Verdict verdict.Verdict `json:"verdict" jsonschema:"enum=pass,enum=fail,enum=inconclusive"`
	// Lead is the sentence for whoever reads only one.
	Lead  string `json:"lead"`
	Stage string `json:"stage"`
	// At is when it was judged.
	At   time.Time `json:"at"`
	Rows []Row     `json:"rows"`
	// Times are what each request took on both sides, seen from one client.
	Times []Times `json:"times"`
	// Differences are where the two sides' answers differ.
	Differences []Differing `json:"differences"`
}

// Judge decides whether traffic may move. It is pure.
func Judge(p Policy, o Observation, now time.Time) Result {
	r := Result{Stage: p.Stage, At: now.UTC(), Rows: []Row{}, Times: []Times{}, Differences: []Differing{}}
	j := &judge{Policy: p, o: o, result: &r, used: map[string]bool{}}
	for _, c := range []struct {
		check Check
		judge func(*tally)
	}{
		{CheckConcurrency, j.concurrency}, {CheckConnections, j.connections}, {CheckTimeouts, j.timeouts}, {CheckBodies, j.bodies},
		{CheckBackground, j.background}, {CheckMigrations, j.migrations}, {CheckReplay, j.replay},
	} {
		t := &tally{row: Row{Check: c.check, Findings: []Finding{}, Warnings: []string{}}}
		c.judge(t)
		r.Rows = append(r.Rows, j.conclude(t))
	}
	r.conclude()
	return r
}

// judge is one judgement under way.
type judge struct {
	Policy
	o      Observation
	result *Result
	// used are the keys of accept that were needed.
	used map[string]bool
}

// conclude makes the verdict of the whole: fail if a row fails, else
// inconclusive if one is, else pass. Rows that are accepted do not count, and
// where all are nothing was judged, which is no pass.
func (r *Result) conclude() {
	var judged []verdict.Finding
	for _, row := range r.Rows {
		if row.Verdict != Accepted {
			judged = append(judged, verdict.Finding{Verdict: verdict.Verdict(row.Verdict)})
		}
	}
	r.Verdict = verdict.Worst(judged)
	r.Lead = r.lead()
}

// open lists the findings in a state, with their check.
func (r *Result) open(state State) (all []Finding) {
	for _, row := range r.Rows {
		for _, f := range row.Findings {
			if f.State() == state {
				f.Name = string(row.Check) + "/" + f.Name
				all = append(all, f)
			}
		}
	}
	return all
}

// Err is nil for a pass, and else the fault that decides the exit code: a no, or,
// where nothing says no, whatever kept it from being told.
func (r *Result) Err() error {
	if r.Verdict == verdict.Pass {
		return nil
	}
	what := strings.TrimRight(r.Lead, ".")
	if failing := r.open(Fail); len(failing) > 0 {
		return &fault.Fault{Kind: fault.Gate, Runbooks: []runbook.Kind{runbook.Preflight}, Name: "preflight", What: what, Next: failing[0].Change}
	}
	var problems []error
	next := "Take something out of traffic.preflight.accept."
	for i, f := range r.open(Inconclusive) {
		if i == 0 {
			next = f.Change
		}
		if f.err != nil {
			problems = append(problems, f.err)
		}
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	return &fault.Fault{Kind: fault.Gate, Runbooks: []runbook.Kind{runbook.Preflight}, Name: "preflight", What: what, Next: next}
}
