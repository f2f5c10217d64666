package plan_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/plan"
	"github.com/cutover-dev/cutover/internal/schematest"
	"github.com/cutover-dev/cutover/internal/unit"
)

var update = flag.Bool("update", false, "write golden files and schemas anew")

// read loads a world from testdata/worlds: the sections of a file in a small
// language of its own, see testdata/worlds/stack.txt.
func read(t *testing.T, name string) (estate.World, plan.Scope) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata/worlds", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(text))
}

func parse(t *testing.T, text string) (estate.World, plan.Scope) {
	t.Helper()
	w := estate.World{Account: "123456789012", Region: "eu-central-1", At: time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)}
	s := plan.Scope{Account: w.Account, Region: w.Region, Domain: "api.example.com", Cluster: "lego", Service: "lego-api", Soak: 7 * 86400, Hold: 2 * 86400, ImageRetention: 90 * 86400}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		switch words[0] {
		case "account":
			w.Account = words[1]
		case "unread":
			w.Unread = append(w.Unread, estate.Unread{What: words[1], Why: words[2]})
		case "scope":
			scope(t, &s, words[1], words[2:])
		case "link":
			w.Links = append(w.Links, estate.Link{From: words[1], To: words[len(words)-1], How: strings.Join(words[3:len(words)-1], " "), Holds: words[2] == "holds"})
		default:
			w.Items = append(w.Items, thing(t, words))
		}
	}
	return w, s
}

func scope(t *testing.T, s *plan.Scope, key string, values []string) {
	switch key {
	case "stack":
		s.Stack = values[0]
	case "load_balancer":
		s.LoadBalancer = values[0]
	case "target_groups":
		s.TargetGroups = values
	case "repositories":
		s.Repositories = values
	case "logs":
		s.Logs = plan.LogPolicy(values[0])
	case "domain":
		s.Domain = values[0]
	default:
		t.Fatalf("no scope %q", key)
	}
}

// thing reads: kind arn name key=value...
func thing(t *testing.T, words []string) estate.Item {
	t.Helper()
	item := estate.Item{Kind: estate.Kind(words[0]), ARN: words[1], Name: words[2], Print: "p-" + words[2], Facts: map[string]string{}, Tags: map[string]string{}}
	for _, word := range words[3:] {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "stack":
			item.Stacks = append(item.Stacks, value)
		case "tag":
			item.Tags[value] = ""
		case "state":
			item.State = value
		case "protected":
			item.Protected = true
		case "monthly":
			price, err := unit.ParseMoney(value)
			if err != nil {
				t.Fatal(err)
			}
			item.Monthly = &price
		case "print":
			item.Print = value
		default:
			item.Facts[key] = value
		}
	}
	return item
}

func golden(t *testing.T, path string, text []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text, want) {
		t.Errorf("%s is not what it was; look at the difference, then run with -update:\n%s", path, text)
	}
}

// Plans of whole worlds, each with its picture and its report; a new case is a
// new file in testdata/worlds.
// Shows: 5.8.4, 5.8.5, 5.8.6, 5.8.9
func TestPlans(t *testing.T) {
	schema := schematest.Of(t, "../../../schemas/retire-plan.schema.json", "Retirement plan", "What is deleted of the old side, in which order, and what stays; with the SHA-256 that an approval binds.", &plan.Sealed{}, *update)
	worlds, err := filepath.Glob("testdata/worlds/*.txt")
	if err != nil || len(worlds) < 3 {
		t.Fatalf("%d worlds, %v", len(worlds), err)
	}
	for _, path := range worlds {
		name := strings.TrimSuffix(filepath.Base(path), ".txt")
		t.Run(name, func(t *testing.T) {
			w, s := read(t, name)
			p, err := plan.Of(w, s)
			if err != nil {
				t.Fatal(err)
			}
			sealed := plan.Seal(p)
			if err := schema.Check(string(sealed.JSON())); err != nil {
				t.Error(err)
			}
			back, err := plan.Parse(sealed.JSON())
			if err != nil || back.PlanSHA256 != sealed.PlanSHA256 {
				t.Errorf("read back: %s, %v", back.PlanSHA256, err)
			}
			golden(t, "testdata/plans/"+name+".json", sealed.JSON())
			golden(t, "testdata/plans/"+name+".md", []byte(report.Markdown(sealed.Document())))
			golden(t, "testdata/plans/"+name+".svg", []byte(p.Picture()))
		})
	}
}

// The same world gives the same plan, in whatever order it is told.
func TestPlanIsTheSameForTheSameWorld(t *testing.T) {
	w, s := read(t, "stack")
	first, err := plan.Of(w, s)
	if err != nil {
		t.Fatal(err)
	}
	for i := range w.Items {
		j := (i * 7) % len(w.Items)
		w.Items[i], w.Items[j] = w.Items[j], w.Items[i]
	}
	for i := range w.Links {
		j := (i * 5) % len(w.Links)
		w.Links[i], w.Links[j] = w.Links[j], w.Links[i]
	}
	second, err := plan.Of(w, s)
	if err != nil || plan.Seal(first).PlanSHA256 != plan.Seal(second).PlanSHA256 {
		t.Errorf("%v\n%s\n%s", err, plan.Seal(first).JSON(), plan.Seal(second).JSON())
	}
}

// Each reason for which there is no plan. A case is what is added to the world
// "hand" or "stack", and the reason that it must give, on its own.
func TestRefusals(t *testing.T) {
	const lb, cluster, sg = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/lego/50dc6c495c0c9188", "arn:aws:ecs:eu-central-1:123456789012:cluster/lego", "arn:aws:ec2:eu-central-1:123456789012:security-group/sg-1"
	const stack, tg = "arn:aws:cloudformation:eu-central-1:123456789012:stack/lego-ecs/1", "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/lego/73e2d6bc24d8a067"
	const repository, listener = "arn:aws:ecr:eu-central-1:123456789012:repository/lego-api", "arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/app/lego/50dc6c495c0c9188/1"
	tests := []struct {
		name, world, add string
		rule             plan.Rule
		says             string
	}{
		{"another account", "hand", "account 999999999999", plan.OtherAccount, "account 999999999999"},
		{"unread", "hand", "unread rules AccessDenied", plan.NotRead, "could not be looked at"},
		{"told twice", "hand", "ecs.cluster " + cluster + " lego", plan.Contradicts, "told twice"},
		{"two owners", "hand", "s3.bucket arn:aws:s3:::x x stack=a stack=b", plan.Contradicts, "claimed by a and by b"},
		{"two clusters of one name", "hand", "ecs.cluster arn:aws:ecs:eu-central-1:123456789012:cluster/two lego", plan.NotThere, "2 things"},
		{"a service that is not there", "hand", "scope target_groups targetgroup/none/0000000000000000", plan.NotThere, "0 things"},
		{"another owner", "hand", "elb.listener arn:aws:l2 l2 stack=theirs\nlink arn:aws:l2 holds listens on " + lb, plan.OtherOwner, "theirs"},
		{"a rule of another stack", "hand", "elb.rule arn:aws:r2 r2 stack=theirs\nlink arn:aws:r2 refers belongs to " + listener, plan.OtherOwner, "belongs to the stack theirs"},
		{"a tag that protects", "hand", "elb.listener arn:aws:elasticloadbalancing:eu-central-1:123456789012:l2 l2 tag=cutover:keep\nlink arn:aws:elasticloadbalancing:eu-central-1:123456789012:l2 holds listens on " + lb, plan.Kept, "cutover:keep"},
		{"another region", "hand", "elb.listener arn:aws:elasticloadbalancing:us-east-1:123456789012:l2 l2\nlink arn:aws:elasticloadbalancing:us-east-1:123456789012:l2 holds listens on " + lb, plan.OtherAccount, "outside"},
		{"a database in the stack", "stack", "rds.instance arn:aws:rds:eu-central-1:123456789012:db:x x stack=" + stack, plan.HoldsData, "rds.instance"},
		{"a bucket in the stack", "stack", "s3.bucket arn:aws:s3:::x x stack=" + stack, plan.HoldsData, "s3.bucket"},
		{"a network in the stack", "stack", "ec2.vpc arn:aws:ec2:eu-central-1:123456789012:vpc/x x stack=" + stack, plan.HoldsData, "ec2.vpc"},
		{"a zone in the stack", "stack", "route53.zone arn:aws:route53:::hostedzone/Z x stack=" + stack, plan.HoldsData, "route53.zone"},
		{"a registry in the stack", "stack", "ecr.repository arn:aws:ecr:eu-central-1:123456789012:repository/x x stack=" + stack, plan.HoldsData, "ecr.repository"},
		{"a function in the stack", "stack", "lambda.function arn:aws:lambda:eu-central-1:123456789012:function:x x stack=" + stack, plan.HoldsData, "lambda.function"},
		{"a stack in the stack", "stack", "cloudformation.stack arn:aws:cloudformation:eu-central-1:123456789012:stack/n/1 n stack=" + stack, plan.HoldsData, "stack within"},
		{"something unknown in the stack", "stack", "AWS::SNS::Topic arn:aws:sns:eu-central-1:123456789012:x x stack=" + stack, plan.Unknown, "AWS::SNS::Topic"},
		{"a stack that is being changed", "stack", "cloudformation.stack arn:x x", "", ""},
		{"a used export", "stack", "cloudformation.stack arn:s2 s2\nlink arn:s2 holds imports arn:aws:cloudformation:eu-central-1:123456789012:export/url", plan.UsedExport, "imported by cloudformation.stack s2"},
		{"a Lambda that runs an image", "hand", "lambda.function arn:f f\nlink arn:f holds runs " + repository + "@sha256:1", plan.UsedImage, "Lambda function f"},
		{"a Lambda that runs the repository", "hand", "lambda.function arn:f f\nlink arn:f refers runs " + repository, plan.UsedImage, "Lambda function f"},
		{"another service in the cluster", "hand", "ecs.service arn:s2 s2\nlink arn:s2 holds runs in " + cluster, plan.InUse, "ecs.service s2"},
		{"a task of nobody", "hand", "ecs.task arn:t2 t2\nlink arn:t2 holds runs in " + cluster, plan.InUse, "ecs.task t2"},
		{"a function in blue's group, which the stack owns", "stack", "lambda.function arn:f f\nlink arn:f holds uses " + sg, plan.InUse, "lambda.function f"},
		{"another name", "hand", "route53.record record:Z2/old.example.com/A/ old\nlink record:Z2/old.example.com/A/ holds points to " + lb, plan.OtherName, "points to the load balancer"},
		{"others behind the load balancer", "hand", "elb.target-group arn:tg2 tg2\nlink " + listener + " holds forwards to arn:tg2", plan.ServesOthers, "arn:tg2"},
		{"nobody knows what is behind it", "hand", "link " + listener + " holds forwards to arn:tg3", plan.ServesOthers, "arn:tg3"},
		{"a schedule", "hand", "events.rule arn:n nightly state=ENABLED\nlink arn:n refers starts tasks in " + cluster, plan.Busy, "not disabled"},
		{"unknown, and it holds", "hand", "AWS::New::Thing arn:n n\nlink arn:n holds sends to " + tg, plan.Unknown, "AWS::New::Thing"},
		{"never looked at, and it holds", "hand", "link arn:unseen holds uses " + tg, plan.Unknown, "nobody has looked"},
		{"a circle", "hand", "link " + cluster + " holds needs " + lb + "\nlink " + lb + " holds needs " + cluster, plan.NoOrder, "hold each other"},
		{"no record", "hand", "scope domain other.example.com", plan.NoGreen, "no record"},
		{"blue alone", "hand", "route53.record record:Z1/api.example.com/AAAA/blue b\nlink record:Z1/api.example.com/AAAA/blue holds points to " + lb, plan.NoGreen, "no record of green"},
		{"two greens", "hand", "route53.record record:Z1/api.example.com/A/canary c", plan.NoGreen, "2 weighted records"},
		{"a simple record to blue", "hand", "route53.record record:Z1/api.example.com/AAAA/ b\nlink record:Z1/api.example.com/AAAA/ holds points to " + lb, plan.NoGreen, "simple record"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text, err := os.ReadFile("testdata/worlds/" + test.world + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			w, s := parse(t, string(text)+"\n"+test.add+"\n")
			_, err = plan.Of(w, s)
			var r plan.Refusals
			if errors.As(err, &r); test.rule == "" && err == nil {
				return // what is only beside the plan changes nothing
			}
			if len(r) == 0 || !r.Has(test.rule) || !strings.Contains(err.Error(), test.says) {
				t.Fatalf("%v", err)
			}
			for _, one := range r {
				if one.Next == "" {
					t.Errorf("%s has no way out", one.Rule)
				}
			}
		})
	}
}

// A stack that is not at rest is not deleted.
func TestBusyStack(t *testing.T) {
	for _, state := range []string{"UPDATE_IN_PROGRESS", "DELETE_FAILED"} {
		w, s := read(t, "stack")
		for i := range w.Items {
			if w.Items[i].Kind == estate.Stack {
				w.Items[i].State = state
			}
		}
		var r plan.Refusals
		if _, err := plan.Of(w, s); !errors.As(err, &r) || !r.Has(plan.Busy) {
			t.Errorf("%s: %v", state, err)
		}
	}
}

// What was only found stays where something that stays needs it, with what it
// holds, and carries a tag.
func TestFoundThingsStay(t *testing.T) {
	const sg = "arn:aws:ec2:eu-central-1:123456789012:security-group/sg-1"
	for name, add := range map[string]string{
		"another group names it":  "ec2.security-group arn:db db\nlink arn:db holds lets in " + sg,
		"a function uses it":      "lambda.function arn:f f\nlink arn:f holds uses " + sg,
		"an interface of another": "ec2.network-interface arn:eni eni\nlink arn:eni holds uses " + sg,
		"it is the network's own": "",
	} {
		t.Run(name, func(t *testing.T) {
			text, _ := os.ReadFile("testdata/worlds/hand.txt")
			if add == "" {
				text = bytes.ReplaceAll(text, []byte(sg+" lego-service"), []byte(sg+" default"))
			}
			w, s := parse(t, string(text)+"\n"+add+"\n")
			p, err := plan.Of(w, s)
			if _, goes := p.Target(sg); err != nil || goes {
				t.Errorf("goes %v, %v", goes, err)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"stack", "hand"} {
		text, err := os.ReadFile("testdata/plans/" + name + ".json")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"plan_sha256":"","plan":{}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := plan.Parse(text)
		if err != nil {
			return
		}
		// Whatever is read is what was written, and nothing else.
		var compact bytes.Buffer
		if json.Compact(&compact, text) != nil || !s.Whole() {
			t.Fatalf("read %q", text)
		}
		if again, err := plan.Parse(s.JSON()); err != nil || again.PlanSHA256 != s.PlanSHA256 {
			t.Fatal(err)
		}
	})
}

// A plan that somebody has edited is not read.
func TestParseRefuses(t *testing.T) {
	w, s := read(t, "hand")
	p, err := plan.Of(w, s)
	if err != nil {
		t.Fatal(err)
	}
	text := string(plan.Seal(p).JSON())
	for name, edited := range map[string]string{
		"another ARN":      strings.Replace(text, "cluster/lego", "cluster/else", 1),
		"another hash":     strings.Replace(text, plan.Seal(p).PlanSHA256, strings.Repeat("0", 64), 1),
		"a new key":        strings.Replace(text, `"format": 1`, `"format": 1, "force": true`, 1),
		"another format":   strings.Replace(text, `"format": 1`, `"format": 2`, 1),
		"a key twice":      strings.Replace(text, `"format": 1`, `"format": 1, "format": 1`, 1),
		"in other letters": strings.Replace(text, `"format": 1`, `"Format": 1`, 1),
		"more behind it":   text + "{}",
		"half":             text[:len(text)/2],
		"nothing":          "",
		"too large":        strings.Repeat(" ", 17<<20),
	} {
		if _, err := plan.Parse([]byte(edited)); err == nil {
			t.Errorf("%s is read", name)
		}
	}
}
