package rehearsal

import (
	"testing"

	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
)

// A workflow that is called twice has two jobs of one id: they are told apart by
// who called, in the file and in act's log.
func TestAWorkflowThatIsCalledTwice(t *testing.T) {
	flow, err := readWorkflow("../../.github/workflows/sst-deploy.yml", "../..")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]workflowJob{}
	run := &loopback.Run{}
	for _, j := range flow.jobs {
		found[j.id] = j
		run.Jobs = append(run.Jobs, &loopback.Job{ID: j.id, Name: j.Name})
	}
	for _, stage := range []string{"staging", "production"} {
		j := found["watch-"+stage+"/watch"]
		if j.Environment != nameOrMapping(stage+"-monitor") || len(j.Needs) != 1 || j.Needs[0] != stage {
			t.Errorf("%s: %+v", stage, j)
		}
		if of := jobOf(run, event{JobID: "watch", Job: "Watch " + stage + "/monitoring/Watch          "}); of == nil || of.ID != j.id {
			t.Errorf("%s: act's line is of %+v", stage, of)
		}
	}
	if j := found["back"]; j.Environment != "production-rollback" {
		t.Errorf("a workflow that is called once keeps its ids: %+v", j)
	}
	if found["gate"].Needs[1] != "integration" || found["integration"].Needs[1] != "watch-staging/watch" {
		t.Errorf("%v, %v", found["gate"].Needs, found["integration"].Needs)
	}
}
