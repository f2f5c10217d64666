package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/retire"
)

// The images go to S3 on their own command too, each blob once; verify proves them,
// finds what is damaged, and archive-images mends it; restore brings them back.
//
// Shows: 5.8.7
func TestImages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	if _, got := w.do(cmdVerify); got.Code != 1 || !strings.Contains(got.Stderr, "is not archived") {
		t.Errorf("%d\n%s", got.Code, got.Stderr)
	}
	r := w.must(0, cmdArchive)
	if len(r.Archived) != 1 || r.Archived[0].Tags != 2 || r.Archived[0].Fetched != 3 || len(r.Verified) != 1 || !r.Verified[0].Deep {
		t.Fatalf("%+v", r)
	}
	if again := w.must(0, cmdArchive); again.Archived[0].Fetched != 0 || again.Archived[0].IndexSHA256 != r.Archived[0].IndexSHA256 {
		t.Errorf("%+v", again.Archived)
	}
	for _, key := range w.cloud.KeysIn(bucket, "cutover/images/lego-api/blobs/") {
		if text := w.cloud.Get(key); text == "a layer that both have" {
			w.cloud.Put(key, "a layer that both hate")
		}
	}
	if r, got := w.do(cmdVerify); got.Code != 1 || r.Verdict != "fail" || len(r.Verified[0].Damaged) != 1 || !strings.Contains(got.Stderr, "archive-images") {
		t.Errorf("%d %+v\n%s", got.Code, r, got.Stderr)
	}
	w.must(0, cmdArchive)
	if r := w.must(0, cmdVerify); r.Verdict != "pass" {
		t.Errorf("%+v", r)
	}
	if r := w.must(0, cmdRestore, "--repository", "lego-api"); len(r.Restored) != 1 || r.Restored[0].Tags != 2 || r.Restored[0].PushedBlobs != 0 {
		t.Errorf("%+v", r)
	}
}

// The restore kit comes out of S3 as the files that the plan's commands name.
//
// Attack: tampered-kit
func TestTheKitComesBack(t *testing.T) {
	t.Parallel()
	w, p := holdingWorld(t, false)
	r := w.must(0, cmdRestore, "--kit", "kit")
	if len(r.KitFiles) < len(p.Targets) {
		t.Errorf("%v", r.KitFiles)
	}
	for _, x := range p.Targets {
		if _, file, ok := strings.Cut(x.Restore, "file://kit/"); ok {
			file = strings.SplitN(strings.Trim(file, "'"), "'", 2)[0]
			if _, err := os.Stat(filepath.Join(w.folder, "kit", file)); err != nil {
				t.Errorf("%s: %v", x.Restore, err)
			}
		}
	}
	// A kit that was changed stops everything until it is back.
	key := folder + "kit/" + p.Plan + ".json"
	text := w.cloud.Get(key)
	w.cloud.Put(key, strings.Replace(text, `"region": "us-east-1"`, `"region": "eu-west-1"`, 1))
	w.pass(2 * time.Hour)
	if r, got := w.do(cmdTick); got.Code != 1 || r.Hold == nil || r.Hold.Kind != "kit" || len(r.Did) > 0 {
		t.Errorf("%d %+v", got.Code, r)
	}
	w.cloud.Put(key, text)
	if r := w.until(retire.Done); len(r.Deleted) != len(p.Targets) {
		t.Errorf("%+v", r)
	}
}

// Status tells what is gone and how it comes back, and asks AWS for nothing but what
// is kept.
func TestStatus(t *testing.T) {
	t.Parallel()
	if r := shortWorld(t, false).must(0, cmdStatus); r.Step != "ready" || !strings.Contains(r.Lead, "Nothing has begun") {
		t.Errorf("%+v", r)
	}
	w, _ := holdingWorld(t, false)
	w.until(retire.Done)
	calls := len(w.cloud.Calls())
	r := w.must(0, cmdStatus, "--report", "status.html")
	if r.Verdict != "pass" || len(r.Deleted) == 0 || len(r.Events) < 20 || !strings.Contains(w.read("status.html"), "create-cluster") || w.output("title") != "" {
		t.Errorf("%+v", r)
	}
	for _, c := range w.cloud.Calls()[calls:] {
		if !strings.HasPrefix(c.Action, "s3:Get") && !strings.HasPrefix(c.Action, "s3:List") && !strings.HasPrefix(c.Action, "sts:") {
			t.Errorf("status calls %s", c.Action)
		}
	}
	if !strings.Contains(w.cloud.Get(folder+"marks.json"), "frozen") || w.cloud.ECS("lego-api", "web").Status == "ACTIVE" {
		t.Error(cloud.Account)
	}
}
