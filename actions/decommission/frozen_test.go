package main

import (
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/retire"
)

// A pipeline that deploys to ECS asks as its first step, and is stopped by the exit
// code while nobody may; after an abort it may again. The question asks AWS for
// nothing but what is kept.
//
// Shows: 5.8.2
func TestFrozen(t *testing.T) {
	t.Parallel()
	if r := shortWorld(t, false).must(0, cmdFrozen); r.Frozen || r.Lead != "Deployments to ECS are not frozen." {
		t.Errorf("%+v", r)
	}
	w, _ := holdingWorld(t, false)
	calls := len(w.cloud.Calls())
	r, got := w.do(cmdFrozen)
	if got.Code != 4 || !r.Frozen || !strings.Contains(r.Lead, "frozen since 2026-") || !strings.Contains(got.Stderr, "lego-api/web") || !strings.Contains(got.Stderr, "abort") || w.output("frozen") != "true" || w.output("title") != "" {
		t.Errorf("%d %+v\n%s", got.Code, r, got.Stderr)
	}
	for _, c := range w.cloud.Calls()[calls:] {
		if !strings.HasPrefix(c.Action, "s3:Get") && !strings.HasPrefix(c.Action, "s3:List") && !strings.HasPrefix(c.Action, "sts:") {
			t.Errorf("it calls %s", c.Action)
		}
	}
	r = w.must(0, cmdAbort)
	for range 5 {
		if r.Step == string(retire.Aborted) {
			break
		}
		w.pass(time.Minute)
		r = w.must(0, cmdTick)
	}
	if r := w.must(0, cmdFrozen); r.Frozen {
		t.Errorf("%+v", r)
	}
}

// Where the answer cannot be read nobody may deploy.
func TestFrozenIsNotGuessed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.cloud.Put(folder+"marks.json", "{")
	if _, got := w.do(cmdFrozen); got.Code == 0 {
		t.Errorf("%d\n%s", got.Code, got.Stderr)
	}
}

// A pipeline that did not ask is found out: whatever it has brought is named, and
// nothing goes on.
//
// Shows: 5.8.2
func TestDeployedAlthoughFrozen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(w *world)
		says   string
	}{
		"a revision": {func(w *world) {
			w.cloud.Old(func(o *cloud.OldSide) {
				o.Definition("web:8", cloud.TaskDefinition{Image: "web", LogGroup: "/ecs/lego-api"})
			})
		}, "the revision web:8 was registered"},
		"a revision that is deployed": {func(w *world) {
			w.cloud.Old(func(o *cloud.OldSide) {
				o.Definition("web:8", cloud.TaskDefinition{Image: "web", LogGroup: "/ecs/lego-api"})
			})
			s := w.cloud.ECS("lego-api", "web")
			s.Definition, s.Deploys = "web:8", 1
			w.cloud.SetECS(s)
		}, "web:8 by the deployment ecs-svc/3, which was ecs-svc/2"},
		"the same once more, by force": {func(w *world) {
			s := w.cloud.ECS("lego-api", "web")
			s.Deploys = 1
			w.cloud.SetECS(s)
		}, "web:7 by the deployment ecs-svc/3, which was ecs-svc/2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, p := holdingWorld(t, false)
			c.change(w)
			w.pass(2 * time.Hour)
			r, got := w.do(cmdTick)
			if got.Code != 1 || r.Hold == nil || r.Hold.Kind != "undone" || !strings.Contains(r.Hold.Reason, c.says) || !strings.Contains(r.Hold.Next, "the command frozen") || len(r.Did) > 0 {
				t.Fatalf("%d %+v\n%s", got.Code, r.Hold, got.Stderr)
			}
			w.planned(p)
		})
	}
}
