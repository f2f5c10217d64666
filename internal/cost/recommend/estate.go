// Package recommend says what would cost less, as far as what was measured carries
// it: each piece of advice with its evidence, what it saves in a year, its risk and
// the exact change to make.
package recommend

import (
	"time"

	"github.com/cutover-dev/cutover/internal/cost/price"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Estate is what runs and how it was used from From to To, as far as it could be
// read. A list that could not be read is empty and named in Unread.
type Estate struct {
	Region    string     `json:"region"`
	From      time.Time  `json:"from"`
	To        time.Time  `json:"to"`
	Functions []Function `json:"functions"`
	Databases []Database `json:"databases"`
	Caches    []Cache    `json:"caches"`
	Buckets   []Bucket   `json:"buckets"`
	LogGroups []LogGroup `json:"log_groups"`
	Gateways  []Gateway  `json:"gateways"`
	// Reservations are those that the account has, by the class they are for, such
	// as db.t4g.medium or cache.t4g.small.
	Reservations map[string]int `json:"reservations"`
	// Offers are what AWS offers for a year without anything paid ahead, by class:
	// what an hour costs then.
	Offers map[string]price.Rate `json:"offers"`
	Unread []Unread              `json:"unread"`
	// Fee is what reading has cost, above all Logs Insights, by what it scanned.
	Fee unit.Money `json:"fee"`
}

// Unread is something that could not be read, and why.
type Unread struct {
	What string `json:"what"`
	Why  string `json:"why"`
}

// Function is a Lambda function.
type Function struct {
	Name         string `json:"name"`
	Architecture string `json:"architecture"` // x86 or arm
	Memory       int    `json:"memory"`       // MiB, as it is configured now
	// Provisioned are environments that are kept warm; ProvisionedUse is the largest
	// share of them that was ever in use in the window, -1 if it is not known.
	Provisioned    int     `json:"provisioned"`
	ProvisionedUse float64 `json:"provisioned_use"`
	// Binary is whether its code holds machine code for one architecture, or
	// whether that is not known: nil.
	Binary *bool `json:"binary"`
	// Runs are its REPORT lines of the window, by memory size: a size that it has
	// had before is evidence of what another size does.
	Runs []Runs `json:"runs"`
}

// Runs are the runs of a function at one memory size.
type Runs struct {
	Memory int   `json:"memory"` // MiB
	Count  int64 `json:"count"`
	// Billed is the sum of what was billed, in milliseconds.
	Billed int64 `json:"billed_ms"`
	// P50, P95 and P99 are of the duration, in milliseconds.
	P50 float64 `json:"p50_ms"`
	P95 float64 `json:"p95_ms"`
	P99 float64 `json:"p99_ms"`
	// Used is the most memory that any run used, in MiB.
	Used float64 `json:"used"`
}

// Database is an instance of RDS.
type Database struct {
	ID      string `json:"id"`
	Class   string `json:"class"`
	Engine  string `json:"engine"`
	MultiAZ bool   `json:"multi_az"`
	// Hours is for how many hours of the window it ran; CPU is the average share in
	// use in percent, CPUMost the highest hour's; -1 if unknown.
	Hours   int     `json:"hours"`
	CPU     float64 `json:"cpu"`
	CPUMost float64 `json:"cpu_most"`
	// Since is when it was made.
	Since time.Time `json:"since"`
}

// Cache is a node of ElastiCache.
type Cache struct {
	ID    string    `json:"id"`
	Type  string    `json:"type"`
	Hours int       `json:"hours"`
	Since time.Time `json:"since"`
	// CPUMost is as a Database's; MemoryMost the highest share of its memory in
	// percent; -1 if unknown.
	CPUMost    float64 `json:"cpu_most"`
	MemoryMost float64 `json:"memory_most"`
}

// Bucket is one of S3.
type Bucket struct {
	Name string `json:"name"`
	// Bytes is what it holds by storage class, such as StandardStorage.
	Bytes   map[string]unit.Bytes `json:"bytes"`
	Objects int64                 `json:"objects"`
	// Grown is by how many bytes it grew in the window.
	Grown unit.Bytes `json:"grown"`
	// Versioned, and which rules its lifecycle has.
	Versioned bool `json:"versioned"`
	// Transitions, ExpiresOld and AbortsUploads are whether a rule moves objects to
	// another class, deletes noncurrent versions, and ends unfinished uploads.
	Transitions   bool `json:"transitions"`
	ExpiresOld    bool `json:"expires_old"`
	AbortsUploads bool `json:"aborts_uploads"`
	// Unfinished are the bytes of unfinished uploads, -1 if unknown.
	Unfinished unit.Bytes `json:"unfinished"`
	// Noncurrent are the bytes of noncurrent versions, nil if unknown: the metric
	// BucketSizeBytes does not tell them apart.
	Noncurrent *unit.Bytes `json:"noncurrent" jsonschema:"nullable"`
}

// LogGroup is one of CloudWatch Logs.
type LogGroup struct {
	Name string `json:"name"`
	// Days it keeps lines, 0 for ever.
	Days   int        `json:"days"`
	Stored unit.Bytes `json:"stored"`
	// Arrived is what came in the window.
	Arrived unit.Bytes `json:"arrived"`
}

// Gateway is a NAT gateway.
type Gateway struct {
	ID    string `json:"id"`
	Hours int    `json:"hours"`
	// Out and In are bytes to and from the internet through it in the window.
	Out unit.Bytes `json:"out"`
	In  unit.Bytes `json:"in"`
	// Endpoints are the gateway endpoints (s3, dynamodb) that its VPC has, which are
	// free and take their traffic off it.
	Endpoints []string `json:"endpoints"`
}
