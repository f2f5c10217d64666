package retire

import "time"

// Evidence is what the graph of things does not show. A field that could not be
// read is at its zero, which is never a pass.
type Evidence struct {
	// At is when it was read.
	At time.Time `json:"at"`
	// Full is since when green has had all traffic without a break; zero while
	// it has not. After the record is simple it stays what it was.
	Full time.Time `json:"full,omitzero"`
	// Watched is the end of the last minute that was watched, Missed how much of
	// the time since Full nobody watched.
	Watched time.Time     `json:"watched,omitzero"`
	Missed  time.Duration `json:"missed"`
	// Alarmed is when an alarm of the stage last rang since Full, zero if none
	// did; Ringing are those that ring now. Only green's count and those that both
	// sides share: blue's own ring once it has no task, and must not be told.
	Alarmed time.Time `json:"alarmed,omitzero"`
	Ringing []string  `json:"ringing,omitempty"`
	// Objectives are the SLOs as the rollout's own tests left them.
	Objectives []Objective `json:"objectives"`
	// Decision is the newest decision record of the comparison.
	Decision Decided `json:"decision"`
	// Frozen is whether deployments to blue are frozen.
	Frozen bool `json:"frozen"`
	// Kit is the SHA-256 of the restore kit as it was read back; empty if there
	// is none or it is damaged. KitPlan is the hash of the plan it was made for.
	Kit     string `json:"kit,omitempty"`
	KitPlan string `json:"kit_plan,omitempty"`
	// Traffic is what the load balancer got; nil if that is not known.
	Traffic *Traffic `json:"traffic,omitempty"`
	// VerdictOff is whether the verdict metric is published no more.
	VerdictOff bool `json:"verdict_off"`
	// Archives are the verified archives by the ARN of their repository.
	Archives map[string]Archive `json:"archives,omitempty"`
	// Errors are green's requests of the last hour; nil if not known.
	Errors *Errors `json:"errors,omitempty"`
	// Endpoints are the answers of every endpoint, asked now.
	Endpoints []Endpoint `json:"endpoints,omitempty"`
	// PullRequest and Retrospective are where the documents are, once they are.
	PullRequest   string `json:"pull_request,omitempty"`
	Retrospective string `json:"retrospective,omitempty"`
}

// Objective is one SLO and whether it was proved.
type Objective struct {
	Name   string `json:"name"`
	Proved bool   `json:"proved"`
}

// Decided is what the decision record says.
type Decided struct {
	// Decision is proceed, return or what else the record holds.
	Decision string `json:"decision"`
	By       string `json:"by,omitempty"`
	// Record is where it is written.
	Record string `json:"record,omitempty"`
}

// Traffic is how many requests a load balancer got in a time that has ended and
// is wholly known. Metrics of a load balancer without a request have no points:
// whoever fills this says 0 only if the query itself was answered.
type Traffic struct {
	From     time.Time `json:"from"`
	Through  time.Time `json:"through"`
	Requests int64     `json:"requests"`
}

// Archive is a repository's images in S3, as they were verified there.
type Archive struct {
	IndexSHA256 string    `json:"index_sha256"`
	Verified    time.Time `json:"verified"`
	// Images are the digests that the index reaches, sha256:<hex>.
	Images []string `json:"images"`
	// Lost are images that an earlier archive had and that nobody has any more: they
	// are damaged there, and the registry has them no longer.
	Lost []string `json:"lost,omitempty"`
	// Foreign are layers that only their owner may pass on, and of which nobody says
	// where the owner has them: no archive can bring such an image back.
	Foreign []string `json:"foreign,omitempty"`
}

// Errors are requests and how many of them failed.
type Errors struct {
	Requests int64 `json:"requests"`
	Failed   int64 `json:"failed"`
}

// Endpoint is one route and whether it answers as it should.
type Endpoint struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Answer string `json:"answer"`
}
