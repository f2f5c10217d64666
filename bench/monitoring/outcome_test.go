package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/monitoring/cfn"
)

// board is a template with one alarm and a dashboard of so many widgets of so
// many metrics each.
func board(widgets, metrics int, wrap func(body string) any) string {
	row := `["AWS/Lambda","Errors","FunctionName","f"]`
	widget := `{"properties":{"metrics":[` + strings.Join(slices.Repeat([]string{row}, metrics), ",") + `,[{"expression":"m1"}]]}}`
	body := `{"widgets":[` + strings.Join(slices.Repeat([]string{widget}, widgets), ",") + `]}`
	text, err := json.Marshal(map[string]any{"Resources": map[string]any{
		"A": map[string]any{"Type": "AWS::CloudWatch::Alarm", "Properties": map[string]any{"MetricName": "Errors"}},
		"D": map[string]any{"Type": "AWS::CloudWatch::Dashboard", "Properties": map[string]any{"DashboardBody": wrap(body)}},
	}})
	if err != nil {
		panic(err)
	}
	return string(text)
}

func plain(body string) any { return body }

func alarmsOnly(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(`"A%d":{"Type":"AWS::CloudWatch::Alarm","Properties":{"MetricName":"m"}}`, i))
	}
	return `{"Resources":{` + strings.Join(all, ",") + `}}`
}

func TestLimitsAreHeld(t *testing.T) {
	for name, c := range map[string]struct {
		templates []string
		broken    []string
	}{
		"as many resources as allowed": {[]string{alarmsOnly(500)}, nil},
		"one too many":                 {[]string{alarmsOnly(501)}, []string{"501 resources of 500"}},
		"the same in two templates":    {[]string{alarmsOnly(250), alarmsOnly(251)}, nil},
		"a template too long":          {[]string{alarmsOnly(1) + strings.Repeat(" ", mostBytes)}, []string{"bytes of a template of 1000000"}},
		"as many widgets as allowed":   {[]string{board(500, 5, plain)}, nil},
		"one widget too many":          {[]string{board(501, 1, plain)}, []string{"501 widgets of 500"}},
		"a widget too full":            {[]string{board(1, 501, plain)}, []string{"501 metrics of a widget of 500"}},
		"a dashboard too full":         {[]string{board(6, 417, plain)}, []string{"2502 metrics of a dashboard of 2500"}},
		"joined by CloudFormation": {[]string{board(501, 1, func(body string) any {
			return map[string]any{"Fn::Join": []any{"", []any{body[:20], map[string]any{"Fn::Join": []any{"", []any{body[20:]}}}}}}
		})}, []string{"501 widgets of 500"}},
		"substituted by CloudFormation": {[]string{board(501, 1, func(body string) any { return map[string]any{"Fn::Sub": body} })}, []string{"501 widgets of 500"}},
	} {
		folder := t.TempDir()
		for n, text := range c.templates {
			if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%d.template.json", n)), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		o, err := outcomeOf(folder)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		broken := o.broken()
		if len(broken) != len(c.broken) || len(broken) == 1 && !strings.HasSuffix(broken[0], c.broken[0]) {
			t.Errorf("%s: %q", name, broken)
		}
		if o.templates != len(c.templates) {
			t.Errorf("%s: %d templates", name, o.templates)
		}
	}
}

// Nothing made is no result, and neither is what cannot be read.
func TestNoOutcome(t *testing.T) {
	for name, text := range map[string]string{
		"no alarm": `{"Resources":{}}`, "no template": `{`, "no dashboard": `{"Resources":{"D":{"Type":"AWS::CloudWatch::Dashboard","Properties":{"DashboardBody":{"Ref":"x"}}}}}`,
	} {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "a.template.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := outcomeOf(folder); err == nil {
			t.Errorf("%s is an outcome", name)
		}
	}
}

// The comparison is of the same work only if each function has its three
// alarms, and nothing else is in it.
func TestEachFunctionHasItsAlarms(t *testing.T) {
	all := thousand()
	all.Functions = all.Functions[:25]
	made, err := perFunction(all)
	if err != nil {
		t.Fatal(err)
	}
	alarms, topics := map[string]int{}, 0
	for id, r := range made.Resources {
		switch x := r.Properties.(type) {
		case cfn.Alarm:
			_, function, _ := strings.Cut(x.AlarmName, "-lego-api-production-")
			alarms[function]++
		case cfn.Topic:
			topics++
		default:
			t.Errorf("%s is %s", id, r.Properties.Kind())
		}
	}
	for _, f := range all.Functions {
		if alarms[strings.TrimPrefix(f.Name, "lego-api-production-")] != 3 {
			t.Errorf("%s has not three alarms: %v", f.Name, alarms)
		}
	}
	if len(alarms) != 25 || topics != 1 {
		t.Errorf("%d functions, %d topics", len(alarms), topics)
	}
}

func TestWhatIsPromisedOfOursIsHeld(t *testing.T) {
	for name, c := range map[string]struct {
		wall float64
		made outcome
		says string
	}{
		"fast and small": {99, outcome{}, ""},
		"slow":           {100, outcome{}, "took 100 ms"},
		"too large":      {1, outcome{largestResources: 501}, "cannot be deployed: [501 resources of 500]"},
	} {
		err := held(&program{name: "ours", walls: []float64{c.wall}, made: c.made})
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A mirror's address in the lock file would be asked by everybody else.
func TestTheLockNamesNoAddress(t *testing.T) {
	text, err := os.ReadFile("peer/package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	var lock struct {
		Packages map[string]struct{ Version, Resolved, Integrity string }
	}
	if err := json.Unmarshal(text, &lock); err != nil {
		t.Fatal(err)
	}
	pinned := 0
	for path, p := range lock.Packages {
		if p.Resolved != "" {
			t.Errorf("%s is fetched from %s", path, p.Resolved)
		}
		if p.Integrity != "" {
			pinned++
		}
	}
	if pinned < 3 {
		t.Errorf("%d packages are pinned", pinned)
	}
}
