// Package cloud is as much of AWS as a rehearsal and the tests need, in memory:
// buckets of S3, parameters of SSM, sessions of STS, and the services that the
// other files add. It is strict: a request that it does not know is refused and
// remembered, so that a test can hold that there was none. Each rule names its
// source.
package cloud

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Account and Region are where everything of this cloud lies.
const (
	Account = "123456789012"
	Region  = "us-east-1"
)

// Cloud answers as AWS does. All services share one address and are told apart
// by what the request was signed for.
type Cloud struct {
	mu      sync.Mutex
	state   string // the bucket that SST made here; "" in an account in which it was never used
	buckets map[string]map[string]object
	before  func(method, key string)
	fail    func(method, key string) int
	roles   map[string]string // role by access key
	trusts  func(role, token string) error

	unknown     []string
	calls       []Call
	functions   map[string]*function
	refuse      func(call, name string) (status int, code, message string)
	alarms      []Alarm
	alarmFault  fault
	watch       watch
	budget      map[string]*Budget
	budgetFault fault
	// services are the others, by the name that requests are signed for.
	services map[string]service
	dns      dns53
	fleet    fleet
	rays     rays
	old      oldSide
	access   access

	containers containers
	formation
}

// service answers one service's requests; c.mu is not held.
type service func(c *Cloud, w http.ResponseWriter, r *http.Request)

// Call is a request as IAM judges it.
type Call struct {
	// Action is such as s3:GetObject, Resource an ARN, or * where the action
	// knows no resources.
	Action, Resource string
	// Role is the name of the role whose session signed it; empty for other keys.
	Role string
}

// New makes a cloud with SST's bucket, empty, of that name.
func New(state string) *Cloud {
	return &Cloud{
		state: state, buckets: map[string]map[string]object{state: {}}, roles: map[string]string{}, functions: map[string]*function{},
		services: map[string]service{"s3": (*Cloud).s3, "ssm": (*Cloud).ssm, "sts": (*Cloud).sts, "lambda": (*Cloud).lambda,
			"cloudformation": (*Cloud).cloudformation,
			"monitoring":     (*Cloud).monitoring, "budgets": (*Cloud).budgets,
			"sns": (*Cloud).sns, "tagging": (*Cloud).tagging, "logs": (*Cloud).logs, "apigateway": (*Cloud).gateway, "rds": (*Cloud).rds, "ce": (*Cloud).costExplorer,
			"elasticache": (*Cloud).elasticache, "ec2": (*Cloud).ec2,
			"route53": (*Cloud).route53,
			"ecs":     (*Cloud).elastic, "application-autoscaling": (*Cloud).autoscaling, "events": (*Cloud).events,
			"xray": (*Cloud).xray, "elasticloadbalancing": (*Cloud).elastic2,
			"ecr":   (*Cloud).ecr,
			"wafv2": (*Cloud).firewall, "scheduler": (*Cloud).scheduler, "iam": (*Cloud).iam,
		},
	}
}

// Rename changes the bucket that SST made here; "" is an account in which it was
// never used.
func (c *Cloud) Rename(bucket string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	objects := c.buckets[c.state]
	delete(c.buckets, c.state)
	if c.state = bucket; bucket != "" {
		c.buckets[bucket] = objects
	}
}

// Bucket adds an empty bucket.
func (c *Cloud) Bucket(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.buckets[name] = map[string]object{}
}

// Unknown are the requests that it had no answer for.
func (c *Cloud) Unknown() []string { c.mu.Lock(); defer c.mu.Unlock(); return slices.Clone(c.unknown) }

// Calls are the requests so far that were signed.
func (c *Cloud) Calls() []Call { c.mu.Lock(); defer c.mu.Unlock(); return slices.Clone(c.calls) }

// Before is called ahead of each request of S3, for races. It may use the cloud.
func (c *Cloud) Before(f func(method, key string)) { c.mu.Lock(); defer c.mu.Unlock(); c.before = f }

// Fail makes requests of S3 fail with the HTTP status that f returns, unless it
// is 0.
func (c *Cloud) Fail(f func(method, key string) int) { c.mu.Lock(); defer c.mu.Unlock(); c.fail = f }

// signature is what a signed request begins its Authorization with; source: IAM
// User Guide, "Elements of an AWS API request signature".
var signature = regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=([^/,]+)/\d{8}/([^/,]+)/([^/,]+)/aws4_request, `)

// ServeHTTP implements http.Handler.
func (c *Cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	signed := signature.FindStringSubmatch(r.Header.Get("Authorization"))
	if signed == nil {
		// The one call that needs no signature: it is how credentials are got.
		if c.control(w, r) || c.telemetry(w, r) || c.federated(w, r) {
			return
		}
		failS3(w, http.StatusForbidden, "AccessDenied", "Access Denied")
		return
	}
	answer, ok := c.services[signed[3]]
	if !ok {
		c.strange(signed[3] + " " + r.Method + " " + r.URL.String() + " " + r.Header.Get("X-Amz-Target"))
		w.WriteHeader(http.StatusNotImplemented)
		return
	}
	// A clock of its own shows wherever one asks for the time.
	w.Header().Set("Date", c.date53())
	answer(c, w, r)
}

// note remembers a request as IAM would judge it. c.mu must be held.
func (c *Cloud) note(r *http.Request, action, resource string) {
	signed := signature.FindStringSubmatch(r.Header.Get("Authorization"))
	c.calls = append(c.calls, Call{action, resource, c.roles[signed[1]]})
}

// strange remembers a request that this cloud does not know.
func (c *Cloud) strange(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unknown = append(c.unknown, what)
}

// arn names a resource of this account.
func arn(service, resource string) string {
	return strings.Join([]string{"arn:aws", service, Region, Account, resource}, ":")
}

func reply(w io.Writer, v any) { _ = json.NewEncoder(w).Encode(v) } // the caller may be gone
