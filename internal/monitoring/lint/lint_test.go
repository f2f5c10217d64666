package lint_test

import (
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/monitoring/lint"
	"github.com/cutover-dev/cutover/internal/monitoring/lint/template"
	"github.com/cutover-dev/cutover/internal/unit"
)

var update = flag.Bool("update", false, "write docs/monitoring-lint.md anew")

// shelf holds the one runbook that the examples link to.
type shelf struct{}

func (shelf) Has(link string) (there, known bool) { return path.Base(link) == "orders.md", true }

// options are those under which the examples were written: at most $4.
var options = lint.Options{Runbooks: shelf{}, Limit: 4 * unit.Dollar}

func read(t testing.TB, file string) template.Template {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	v, err := template.Parse(file, text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// examples are testdata/rules/<rule>/<good or bad …>: a new case is a new file.
func examples(t testing.TB, rule, kind string) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/rules/" + rule + "/" + kind + "*")
	if err != nil || len(files) == 0 {
		t.Fatalf("%s has no %s example (%v)", rule, kind, err)
	}
	return files
}

func rulesOf(r lint.Result) []string {
	var found []string
	for _, f := range r.Findings {
		found = append(found, f.Rule)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// Each bad example breaks its rule and no other; each good one breaks none.
func TestExamplesShowTheirRule(t *testing.T) {
	for _, rule := range lint.Rules() {
		for _, file := range examples(t, rule.ID, "bad") {
			r := lint.Lint(read(t, file), options)
			if got := rulesOf(r); !slices.Equal(got, []string{rule.ID}) {
				t.Errorf("%s: %v\n%+v", file, got, r.Findings)
			}
			for _, f := range r.Findings {
				if f.Line < 1 || f.Message == "" || f.Next == "" || f.Level != rule.Level || f.Resource == "" && rule.ID != "cost-limit" {
					t.Errorf("%s: %+v", file, f)
				}
			}
		}
		for _, file := range examples(t, rule.ID, "good") {
			if r := lint.Lint(read(t, file), options); len(r.Findings) > 0 {
				t.Errorf("%s: %+v", file, r.Findings)
			}
		}
	}
}

// No folder of examples without a rule, and no rule without its words.
func TestEveryRuleIsDescribed(t *testing.T) {
	folders, err := filepath.Glob("testdata/rules/*")
	if err != nil || len(folders) != len(lint.Rules()) {
		t.Errorf("%d folders for %d rules, %v", len(folders), len(lint.Rules()), err)
	}
	seen := map[string]bool{}
	for _, r := range lint.Rules() {
		if seen[r.ID] || r.Title == "" || r.Why == "" || r.Source == "" || r.Next == "" || !slices.Contains([]lint.Level{lint.Error, lint.Warning, lint.Info}, r.Level) {
			t.Errorf("%+v", r)
		}
		seen[r.ID] = true
	}
}

// Switched off, a rule leaves its bad examples without a finding: then
// TestExamplesShowTheirRule is red, so each rule is held by its examples.
func TestEachRuleIsNeeded(t *testing.T) {
	for i, rule := range lint.Rules() {
		without := options
		without.Rules = slices.Delete(lint.Rules(), i, i+1)
		for _, file := range examples(t, rule.ID, "bad") {
			if r := lint.Lint(read(t, file), without); len(r.Findings) > 0 {
				t.Errorf("%s is found without %s: %+v", file, rule.ID, r.Findings)
			}
		}
	}
}

func TestOurOwnTemplatesAreClean(t *testing.T) {
	files, err := filepath.Glob("../testdata/stacks/*.template.json")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d templates, %v", len(files), err)
	}
	for _, file := range files {
		r := lint.Lint(read(t, file), lint.Options{Strict: true})
		if len(r.Findings) > 0 || len(r.Ignored) > 0 || r.Unresolved > 0 || r.Unknown > 0 || r.Alarms < 4 {
			t.Errorf("%s: %d alarms, %d unresolved, %d unknown, %+v", file, r.Alarms, r.Unresolved, r.Unknown, r.Findings)
		}
	}
}

// Shows the numbers of one finding, on the line where it stands.
func TestFindingsNameTheirLine(t *testing.T) {
	for file, want := range map[string]string{
		"testdata/rules/unit-mistake/bad-json.json":             "10: is 3, but Latency is in milliseconds: 3 s are 3000",
		"testdata/rules/unit-mistake/bad-ms-as-s.yaml":          "11: is 500, but TargetResponseTime is in seconds: 500 ms are 0.5",
		"testdata/rules/unit-mistake/bad-bytes.yaml":            "12: is 1000, but FreeableMemory is in bytes: 1000 MiB are 1048576000",
		"testdata/rules/unknown-metric/bad.yaml":                "7: looks at AWS/Lambda Error, which does not exist; did you mean Errors?",
		"testdata/rules/unknown-metric/bad-namespace.yaml":      "7: looks in the namespace AWS/lambda, which is called AWS/Lambda",
		"testdata/rules/unit-mistake/bad-mebibytes.yaml":        "12: is 21474836480, but FreeStorageSpace is in mebibytes: 21474836480 bytes are 20480",
		"testdata/rules/never-fires/bad-samples-of-one.yaml":    "12: can never fire: the Average of HTTPCode_Target_5XX_Count is always 1",
		"testdata/rules/unit-mistake/bad-share-of-percent.yaml": "12: is 0.8, but CPUUtilization is in percent, from 0 to 100: 0.8 of all is 80",
	} {
		r := lint.Lint(read(t, file), options)
		if len(r.Findings) != 1 {
			t.Fatalf("%s: %+v", file, r.Findings)
		}
		f := r.Findings[0]
		line, says, _ := strings.Cut(want, ": ")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		at := strings.Split(string(text), "\n")[f.Line-1]
		if f.Message != says || fmt.Sprint(f.Line) != line || !strings.Contains(at, f.Path) {
			t.Errorf("%s: %d %q (%s), want %s", file, f.Line, f.Message, at, want)
		}
	}
}

// What only a deployment knows is counted, not judged.
func TestOpenValuesAreNotGuessed(t *testing.T) {
	text := "Parameters: {T: {Type: Number}, M: {Type: String}}\nResources:\n  A:\n    Type: AWS::CloudWatch::Alarm\n    Properties:\n" +
		"      AlarmDescription: !ImportValue x\n      Namespace: AWS/ApiGateway\n      MetricName: !Ref M\n      Threshold: !Ref T\n      Statistic: !Ref M\n" +
		"      TreatMissingData: !Ref M\n      Period: !Ref T\n      EvaluationPeriods: !Ref T\n      ComparisonOperator: !Ref M\n      Dimensions: !ImportValue d\n      AlarmActions: !ImportValue a\n"
	v, err := template.Parse("t", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if r := lint.Lint(v, options); len(r.Findings) > 0 || r.Unresolved < 5 {
		t.Errorf("%d unresolved, %+v", r.Unresolved, r.Findings)
	}
}

func TestVerdictByLevel(t *testing.T) {
	info := lint.Lint(read(t, "testdata/rules/filter-without-unit/bad.yaml"), lint.Options{})
	if info.Err() != nil {
		t.Error("an info counts although nobody asked for it:", info.Err())
	}
	if strict := lint.Lint(read(t, "testdata/rules/filter-without-unit/bad.yaml"), lint.Options{Strict: true}); strict.Err() == nil {
		t.Error("an info does not count although --strict was given")
	}
	if warning := lint.Lint(read(t, "testdata/rules/log-retention/bad.yaml"), lint.Options{}); warning.Err() == nil {
		t.Error("a warning does not count")
	}
	ignored := lint.Lint(read(t, "testdata/rules/ignore-without-reason/good.yaml"), lint.Options{})
	if ignored.Err() != nil || len(ignored.Ignored) != 1 || ignored.Ignored[0].Reason != "it is restarted by itself" {
		t.Errorf("%+v", ignored)
	}
}

// As many alarms as are read, each of which may be named by all others.
func TestLargeTemplatesEndInTime(t *testing.T) {
	var b strings.Builder
	b.WriteString("Resources:\n")
	for i := range 2000 {
		fmt.Fprintf(&b, "  A%d: {Type: 'AWS::CloudWatch::Alarm', Properties: {AlarmName: 'name-%d', MetricName: !Sub '${A%d}-${AWS::Region}', Namespace: N, Dimensions: [{Name: x, Value: y}]}}\n", i, i, (i+1)%2000)
	}
	v, err := template.Parse("t", []byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	r := lint.Lint(v, options)
	if r.Alarms != 2000 {
		t.Errorf("%d alarms", r.Alarms)
	}
}

func FuzzLint(f *testing.F) {
	for _, rule := range lint.Rules() {
		for _, file := range examples(f, rule.ID, "bad") {
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := template.Parse("f", text)
		if err != nil {
			return
		}
		r := lint.Lint(v, options)
		for _, one := range r.Findings {
			if one.Line < 1 || one.Rule == "" {
				t.Errorf("%+v", one)
			}
		}
		_ = r.View()
	})
}
