package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/comparison"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
)

// Who has decided is whoever approved this run at GitHub, and nobody whose name was
// only written down.
//
// Shows: 5.6.5
// Attack: unreviewed-dispatch, tampered-decision
func TestWhoHasApprovedDecides(t *testing.T) {
	t.Parallel()
	review := func(environment, user, state string) loopback.Approval {
		return loopback.Approval{Environment: environment, User: user, State: state}
	}
	yes := review("production-decide", ada, "approved")
	for name, c := range map[string]struct {
		reviews []loopback.Approval
		args    []string
		env     []string
		code    int
		says    string
		who     string
	}{
		"whoever approved":        {[]loopback.Approval{yes}, nil, nil, 0, "", ada},
		"named as well":           {[]loopback.Approval{yes}, []string{"--approver", "@Ada-Lovelace"}, nil, 0, "", ada},
		"two of them":             {[]loopback.Approval{yes, review("production-decide", "grace", "approved"), yes}, nil, nil, 0, "", ada + ", grace"},
		"one of two":              {[]loopback.Approval{yes, review("production-decide", "grace", "approved")}, []string{"--approver", "grace"}, nil, 0, "", "grace"},
		"another environment's":   {[]loopback.Approval{review("night", ada, "approved")}, []string{"--environment", "night"}, nil, 0, "", ada},
		"nobody":                  {nil, nil, nil, 4, "has not been approved in this run", ""},
		"nobody, and a name":      {nil, []string{"--approver", ada}, nil, 4, "has not been approved in this run", ""},
		"somebody else":           {[]loopback.Approval{yes}, []string{"--approver", "mallory"}, nil, 4, "approver: has not approved this run", ""},
		"a no":                    {[]loopback.Approval{review("production-decide", ada, "rejected")}, nil, nil, 4, "has not been approved", ""},
		"a yes to something else": {[]loopback.Approval{review("production", ada, "approved")}, nil, nil, 4, "has not been approved", ""},
		"no token":                {[]loopback.Approval{yes}, []string{"--token", "-"}, nil, 2, "token: is missing", ""},
		"a terminal":              {[]loopback.Approval{yes}, []string{"--approver", ada}, []string{"GITHUB_ACTIONS="}, 4, "no run of a workflow", ""},
		"no run":                  {[]loopback.Approval{yes}, nil, []string{"GITHUB_RUN_ID="}, 4, "no run of a workflow", ""},
		"a token that is none":    {[]loopback.Approval{yes}, []string{"--token", "another-one"}, nil, 2, "401", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.reviews, w.env = c.reviews, append(slices.Clone(w.env), c.env...)
			r, got := w.run(cmdDecide, c.args...)
			if got.Code != c.code || !strings.Contains(got.Stderr, c.says) {
				t.Fatalf("%d, not %d\n%s", got.Code, c.code, got.Stderr)
			}
			if c.code != 0 {
				if len(w.github.Pulls()) > 0 || len(w.cloud.KeysIn(bucket, "cutover/decision/")) > 0 || r.Kept != "" {
					t.Errorf("something was kept: %+v", r)
				}
				return
			}
			w.whole(c.who)
			if !strings.Contains(w.output("fields"), "Approver: "+c.who) || !strings.Contains(w.cloud.In(bucket, "cutover/"+w.decided().Record), "Approver: "+c.who) {
				t.Errorf("%s\n%s", w.output("fields"), got.Stderr)
			}
		})
	}
}

// A dry run says what would be decided, to whoever asks; it keeps nothing, and its
// record names nobody.
func TestADryRunDecidesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.reviews = nil
	w.env = append(w.env, "GITHUB_ACTIONS=", "GITHUB_RUN_ID=")
	r, got := w.run(cmdDecide, "--dry-run=true", "--token", "-", "--run-blue", "-", "--run-green", "-", "--approver", ada, "--record", "draft.md")
	if got.Code != 0 || r.Decision != comparison.Proceed || r.Kept != "" || r.PullRequest != "" || len(w.github.Pulls()) > 0 || len(w.cloud.KeysIn(bucket, "cutover/decision/")) > 0 {
		t.Errorf("%d %+v\n%s", got.Code, r, got.Stderr)
	}
	if draft := w.read("draft.md"); !strings.Contains(draft, "nobody yet: a draft") || strings.Contains(draft, ada) {
		t.Error(draft)
	}
	// What could not be decided is said all the same.
	if _, got := w.run(cmdDecide, "--dry-run=true", "--cost", "-"); got.Code != 1 || !strings.Contains(got.Stderr, "nothing can be decided yet") {
		t.Errorf("%d\n%s", got.Code, got.Stderr)
	}
	if _, got := w.run(cmdReport, "--dry-run=true"); got.Code != 2 || !strings.Contains(got.Stderr, "dry-run") {
		t.Errorf("%d\n%s", got.Code, got.Stderr)
	}
}
