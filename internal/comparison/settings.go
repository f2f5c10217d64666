package comparison

import (
	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Policy is the section `comparison:` of cutover.yaml: what green must reach
// beside blue before blue is taken out of service.
type Policy struct {
	LatencyTolerance unit.Percent  `yaml:"latency_tolerance" default:"20%" doc:"By how much the median, the p95 and the p99 may be slower than blue's. Faster is no failure."`
	ErrorsBelow      unit.Percent  `yaml:"errors_below" default:"0.5%" above:"0%" max:"50%" doc:"The share of requests answered with 5xx stays below it."`
	ColdStartUnder   unit.Duration `yaml:"cold_start_under" default:"2 s" above:"0 s" max:"10 s" doc:"The p99 of cold starts stays below it."`
	Savings          unit.Percent  `yaml:"savings" default:"40%" doc:"What must be saved a month at the median traffic."`
	CountShared      bool          `yaml:"count_shared" default:"false" doc:"Whether savings are a share of all costs, those of the stores that both sides use included."`
	Confidence       unit.Percent  `yaml:"confidence" default:"95%" doc:"How sure a verdict must be."`
	MinRequests      int           `yaml:"min_requests" default:"1000" min:"100" max:"100000000" doc:"Fewer requests of a side are no measurement."`
	MinDays          int           `yaml:"min_days" default:"7" min:"1" max:"90" doc:"Fewer days of traffic say nothing of a month: a week has its weekend."`
}

const (
	leastConfidence = 80 * unit.Full / 100
	mostConfidence  = 999 * unit.Full / 1000
)

// Check holds the confidence to what can be reached and is worth asking for.
func (p Policy) Check(c *strict.Check) {
	if c.Valid("confidence") && (p.Confidence < leastConfidence || p.Confidence > mostConfidence) {
		c.Report(strict.Problem{Message: "is too little to decide by, or more than any sample proves", Allowed: "80% to 99.9%"}, "confidence")
	}
}

// Defaults is the section with nothing written in it.
func Defaults() Policy {
	var p Policy
	// Nothing in it can be wrong, which a test holds.
	_ = strict.Decode("comparison", []byte("min_requests: 1000\n"), &p)
	return p
}
