package prepare

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// CheckKind is what a health check looks at.
type CheckKind string

// The kinds.
const (
	Endpoint   CheckKind = "endpoint"   // AWS's checkers ask a URL over HTTPS
	Alarm      CheckKind = "alarm"      // the metric stream of a CloudWatch alarm
	Calculated CheckKind = "calculated" // how many other checks are healthy
)

// The roles of the five checks.
const (
	RoleEndpoint = "green-endpoint" // green answers
	RoleErrors   = "green-errors"   // the native alarm on 5xx is quiet
	RoleVerdict  = "green-verdict"  // the last tick found green worth its traffic
	RoleGreen    = "green"          // all three: what green's record carries
	RoleBlue     = "blue"           // always healthy: what blue's record carries
)

// Check is one health check as it should be.
type Check struct {
	Project, Environment string
	// Role is one of the roles above.
	Role string
	Kind CheckKind
	// Host, Path and Seconds between two requests of one checker; a side counts
	// as turned after Failures in a row.
	Host, Path        string
	Seconds, Failures int
	// Alarm in Region is watched.
	Alarm, Region string
	// Children are roles until the shell has put IDs in their place. Healthy is
	// how many of them must be.
	Children []string
	Healthy  int
}

// Wanted are the checks of a cutover.
type Wanted struct {
	Project, Environment string
	// Host and Path of green's direct URL; Seconds is 10 or 30.
	Host, Path string
	Seconds    int
	// Region of both alarms: VerdictAlarm watches what ticks publish,
	// ErrorsAlarm green's own count of 5xx.
	Region, VerdictAlarm, ErrorsAlarm string
}

// Checks returns them, children before those that count them.
//
// Blue's has a threshold of 0, which makes it always healthy; source: Route 53
// API reference, HealthCheckConfig, HealthThreshold. Its child decides nothing,
// and is one that stands anyway, so that it costs nothing.
func (w Wanted) Checks() []Check {
	base := func(role string, kind CheckKind) Check {
		return Check{Project: w.Project, Environment: w.Environment, Role: role, Kind: kind}
	}
	endpoint, errs, verdict := base(RoleEndpoint, Endpoint), base(RoleErrors, Alarm), base(RoleVerdict, Alarm)
	endpoint.Host, endpoint.Path, endpoint.Seconds, endpoint.Failures = w.Host, w.Path, w.Seconds, 3
	errs.Alarm, errs.Region = w.ErrorsAlarm, w.Region
	verdict.Alarm, verdict.Region = w.VerdictAlarm, w.Region
	green, blue := base(RoleGreen, Calculated), base(RoleBlue, Calculated)
	green.Children, green.Healthy = []string{RoleEndpoint, RoleErrors, RoleVerdict}, 3
	blue.Children, blue.Healthy = []string{RoleEndpoint}, 0
	return []Check{endpoint, errs, verdict, green, blue}
}

// Reference makes the creation of a check safe to repeat: it follows from what
// the check is. The reference of a deleted check is refused for some days, so
// that a further generation is tried then; source: Route 53 API reference,
// CreateHealthCheck, CallerReference.
func (c Check) Reference(generation int) string {
	text, _ := json.Marshal(c) // texts and numbers: it cannot fail
	sum := sha256.Sum256(text)
	return fmt.Sprintf("cutover-%s-%d", hex.EncodeToString(sum[:20]), generation)
}

// Name is what the console shows.
func (c Check) Name() string { return c.Project + "-" + c.Environment + "-" + c.Role }

// Tags are those that everything of cutover carries.
func (c Check) Tags() map[string]string {
	return map[string]string{"Project": c.Project, "Environment": c.Environment, "Name": c.Name()}
}

// Cents is the list price of a check a month: 50 for one of AWS's endpoints, and
// 100 each for HTTPS and for asking every 10 seconds. The first 50 basic checks
// of an account are free and not counted here. Source: Route 53 pricing, health
// checks, as known in 2026.
func (c Check) Cents() int {
	cents := 50
	if c.Kind == Endpoint {
		cents += 100
		if c.Seconds == 10 {
			cents += 100
		}
	}
	return cents
}

// checkers is how many of AWS's checkers ask an endpoint, about; source: Route 53
// Developer Guide, "How Route 53 determines whether a health check is healthy".
const checkers = 15

// Requests is how many requests a month a check sends, about: they reach green's
// own metrics and are billed as its users' are.
func (c Check) Requests() int {
	if c.Kind != Endpoint || c.Seconds <= 0 {
		return 0
	}
	return checkers * 30 * 24 * 3600 / c.Seconds
}
