package github

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/fault"
)

func TestWorkflowsAreSwitched(t *testing.T) {
	h, traffic := newHub(t)
	c := traffic.Client
	for range 2 { // again is the same
		if err := c.DisableWorkflow(t.Context(), "watch.yml"); err != nil || !h.Workflow("watch.yml").Disabled {
			t.Fatalf("%v, %+v", err, h.Workflow("watch.yml"))
		}
	}
	err := c.DispatchWorkflow(t.Context(), "watch.yml", "main")
	var f *fault.Fault
	if !errors.As(err, &f) || f.Kind != fault.Input || !strings.Contains(err.Error(), "not disabled") {
		t.Errorf("a disabled one was started: %v", err)
	}
	for range 2 {
		if err := c.EnableWorkflow(t.Context(), "watch.yml"); err != nil || h.Workflow("watch.yml").Disabled {
			t.Fatal(err)
		}
	}
	if err := c.DispatchWorkflow(t.Context(), "watch.yml", "main"); err != nil || !slices.Equal(h.Workflow("watch.yml").Dispatched, []string{"main"}) {
		t.Errorf("%v, %+v", err, h.Workflow("watch.yml"))
	}
	if err := c.DispatchWorkflow(t.Context(), "watch.yml", ""); !errors.As(err, &f) || f.Kind != fault.Input || f.Name != "ref" {
		t.Errorf("without a branch: %v", err)
	}
}

func TestWorkflowsThatCannotBeSwitched(t *testing.T) {
	for status, says := range map[int]string{http.StatusForbidden: "actions: write", http.StatusNotFound: "default branch"} {
		w := &world{fail: []int{status}}
		c, _ := open(t, w, "tok-secret")
		if err := c.EnableWorkflow(t.Context(), "watch.yml"); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%d: %v", status, err)
		}
	}
	w := &world{fail: []int{502, 502}}
	c, _ := open(t, w, "tok-secret")
	if err := c.DisableWorkflow(t.Context(), "watch.yml"); err == nil || len(w.calls) < 3 {
		t.Errorf("an outage was not waited for: %v, %v", err, w.calls)
	}
}
