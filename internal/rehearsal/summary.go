package rehearsal

import (
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Summary is a rehearsal's JSON result. Times are in seconds.
type Summary struct {
	Verdict    verdict.Verdict     `json:"verdict"`
	Conclusion loopback.Conclusion `json:"conclusion"`
	Break      string              `json:"break,omitempty"`
	Seconds    float64             `json:"seconds"`
	Jobs       []JobSummary        `json:"jobs"`
	Artifacts  []string            `json:"artifacts"`
}

// JobSummary is one stage.
type JobSummary struct {
	ID         string              `json:"id"`
	Name       string              `json:"name"`
	Conclusion loopback.Conclusion `json:"conclusion"`
	Seconds    float64             `json:"seconds"`
	Steps      []StepSummary       `json:"steps"`
}

// StepSummary is one step.
type StepSummary struct {
	Name       string              `json:"name"`
	Conclusion loopback.Conclusion `json:"conclusion"`
	Seconds    float64             `json:"seconds"`
}

// Summary returns the result as data.
func (r Result) Summary() Summary {
	run := r.Told.Run
	s := Summary{Verdict: r.Verdict(), Conclusion: run.Conclusion, Seconds: run.Ended.Sub(run.Started).Seconds(), Artifacts: []string{}}
	if r.Break != nil {
		s.Break = r.Break.Name
	}
	for _, a := range r.Told.Artifacts {
		s.Artifacts = append(s.Artifacts, a.Name)
	}
	for _, j := range run.Jobs {
		job := JobSummary{ID: j.ID, Name: j.Name, Conclusion: j.Conclusion, Seconds: j.Ended.Sub(j.Started).Seconds(), Steps: []StepSummary{}}
		for _, st := range j.Steps {
			job.Steps = append(job.Steps, StepSummary{st.Title(), st.Conclusion, st.Took().Seconds()})
		}
		s.Jobs = append(s.Jobs, job)
	}
	return s
}
