package rehearsal

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
)

// event is one line of act's JSON log. Only what is used here is named; act
// v0.2.89 writes more.
type event struct {
	JobID       string            `json:"jobID"`
	Job         string            `json:"job"`
	Step        string            `json:"step"`
	StepID      []string          `json:"stepID"`
	SetUp       []string          `json:"stepid"`
	Stage       string            `json:"stage"`
	Message     string            `json:"msg"`
	Level       string            `json:"level"`
	Raw         bool              `json:"raw_output"`
	Command     string            `json:"command"`
	Pairs       map[string]string `json:"kvPairs"`
	Argument    string            `json:"arg"`
	Name        string            `json:"name"`
	Content     string            `json:"content"`
	StepResult  string            `json:"stepResult"`
	JobResult   string            `json:"jobResult"`
	ExecutionNS int64             `json:"executionTime"`
	// Matrix is what tells the jobs of a matrix apart.
	Matrix map[string]any `json:"matrix"`
}

// parseEvent reads one line; ok is false for what is no event of a job.
func parseEvent(line []byte) (e event, ok bool) {
	// act writes both "stepID" (of steps) and "stepid" (of set-up), and Go's
	// decoder folds case, so the members are told apart by hand.
	var members map[string]json.RawMessage
	if json.Unmarshal(line, &members) != nil || json.Unmarshal(line, &e) != nil {
		return event{}, false
	}
	e.StepID, e.SetUp = nil, nil
	_ = json.Unmarshal(members["stepID"], &e.StepID) // absent on lines of a job
	_ = json.Unmarshal(members["stepid"], &e.SetUp)
	return e, e.JobID != ""
}

// top says whether the event is the step's own, not a composite part's.
func (e event) top() bool { return len(e.StepID) == 1 }

// begins says whether the event starts a step.
func (e event) begins() bool { return e.top() && strings.HasPrefix(e.Message, "⭐ Run ") }

// apply tells the run what one event says; now is when it was read.
func apply(r *loopback.Run, e event, now time.Time) {
	j := jobOf(r, e)
	if j == nil {
		return // a job that the workflow file does not have cannot come up
	}
	if j.Started.IsZero() {
		j.Started = now
	}
	if e.JobResult != "" {
		j.Conclusion, j.Ended = loopback.Conclusion(e.JobResult), now
		return
	}
	if len(e.StepID) == 0 {
		return
	}
	s := openStep(j, e)
	if e.begins() && s == nil {
		s = &loopback.Step{ID: e.StepID[0], Name: e.Step, Stage: e.Stage, Started: now, Outputs: map[string]string{}}
		j.Steps = append(j.Steps, s)
	}
	if s == nil {
		return // what act prepares before a step begins
	}
	applyToStep(s, e, now)
}

// jobOf finds the job that an event is of. act names those of a called workflow
// by their own ids, and behind the caller's name, padded: caller/workflow/job.
func jobOf(r *loopback.Run, e event) *loopback.Job {
	if len(e.Matrix) > 0 {
		return legOf(r, e)
	}
	if j := r.Job(e.JobID); j != nil {
		return j
	}
	for _, j := range r.Jobs {
		caller, _, called := strings.Cut(j.Name, " / ")
		if called && strings.HasSuffix(j.ID, "/"+e.JobID) && strings.HasPrefix(strings.TrimSpace(e.Job), caller+"/") {
			return j
		}
	}
	return nil
}

// legOf finds the job of a matrix that an event is of. How many there are is known
// once they run: the first takes the place of the job in the file, the others come
// behind it. Its id has the matrix' values behind the job's, such as send/2.
func legOf(r *loopback.Run, e event) *loopback.Job {
	id := e.JobID
	for _, key := range slices.Sorted(maps.Keys(e.Matrix)) {
		id += fmt.Sprintf("/%v", e.Matrix[key])
	}
	if j := r.Job(id); j != nil {
		return j
	}
	name := strings.TrimSpace(e.Job)
	if _, own, inside := strings.Cut(name, "/"); inside {
		name = own
	}
	if j := r.Job(e.JobID); j != nil {
		j.ID, j.Name = id, name
		return j
	}
	last := -1
	for i, j := range r.Jobs {
		if strings.HasPrefix(j.ID, e.JobID+"/") {
			last = i
		}
	}
	if last < 0 {
		return nil
	}
	leg := &loopback.Job{ID: id, Name: name, Needs: r.Jobs[last].Needs, Environment: r.Jobs[last].Environment}
	r.Jobs = slices.Insert(r.Jobs, last+1, leg)
	return leg
}

// openStep finds the step that the event belongs to. After a step has ended
// act still reports its outputs and summary.
func openStep(j *loopback.Job, e event) *loopback.Step {
	i := slices.IndexFunc(j.Steps, func(s *loopback.Step) bool { return s.ID == e.StepID[0] && s.Stage == e.Stage })
	if i < 0 {
		return nil
	}
	return j.Steps[i]
}

func applyToStep(s *loopback.Step, e event, now time.Time) {
	switch {
	case e.StepResult != "" && e.top():
		s.Conclusion, s.Ended = loopback.Conclusion(e.StepResult), now
		// act's own clock is finer than the time its line took to arrive.
		if took := time.Duration(e.ExecutionNS); took > 0 {
			s.Started = now.Add(-took)
		}
	case e.Raw:
		s.Log = append(s.Log, plain(e.Message))
	case e.Command == "error" || e.Command == "warning" || (e.Command == "notice" && e.Argument != ""):
		s.Annotations = append(s.Annotations, loopback.Annotation{
			Level: e.Command, File: e.Pairs["file"], Line: e.Pairs["line"], Title: e.Pairs["title"], Message: strings.TrimRight(e.Argument, "\r\n"),
		})
		s.Log = append(s.Log, e.Command+": "+strings.TrimRight(e.Argument, "\r\n"))
	case e.Command == "summary" && !strings.HasSuffix(s.Summary, e.Content):
		// A composite's parts and the step itself report the same summary.
		s.Summary += e.Content
	case e.Command == "set-output" && e.top():
		s.Outputs[e.Name] = e.Argument
	}
}

// ansi matches the sequences by which tools colour a terminal, which act's
// pseudo-terminal makes them believe in.
var ansi = regexp.MustCompile("\x1b\\[[0-9;?]*[a-zA-Z]")

func plain(line string) string {
	return ansi.ReplaceAllString(strings.TrimRight(line, "\r\n"), "")
}
