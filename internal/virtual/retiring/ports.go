package retiring

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/sim/legacy"
)

// room shows an account and what the team has around it through the ports of a
// retirement: bucket, journal, decision record, pull request.
type room struct {
	scenario legacy.Scenario
	account  *legacy.Account
	killer   *killer
	store    store
	log      []retire.Event
	told     map[int]time.Time
	// The team's side: whether deployments are frozen, what the bucket holds.
	frozen, verdictOff bool
	kit                *kit
	archives           map[string]retire.Archive
	pull, retro        string
	// seen is the newest evidence.
	seen retire.Evidence
}

// Look implements retire.Surveyor.
func (r surveyor) Look(context.Context) (estate.World, error) {
	r.account.Advance(time.Second)
	return look(r.account), nil
}

// surveyor and witness are the room's two ports with a method of the same name.
type (
	surveyor struct{ *room }
	witness  struct{ *room }
)

// late is how old the newest complete figures are (source: CloudWatch: one-minute
// points are complete about two minutes later).
const late = 2 * time.Minute

// quarter is how long the load balancer's requests are looked at.
const quarter = 15 * time.Minute

// Look implements retire.Witness. Green got all traffic when the account was
// opened; nobody has missed a minute since.
func (r witness) Look(_ context.Context, now time.Time) (retire.Evidence, error) {
	a := r.account
	e := retire.Evidence{At: a.Now(), Full: a.Start(), Watched: now.Add(-late), Frozen: r.frozen, VerdictOff: r.verdictOff, Archives: maps.Clone(r.archives),
		Decision:    retire.Decided{Decision: r.scenario.Decision, By: "dana", Record: "s3://releases/decision/production.json"},
		PullRequest: r.pull, Retrospective: r.retro}
	rings, last := a.Alarm()
	e.Alarmed = last
	if rings {
		e.Ringing = []string{"lego-api-green-errors"}
	}
	e.Objectives = r.objectives()
	if r.kit != nil {
		e.Kit, e.KitPlan = r.kit.hash(), r.kit.Plan
	}
	through := a.Now().Add(-late)
	if asked := a.Requests(through.Add(-time.Hour), through); asked.Green > 0 {
		e.Errors = &retire.Errors{Requests: asked.Green, Failed: asked.Failed}
	}
	from := through.Add(-quarter)
	e.Traffic = &retire.Traffic{From: from, Through: through, Requests: a.Requests(from, through).Blue}
	for _, route := range []string{"GET /health", "GET /sets", "POST /orders"} {
		ok, answer := a.Probe()
		e.Endpoints = append(e.Endpoints, retire.Endpoint{Name: route, OK: ok, Answer: answer})
	}
	r.seen = e
	return e, nil
}

// store is one document with a version.
type store struct {
	state  retire.State
	writes int
}

func (s *store) version() retire.Version {
	if s.writes == 0 {
		return ""
	}
	return retire.Version(strconv.Itoa(s.writes))
}

// Load implements retire.Store.
func (r *room) Load(context.Context) (retire.State, retire.Version, error) {
	if r.store.writes == 0 {
		return retire.State{}, "", retire.ErrNone
	}
	return r.store.state, r.store.version(), nil
}

// Save implements retire.Store.
func (r *room) Save(_ context.Context, s retire.State, v retire.Version) (retire.Version, error) {
	if v != r.store.version() {
		return "", retire.ErrConflict
	}
	defer r.killer.around("save at " + string(s.Step) + strconv.Itoa(len(s.Pending)))()
	r.store.state = s
	r.store.writes++
	return r.store.version(), nil
}

// Append implements retire.Log: an event that is there already stays as it is.
func (r *room) Append(_ context.Context, events []retire.Event) error {
	defer r.killer.around("log " + string(events[0].Kind) + " at " + string(events[0].Step))()
	for _, e := range events {
		if e.Sequence == len(r.log)+1 {
			r.log = append(r.log, e)
		}
	}
	return nil
}

// Tell implements retire.Teller.
func (r *room) Tell(_ context.Context, events []retire.Event) error {
	defer r.killer.around("tell " + string(events[0].Kind) + " at " + string(events[0].Step))()
	for _, e := range events {
		if _, told := r.told[e.Sequence]; !told {
			r.told[e.Sequence] = r.account.Now()
		}
	}
	return nil
}

// objectives are the rollout's, with those that the scenario leaves open.
func (r *room) objectives() []retire.Objective {
	var list []retire.Objective
	for _, name := range []string{"error_rate", "latency", "availability"} {
		list = append(list, retire.Objective{Name: name, Proved: !slices.Contains(r.scenario.Unproved, name)})
	}
	return list
}
