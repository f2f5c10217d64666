package rehearsal

import (
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
)

// The jobs of a matrix are told apart, though they run at once and have one id.
func TestJobsOfAMatrix(t *testing.T) {
	r := &loopback.Run{Jobs: []*loopback.Job{{ID: "start", Name: "Start"}, {ID: "send", Name: "Send ${{ matrix.shard }}", Needs: []string{"start"}}, {ID: "judge", Name: "Judge"}}}
	for _, line := range []string{
		`{"jobID":"send","job":"load-test/Send 1/2","matrix":{"shard":1},"msg":"⭐ Run Main Load","stage":"Main","step":"Load","stepID":["0"]}`,
		`{"jobID":"send","job":"load-test/Send 2/2","matrix":{"shard":2},"msg":"⭐ Run Main Load","stage":"Main","step":"Load","stepID":["0"]}`,
		`{"jobID":"send","job":"load-test/Send 1/2","matrix":{"shard":1},"stepResult":"failure","executionTime":1000000000,"msg":"x","stage":"Main","step":"Load","stepID":["0"]}`,
		`{"jobID":"send","job":"load-test/Send 2/2","matrix":{"shard":2},"stepResult":"success","executionTime":1000000000,"msg":"x","stage":"Main","step":"Load","stepID":["0"]}`,
		`{"jobID":"send","job":"load-test/Send 1/2","matrix":{"shard":1},"jobResult":"failure","msg":"x"}`,
		`{"jobID":"send","job":"load-test/Send 2/2","matrix":{"shard":2},"jobResult":"success","msg":"x"}`,
		`{"jobID":"judge","job":"load-test/Judge","matrix":{},"jobResult":"success","msg":"x"}`,
	} {
		e, ok := parseEvent([]byte(line))
		if !ok {
			t.Fatal(line)
		}
		apply(r, e, time.Unix(100, 0))
	}
	want := []struct {
		id, name string
		ended    loopback.Conclusion
		steps    int
	}{{"start", "Start", "", 0}, {"send/1", "Send 1/2", loopback.Failure, 1}, {"send/2", "Send 2/2", loopback.Success, 1}, {"judge", "Judge", loopback.Success, 0}}
	if len(r.Jobs) != len(want) {
		t.Fatalf("%d jobs", len(r.Jobs))
	}
	for i, w := range want {
		if j := r.Jobs[i]; j.ID != w.id || j.Name != w.name || j.Conclusion != w.ended || len(j.Steps) != w.steps {
			t.Errorf("%+v; want %+v", j, w)
		}
	}
	if needs := r.Job("send/2").Needs; len(needs) != 1 || needs[0] != "start" {
		t.Errorf("send/2 needs %v", needs)
	}
}

// Whoever starts a workflow by hand chooses its environment too.
func TestWhatIsAskedForByHand(t *testing.T) {
	const payload = `{"inputs": {"stage": "production"}}`
	for text, want := range map[string]string{
		"${{ inputs.stage }}-decide": "production-decide", "${{ inputs.other || 'staging' }}-load": "staging-load", "production": "production", "${{ vars.X }}": "${{ vars.X }}",
	} {
		if got := asked(payload, text); got != want {
			t.Errorf("%q is %q, not %q", text, got, want)
		}
	}
	if got := asked("", "${{ inputs.stage }}"); got != "${{ inputs.stage }}" {
		t.Errorf("without an event: %q", got)
	}
}
