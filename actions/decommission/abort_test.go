package main

import (
	"reflect"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/retire"
)

// One command, and during the hold everything is as it was: the record, the tasks,
// what scales them. Deployments are no longer frozen.
//
// Shows: 5.8.3
func TestAbortInTheHold(t *testing.T) {
	t.Parallel()
	before := shortWorld(t, false)
	records, service := before.cloud.Records(cloud.LegoZone), before.cloud.ECS("lego-api", "web")
	w, _ := holdingWorld(t, false)
	if r := w.must(0, cmdTick); r.Step != string(retire.Holding) || !r.Frozen || w.led() {
		t.Fatalf("%+v", r)
	}
	r := w.must(0, cmdAbort, "--reason", "users miss it", "--for", "1s")
	for range 5 {
		if r.Step == string(retire.Aborted) {
			break
		}
		w.pass(time.Minute)
		r = w.must(0, cmdTick)
	}
	now := w.cloud.ECS("lego-api", "web")
	if r.Step != string(retire.Aborted) || r.Frozen || now.Desired != service.Desired || now.Running != service.Running || !reflect.DeepEqual(w.cloud.Records(cloud.LegoZone), records) {
		t.Errorf("%+v\n%+v\n%+v", r, now, w.cloud.Records(cloud.LegoZone))
	}
	// What was approved was taken back with it.
	if _, got := w.do(cmdApply); got.Code != 4 {
		t.Errorf("%d\n%s", got.Code, got.Stderr)
	}
}
