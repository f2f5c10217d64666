package iam_test

import (
	"bufio"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/iam"
)

// all is every name known, and everything that can be asked for.
func all() iam.Settings {
	s, assumed := iam.Settings{
		Account: "123456789012", Region: "us-east-1", App: "lego-api", Stage: "production", Earlier: "staging", Environment: "production",
		Repository: "example/lego-api", Archive: "lego-releases", Prefix: "cutover", State: "sst-state-abc", Baseline: "lego-releases/coverage/main.json",
		Project: "LEGO-API", Budget: "lego-api", Branch: "main", Rollback: "production-rollback", Zone: "Z0123456789ABCDEFGHIJ", Record: "api.lego.example.com", Types: []string{"A", "AAAA", "CNAME"},
		Legacy: iam.Legacy{
			Cluster: "lego-api", Service: "lego-api", Stack: "lego-api-ecs", LoadBalancer: "app/lego-api/50dc6c495c0c9188",
			TargetGroups: []string{"targetgroup/lego-api/73e2d6bc24d8a067"}, Repositories: []string{"lego-api"},
		},
		Services: iam.ServiceNames(), Options: iam.OptionNames(),
	}.Complete()
	if len(assumed) > 0 {
		panic(assumed)
	}
	return s
}

// little is as little as anybody can give.
func little() iam.Settings {
	s, _ := iam.Settings{Stage: "production"}.Complete()
	return s
}

// every calls f for every command of every action by itself, for all of them
// together, and for the boundary.
func every(t *testing.T, s iam.Settings, f func(t *testing.T, needs []iam.Need, p iam.Policy)) {
	t.Helper()
	for _, d := range iam.Duties() {
		for _, c := range append(d.CommandNames(), "") {
			t.Run(d.Action+" "+c, func(t *testing.T) {
				var names []string
				if c != "" {
					names = []string{c}
				}
				needs, err := d.Needs(s, names...)
				if err != nil {
					t.Fatal(err)
				}
				f(t, needs, iam.PolicyOf(needs))
			})
		}
	}
	t.Run("boundary", func(t *testing.T) { f(t, nil, iam.BoundaryOf(s)) })
}

// reference is what AWS says of each action: the ARNs of the resources that it
// can be bound to, none if it cannot be bound.
func reference(t *testing.T) map[string][]*regexp.Regexp {
	t.Helper()
	f, err := os.Open("testdata/actions.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	known := map[string][]*regexp.Regexp{}
	for in := bufio.NewScanner(f); in.Scan(); {
		fields := strings.Fields(in.Text())
		if len(fields) == 0 || fields[0] == "#" {
			continue
		}
		known[fields[0]] = nil
		for _, format := range fields[1:] {
			known[fields[0]] = append(known[fields[0]], regexp.MustCompile("^"+format+"$"))
		}
	}
	return known
}

// unbound are actions that AWS could bind, and why they stand on * all the same.
var unbound = map[string]string{
	"cloudwatch:DescribeAlarms":       "composite alarms are told only to who may read all (CloudWatch API reference, DescribeAlarms)",
	"cloudwatch:DescribeAlarmHistory": "the history of a composite alarm is told only to who may read all (CloudWatch API reference, DescribeAlarmHistory)",
	"ecs:ListTasks":                   "AWS binds it to container instances, and tasks on Fargate have none (Service Authorization Reference, ECS)",
	"logs:GetQueryResults":            "asks by a query's id, and names no log group (CloudWatch Logs API reference, GetQueryResults)",
	"ce:GetCostAndUsage":              "bound to billing views, of which the account's own is asked; its name is AWS's choice",
}

func TestEveryActionIsAWSsAndBoundWhereItCanBe(t *testing.T) {
	known := reference(t)
	arn := regexp.MustCompile(`^arn:aws:[a-z0-9-]+:([a-z0-9-]*|\*):([0-9]{12}|\*|):[^\s]+$`)
	for name, s := range map[string]iam.Settings{"all": all(), "little": little()} {
		t.Run(name, func(t *testing.T) {
			every(t, s, func(t *testing.T, _ []iam.Need, p iam.Policy) {
				for _, st := range p.Statement {
					for _, a := range st.Action {
						formats, ok := known[strings.ToLower(a)]
						if !ok {
							t.Errorf("AWS has no action %s; or testdata/actions.txt is old", a)
						}
						for _, r := range st.Resource {
							switch {
							case r == "*" && len(formats) > 0 && unbound[a] == "":
								t.Errorf("%s can be bound to resources and stands on *", a)
							case r != "*" && len(formats) == 0:
								t.Errorf("%s knows no resources, so that %s allows nothing", a, r)
							case r != "*" && !arn.MatchString(r):
								t.Errorf("%s is no ARN", r)
							case r != "*" && !slices.ContainsFunc(formats, func(f *regexp.Regexp) bool { return f.MatchString(r) }):
								t.Errorf("%s is bound to %s, and AWS binds it to %v", a, r, formats)
							}
						}
						if strings.Contains(a, "*") {
							t.Errorf("%s is more than one action", a)
						}
					}
				}
			})
		})
	}
}

// operators and keys that are in use; each key's source is the Service
// Authorization Reference of its service, or IAM's list of global keys.
var keys = []string{
	"StringLikeIfExists s3:prefix", "StringEquals cloudwatch:namespace", "StringEquals iam:PermissionsBoundary", "StringEquals iam:PassedToService",
	"ArnLike lambda:FunctionArn", "ForAnyValue:StringEquals aws:CalledVia",
	"ForAllValues:StringEquals route53:ChangeResourceRecordSetsActions", "ForAllValues:StringEquals route53:ChangeResourceRecordSetsNormalizedRecordNames",
	"ForAllValues:StringEquals route53:ChangeResourceRecordSetsRecordTypes",
}

func TestPoliciesKeepTheirShape(t *testing.T) {
	every(t, all(), func(t *testing.T, needs []iam.Need, p iam.Policy) {
		if p.Version != "2012-10-17" {
			t.Errorf("version %q", p.Version)
		}
		for _, st := range p.Statement {
			if st.Effect != "Allow" || len(st.Action) == 0 || len(st.Resource) == 0 {
				t.Errorf("%+v", st)
			}
			if !slices.IsSorted(st.Action) || !slices.IsSorted(st.Resource) {
				t.Errorf("not in order: %+v", st)
			}
			for operator, of := range st.Condition {
				for key := range of {
					if !slices.Contains(keys, operator+" "+key) {
						t.Errorf("%s %s is new: the judge must know it, and its source be looked up", operator, key)
					}
				}
			}
		}
		for _, part := range p.Split(iam.MostCharacters) {
			if n := part.Characters(); n > iam.MostCharacters {
				t.Errorf("a part has %d characters", n)
			}
		}
		slices.Reverse(needs)
		if len(needs) > 0 && string(iam.Text(iam.PolicyOf(needs))) != string(iam.Text(p)) {
			t.Error("another order of the table gives another policy")
		}
		for _, n := range needs {
			if n.Why == "" {
				t.Errorf("nobody says why %v", n.Actions)
			}
		}
	})
}

// Merging and splitting neither add nor lose anything.
func TestMergingIsExact(t *testing.T) {
	triples := func(p ...iam.Policy) []string {
		set := map[string]bool{}
		for _, part := range p {
			for _, st := range part.Statement {
				for _, a := range st.Action {
					for _, r := range st.Resource {
						set[a+" "+r+" "+string(iam.Text(st.Condition))] = true
					}
				}
			}
		}
		return slices.Sorted(maps.Keys(set))
	}
	every(t, all(), func(t *testing.T, needs []iam.Need, p iam.Policy) {
		var single []iam.Policy
		for _, n := range needs {
			single = append(single, iam.PolicyOf([]iam.Need{n}))
		}
		if needs != nil && !slices.Equal(triples(single...), triples(p)) {
			t.Error("merged statements allow something else")
		}
		if parts := p.Split(800); !slices.Equal(triples(parts...), triples(p)) {
			t.Error("parts allow something else")
		}
	})
}

// Rare commands are in nobody's everyday policy.
func TestRareCommandsAreAskedForByName(t *testing.T) {
	d, err := iam.Find("archive-artifacts")
	if err != nil {
		t.Fatal(err)
	}
	daily, _ := d.Needs(all())
	for _, bad := range []string{"s3:DeleteObject", "s3:PutLifecycleConfiguration"} {
		if iam.PolicyOf(daily).Allows(iam.Call{Action: bad, Resource: "arn:aws:s3:::lego-releases/cutover/blobs/sha256/aa"}) || strings.Contains(string(iam.Text(iam.PolicyOf(daily))), bad) {
			t.Errorf("whoever archives may %s", bad)
		}
	}
	if _, err := d.Needs(all(), "prun"); err == nil || !strings.Contains(err.Error(), `"prune"`) {
		t.Error(err)
	}
	if _, err := iam.Find("deploy-gat"); err == nil || !strings.Contains(err.Error(), `Did you mean "deploy-gate"?`) {
		t.Error(err)
	}
}

// No input can widen a policy.
func TestNamesCannotHoldStars(t *testing.T) {
	for input, change := range map[string]func(*iam.Settings){
		"account":        func(s *iam.Settings) { s.Account = "12*" },
		"region":         func(s *iam.Settings) { s.Region = "us-*" },
		"app":            func(s *iam.Settings) { s.App = "*" },
		"stage":          func(s *iam.Settings) { s.Stage = "prod*" },
		"earlier-stage":  func(s *iam.Settings) { s.Earlier = "a/b" },
		"environment":    func(s *iam.Settings) { s.Environment = "*" },
		"repository":     func(s *iam.Settings) { s.Repository = "example/*" },
		"archive-bucket": func(s *iam.Settings) { s.Archive = "*" },
		"archive-prefix": func(s *iam.Settings) { s.Prefix = "a/*" },
		"state-bucket":   func(s *iam.Settings) { s.State = "*" },
		"baseline":       func(s *iam.Settings) { s.Baseline = "b-x/*" },
		"service":        func(s *iam.Settings) { s.Services = []string{"everything"} },
		"with":           func(s *iam.Settings) { s.Options = []string{"admin"} },
	} {
		s := all()
		change(&s)
		if err := s.Check(); err == nil || !strings.HasPrefix(err.Error(), input+": ") || !strings.Contains(err.Error(), "allowed: ") {
			t.Errorf("%s: %v", input, err)
		}
	}
	for _, s := range []iam.Settings{all(), little()} {
		if err := s.Check(); err != nil {
			t.Error(err)
		}
	}
}
