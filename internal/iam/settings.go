package iam

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/nearest"
)

// Settings are the names that policies are scoped by. An empty one is unknown;
// [Settings.Complete] puts something in its place that allows less, not more.
type Settings struct {
	// Account is a number of 12 digits, Region such as us-east-1.
	Account, Region string
	// App is the SST app, Stage its stage, Earlier the one it must have passed.
	App, Stage, Earlier string
	// Environment is the GitHub environment of the stage.
	Environment string
	// Repository is owner/name, or owner@id/name@id where GitHub's subjects carry
	// the immutable ids.
	Repository string
	// Archive and State are buckets: of the releases, and SST's.
	Archive, Prefix, State string
	// Baseline is where coverage-gate keeps its totals: bucket/key; empty if not in S3.
	Baseline string
	// Project names dashboards and topics, Budget the one that the gate asks for,
	// or is [NoBudget].
	Project, Budget string
	// Branch is the only one that deploys; Rollback is the environment of rollbacks
	// that nobody has to approve.
	Branch, Rollback string
	// Zone and Record are what traffic-shift may change, Types the record's types.
	Zone, Record string
	Types        []string
	Legacy       Legacy
	// Services are those that the app uses besides the usual ones.
	Services []string
	// Options are inputs of actions that need more than usual, such as legal-hold.
	Options []string
}

// Legacy names what decommission takes out of service.
type Legacy struct {
	Cluster, Service, Stack, LoadBalancer string
	TargetGroups, Repositories            []string
	// DeletesLogs says that log groups that only ECS wrote go too.
	DeletesLogs bool
}

// What stands for an unknown name. None of them can exist at AWS (S3 and Route
// 53 use no such letters there), so that a policy with one allows nothing.
const (
	noBucket = "EXAMPLE-BUCKET"
	noApp    = "EXAMPLE-APP"
	noZone   = "EXAMPLEZONE"
	noRecord = "record.example.invalid"
	noLegacy = "EXAMPLE-LEGACY"
	noMoney  = "EXAMPLE-BUDGET"
	noRepo   = "OWNER/REPOSITORY"
	noLB     = "app/" + noLegacy + "/0000000000000000"
	noTarget = "targetgroup/" + noLegacy + "/0000000000000000"
)

// NoBudget stands where the gate asks for none. No budget is called so.
const NoBudget = ":"

// DefaultState matches every bucket that SST makes for its state, of which there
// is one in a region and account; source: sst, pkg/project/provider/aws.go.
const DefaultState = "sst-state-*"

// Assumed is a name that nobody gave.
type Assumed struct {
	// Stands is what stands in its place, Note says so and what to give.
	Stands, Note string
}

// Complete fills what is unknown, and says for each what was assumed and which
// input names it.
func (s Settings) Complete() (Settings, []Assumed) {
	var assumed []Assumed
	put := func(to *string, value, input, means string) {
		if *to == "" {
			*to = value
			assumed = append(assumed, Assumed{value, fmt.Sprintf("--%s was not given: %s", input, means)})
		}
	}
	put(&s.Account, "*", "account", "* stands for the account in ARNs")
	put(&s.Region, "*", "region", "* stands for the region in ARNs")
	put(&s.App, noApp, "app", noApp+" stands for SST's app, and allows nothing")
	put(&s.Archive, noBucket, "archive-bucket", noBucket+" stands for the archive's bucket, and allows nothing")
	put(&s.State, DefaultState, "state-bucket", DefaultState+" stands for SST's state bucket")
	put(&s.Zone, noZone, "config with traffic.hosted_zone", noZone+" stands for the hosted zone, and allows nothing")
	put(&s.Record, noRecord, "config with traffic.record", noRecord+" stands for the record, and allows nothing")
	put(&s.Budget, noMoney, "config with gate.budget", noMoney+" stands for the budget, and allows nothing")
	put(&s.Repository, noRepo, "repository", noRepo+" stands for the repository, and trusts nobody")
	put(&s.Legacy.Cluster, noLegacy, "config with legacy", noLegacy+" stands for what decommission removes, and allows nothing")
	if s.Legacy.Service == "" {
		s.Legacy.Service, s.Legacy.LoadBalancer, s.Legacy.TargetGroups = noLegacy, noLB, []string{noTarget}
	}
	if s.Prefix == "" {
		s.Prefix = "cutover"
	}
	if s.Earlier == "" {
		s.Earlier = "staging"
	}
	if s.Environment == "" {
		s.Environment = s.Stage
	}
	if s.Branch == "" {
		s.Branch = "main"
	}
	if s.Rollback == "" {
		s.Rollback = s.Environment + "-rollback"
	}
	if s.Project == "" {
		s.Project = s.App
	}
	if len(s.Types) == 0 {
		s.Types = []string{"A", "AAAA"}
	}
	return s, assumed
}

// What AWS and GitHub accept as names; a star belongs to patterns of ours.
var shapes = []struct {
	input, allowed string
	of             func(Settings) string
	re             *regexp.Regexp
}{
	{"account", "12 digits", func(s Settings) string { return s.Account }, regexp.MustCompile(`^([0-9]{12}|\*|\$\{AWS::AccountId\})$`)},
	{"region", "a region such as us-east-1", func(s Settings) string { return s.Region }, regexp.MustCompile(`^([a-z]{2}(-[a-z]+)+-[0-9]|\*|\$\{AWS::Region\})$`)},
	{"app", "letters, digits and -", func(s Settings) string { return s.App }, regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,63}$`)},
	{"stage", "lower-case letters, digits and -, starting with a letter", func(s Settings) string { return s.Stage }, regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)},
	{"earlier-stage", "lower-case letters, digits and -, starting with a letter", func(s Settings) string { return s.Earlier }, regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)},
	{"environment", "letters, digits, spaces and . _ -", func(s Settings) string { return s.Environment }, regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$`)},
	{"config with gate.branch", "the name of a branch", func(s Settings) string { return s.Branch }, regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$`)},
	{"config with gate.budget", "the name of a budget without a star", func(s Settings) string { return s.Budget }, regexp.MustCompile(`^([^:\\*?]{1,100}|:)$`)},
	{"repository", "owner/name, or owner@id/name@id", func(s Settings) string { return s.Repository }, regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9-]{0,38}(@[0-9]+)?/[A-Za-z0-9._-]{1,100}(@[0-9]+)?|\$\{Repository\})$`)},
	{"archive-bucket", "the name of an S3 bucket", func(s Settings) string { return s.Archive }, regexp.MustCompile(`^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9]|EXAMPLE-BUCKET|\$\{ArchiveBucket\})$`)},
	{"archive-prefix", "names of letters, digits, . _ and - with / between them", func(s Settings) string { return s.Prefix }, regexp.MustCompile(`^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$`)},
	{"state-bucket", "the name of an S3 bucket, or its beginning such as sst-state-*", func(s Settings) string { return s.State }, regexp.MustCompile(`^([a-z0-9][a-z0-9.-]{3,61}\*?|\$\{StateBucket\})$`)},
}

// Check holds completed settings to what AWS and GitHub accept, so that no
// input can widen a policy by a star or a slash.
func (s Settings) Check() error {
	for _, shape := range shapes {
		if value := shape.of(s); !shape.re.MatchString(value) {
			return &fault.Fault{Kind: fault.Input, Name: shape.input, What: "is no such name", Got: value, Allowed: shape.allowed}
		}
	}
	if s.Baseline != "" && !regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[^*?$\s]+$`).MatchString(s.Baseline) {
		return &fault.Fault{Kind: fault.Input, Name: "baseline", What: "is no place in S3", Got: s.Baseline, Allowed: "s3://bucket/key"}
	}
	for _, service := range s.Services {
		if !slices.Contains(ServiceNames(), service) {
			return unknown("service", service, ServiceNames())
		}
	}
	for _, option := range s.Options {
		if !slices.Contains(OptionNames(), option) {
			return unknown("with", option, OptionNames())
		}
	}
	return nil
}

// unknown is the fault of a name that is none of those allowed.
func unknown(input, got string, allowed []string) error {
	f := &fault.Fault{Kind: fault.Input, Name: input, What: "is not known", Got: got, Allowed: strings.Join(allowed, ", ")}
	if near := nearest.To(got, allowed); near != "" {
		f.Next = fmt.Sprintf("Did you mean %q?", near)
	}
	return f
}

// The ARNs of AWS's services; source: Service Authorization Reference, resource
// types of each service.

func (s Settings) arn(service, resource string) string {
	return "arn:aws:" + service + ":" + s.Region + ":" + s.Account + ":" + resource
}

func (s Settings) global(service, resource string) string {
	return "arn:aws:" + service + "::" + s.Account + ":" + resource
}

func bucket(name string) string { return "arn:aws:s3:::" + name }

// own is the beginning of all names that SST gives to what a stage consists of;
// source: sst, platform/src/components/naming.ts.
func (s Settings) own() string { return s.App + "-" + s.Stage + "-*" }

// archive are objects of the archive.
func (s Settings) archive(keys ...string) []string {
	var all []string
	for _, k := range keys {
		all = append(all, bucket(s.Archive)+"/"+s.Prefix+"/"+k)
	}
	return all
}

// state are documents of SST's state bucket: for each kind what lies at
// <kind>/<app>/<stage>.json or below <kind>/<app>/<stage>/.
func (s Settings) state(stage string, tails ...string) []string {
	var all []string
	for _, t := range tails {
		kind, rest, _ := strings.Cut(t, "|")
		all = append(all, bucket(s.State)+"/"+kind+"/"+s.App+"/"+stage+rest)
	}
	return all
}
