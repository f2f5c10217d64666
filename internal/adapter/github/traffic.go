package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/go-github/v62/github"

	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/notice"
)

// TrafficTask marks the deployments that show the phases of a rollout.
const TrafficTask = "traffic-shift"

// Traffic shows a rollout as deployments to the environment <stage>-traffic:
// one a phase, and its events as their statuses. It implements notice.Board;
// the thread is the number of the phase's deployment.
type Traffic struct {
	Client *Client
	// Ref is the commit that the deployments are of.
	Ref string
	// LogURL leads to the run that tells, URL to where users are; both may be
	// empty.
	LogURL, URL string
	// Production says whether users see the stage.
	Production bool
}

var _ notice.Board = Traffic{}

// trafficPayload finds a deployment again after a kill: the event that opened
// its phase.
type trafficPayload struct {
	Event int    `json:"cutover_event"`
	Hash  string `json:"cutover_hash"`
	// Phase is the one that it shows, from 1.
	Phase int `json:"cutover_phase"`
}

// Say implements notice.Board. What stands there already is not said again.
func (t Traffic) Say(ctx context.Context, thread string, n notice.Notice) (string, error) {
	id, _ := strconv.ParseInt(thread, 10, 64) // anything else is no deployment: 0
	last, err := t.last(ctx, n, id)
	if err != nil {
		return thread, err
	}
	if n.Opens() && !last {
		next, err := t.open(ctx, n)
		if err != nil {
			return thread, err
		}
		// The phase before has been passed. One that is gone needs no end.
		if id != 0 && id != next && n.Event == rollout.Promoted {
			if err := t.status(ctx, id, Success, n); err != nil && !errors.Is(err, ErrForbidden) {
				return thread, err
			}
		}
		return strconv.FormatInt(next, 10), t.status(ctx, next, stateOf(n), n)
	}
	if id != 0 {
		err := t.status(ctx, id, stateOf(n), n)
		if !errors.Is(err, ErrForbidden) {
			return thread, err
		}
		// GitHub says the same of a deployment that somebody has deleted as of
		// one that the token may not see. A new one shows which it is.
	}
	next, err := t.newest(ctx, n)
	if err != nil {
		return thread, err
	}
	return strconv.FormatInt(next, 10), t.status(ctx, next, stateOf(n), n)
}

// last says whether a promotion is that of the last phase, which leads into no
// further one: the deployment that shows now is of the same phase.
func (t Traffic) last(ctx context.Context, n notice.Notice, id int64) (bool, error) {
	if n.Event != rollout.Promoted || id == 0 {
		return false, nil
	}
	var same int64
	err := t.Client.call(ctx, "looking for the deployment of this phase", func() (err error) {
		same, err = t.find(ctx, environmentOf(n), func(p trafficPayload) bool { return p.Phase == n.Phase && p.Event < n.Sequence })
		return err
	})
	return same == id, err
}

// stateOf is how an event shows at GitHub. A phase is in progress until the
// next one opens.
func stateOf(n notice.Notice) Status {
	switch {
	case n.Event == rollout.Soaked || n.Event == rollout.Completed:
		return Success
	case n.Weight == 0:
		return Failure
	}
	return InProgress
}

func environmentOf(n notice.Notice) string { return n.Stage + "-traffic" }

// open returns the deployment of the phase that the event opens, made unless
// it is there.
func (t Traffic) open(ctx context.Context, n notice.Notice) (int64, error) {
	mine := trafficPayload{n.Sequence, n.Hash, n.Phase}
	return t.make(ctx, n, mine, func(p trafficPayload) bool { return p == mine })
}

// newest returns the deployment of the newest phase; where there is none left
// it makes one.
func (t Traffic) newest(ctx context.Context, n notice.Notice) (int64, error) {
	return t.make(ctx, n, trafficPayload{n.Sequence, n.Hash, n.Phase}, func(trafficPayload) bool { return true })
}

// make looks for a deployment and makes one where none fits. It looks again
// before each further try: a deployment may have been made although the answer
// was lost.
func (t Traffic) make(ctx context.Context, n notice.Notice, p trafficPayload, fits func(trafficPayload) bool) (int64, error) {
	text, err := json.Marshal(p)
	if err != nil {
		return 0, err
	}
	environment := environmentOf(n)
	var id int64
	err = t.Client.call(ctx, "making a deployment to "+environment, func() error {
		found, err := t.find(ctx, environment, fits)
		if id = found; err != nil || id != 0 {
			return err
		}
		made, _, err := t.Client.api.Repositories.CreateDeployment(ctx, t.Client.owner, t.Client.repo, &github.DeploymentRequest{
			Ref: &t.Ref, Task: github.String(TrafficTask), Environment: &environment, Payload: json.RawMessage(text),
			Description: github.String(short(fmt.Sprintf("phase %d of %d, green gets %s", n.Phase, n.Phases, n.Weight))), ProductionEnvironment: &t.Production,
			// As with sst-deploy: nothing is merged, nothing waited for.
			AutoMerge: github.Bool(false), RequiredContexts: &[]string{},
		})
		id = made.GetID()
		return err
	})
	return id, err
}

// find returns the newest deployment that fits, 0 for none.
func (t Traffic) find(ctx context.Context, environment string, fits func(trafficPayload) bool) (int64, error) {
	known, _, err := t.Client.api.Repositories.ListDeployments(ctx, t.Client.owner, t.Client.repo, &github.DeploymentsListOptions{
		Task: TrafficTask, Environment: environment, ListOptions: github.ListOptions{PerPage: 30},
	})
	if err != nil {
		return 0, err
	}
	for _, k := range known { // newest first
		var p trafficPayload
		if json.Unmarshal(k.Payload, &p) == nil && p.Event > 0 && fits(p) {
			return k.GetID(), nil
		}
	}
	return 0, nil
}

// status adds an event to a deployment, unless it stands there: each text
// begins with the event's number.
func (t Traffic) status(ctx context.Context, id int64, s Status, n notice.Notice) error {
	request := &github.DeploymentStatusRequest{
		State: github.String(string(s)), Description: github.String(short(n.Title + ". " + n.Happened)),
		// A phase that was passed makes the ones before it inactive.
		AutoInactive: github.Bool(true),
	}
	if t.LogURL != "" {
		request.LogURL = &t.LogURL
	}
	if t.URL != "" {
		request.EnvironmentURL = &t.URL
	}
	number, _, _ := strings.Cut(n.Title, " ")
	return t.Client.call(ctx, fmt.Sprintf("telling event %d", n.Sequence), func() error {
		known, _, err := t.Client.api.Repositories.ListDeploymentStatuses(ctx, t.Client.owner, t.Client.repo, id, &github.ListOptions{PerPage: 100})
		if err != nil {
			return err
		}
		if slices.ContainsFunc(known, func(k *github.DeploymentStatus) bool { return strings.HasPrefix(k.GetDescription(), number+" ") }) {
			return nil
		}
		_, _, err = t.Client.api.Repositories.CreateDeploymentStatus(ctx, t.Client.owner, t.Client.repo, id, request)
		return err
	})
}

// short cuts a text to GitHub's limit of a description, in characters.
func short(text string) string {
	const most = 140
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}
