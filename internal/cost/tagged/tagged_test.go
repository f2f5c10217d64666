package tagged_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/cost/tagged"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

var update = flag.Bool("update", false, "write golden files and the schema anew")

var want = map[string]string{"Project": "LEGO-API", "Environment": "production"}

func tags(project, stage string) map[string]string {
	return map[string]string{"Project": project, "Environment": stage}
}

// Shows: 5.7.1, 5.7.2
func TestJudge(t *testing.T) {
	const pass, fail, open = verdict.Pass, verdict.Fail, verdict.Inconclusive
	for name, x := range map[string]struct {
		tags map[string]string
		want verdict.Verdict
		why  string
	}{
		"as it should be":           {tags("LEGO-API", "production"), pass, ""},
		"with others":               {map[string]string{"Project": "LEGO-API", "Environment": "production", "sst:app": "x"}, pass, ""},
		"none at all":               {map[string]string{}, fail, "Environment is missing; Project is missing"},
		"unreadable":                {nil, open, "could not be read"},
		"another case of the value": {tags("lego-api", "production"), fail, `Project is "lego-api", not "LEGO-API": billing tells capitals`},
		"a space at its end":        {tags("LEGO-API ", "production"), fail, `"LEGO-API ", not`},
		"another stage":             {tags("LEGO-API", "staging"), fail, `Environment is "staging", not "production": that is another stage`},
		"another project":           {tags("DUPLO", "production"), fail, `Project is "DUPLO", not "LEGO-API"`},
		"an empty value":            {tags("", "production"), fail, "Project is empty"},
		"another case of the key":   {map[string]string{"project": "LEGO-API", "Environment": "production"}, fail, `Project is missing, but there is "project"`},
		"a key with a space":        {map[string]string{"Pro ject": "LEGO-API", "Environment": "production"}, fail, `there is "Pro ject"`},
	} {
		t.Run(name, func(t *testing.T) {
			good := tagged.Resource{ARN: "arn:1", Service: "lambda", Tags: tags("LEGO-API", "production")}
			v := tagged.Judge([]tagged.Resource{good, {ARN: "arn:2", Service: "lambda", Tags: x.tags}}, want, "lambda")
			if v.Verdict != x.want || v.Rows[0].Verdict != x.want || v.Rows[0].Of != 2 {
				t.Fatalf("%+v", v)
			}
			if things := v.Rows[0].Things; (x.want == pass) != (len(things) == 0) || len(things) > 0 && !strings.Contains(things[0].Why, x.why) {
				t.Errorf("%+v", things)
			}
		})
	}
}

// Where nothing is found or wanted, nothing passes. Shows: 5.7.2
func TestNothingIsNoPass(t *testing.T) {
	good := tagged.Resource{ARN: "arn:1", Service: "lambda", Tags: tags("LEGO-API", "production")}
	for name, v := range map[string]tagged.Verdict{
		"nothing at all":        tagged.Judge(nil, want),
		"one service is absent": tagged.Judge([]tagged.Resource{good}, want, "lambda", "rds"),
		"nothing is wanted":     tagged.Judge([]tagged.Resource{good}, nil, "lambda"),
	} {
		if v.Verdict != verdict.Inconclusive {
			t.Errorf("%s: %+v", name, v)
		}
	}
	v := tagged.Judge([]tagged.Resource{good}, want, "lambda")
	if v.Verdict != verdict.Pass {
		t.Errorf("%+v", v)
	}
}

// A new case is a new state beside its golden document.
func TestGolden(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.state.json")
	if err != nil || len(paths) < 3 {
		t.Fatalf("%d cases, %v", len(paths), err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all, err := tagged.FromState(text)
		if err != nil {
			t.Fatal(path, err)
		}
		v := tagged.Judge(all, want, "lambda", "rds", "s3", "es", "elasticache", "apigateway", "logs")
		result, _ := json.Marshal(v)
		golden, got := strings.TrimSuffix(path, ".state.json")+".golden.md", report.Markdown(v.Document())
		if strings.Contains(string(result)+got, "canary") {
			t.Errorf("%s: a secret is shown", path)
		}
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if kept, err := os.ReadFile(golden); err != nil || string(kept) != got {
			t.Errorf("%s: %v; got\n%s", path, err, got)
		}
	}
}

func TestStateIsReadStrictly(t *testing.T) {
	one := func(resource string) string {
		return `{"version":3,"checkpoint":{"latest":{"resources":[` + resource + `]}}}`
	}
	const urn = `"urn":"urn:pulumi:p::a::aws:lambda/function:Function::F","type":"aws:lambda/function:Function"`
	for name, x := range map[string]struct{ text, want string }{
		"nothing":            {"", "breaks off"},
		"a half":             {one("{")[:40], "breaks off"},
		"no JSON":            {"{]", "byte 2"},
		"a list":             {"[]", "cannot be read"},
		"something behind":   {one("") + "{}", "goes on"},
		"another version":    {`{"version":4,"checkpoint":{}}`, "version 4"},
		"no version":         {`{"checkpoint":{}}`, "version 0"},
		"no checkpoint":      {`{"version":3}`, "no checkpoint"},
		"no urn":             {one(`{"type":"aws:x"}`), "no urn"},
		"an ARN that is one": {one(`{` + urn + `,"outputs":{"arn":1,"tagsAll":{}}}`), "its arn is no text"},
		"no ARN":             {one(`{` + urn + `,"outputs":{"arn":"canary","tagsAll":{}}}`), "its arn is none"},
		"outputs as a text":  {one(`{` + urn + `,"outputs":"canary"}`), "cannot be read"},
	} {
		_, err := tagged.FromState([]byte(x.text))
		if err == nil || !strings.Contains(err.Error(), x.want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, x := range map[string]struct {
		text string
		want int
	}{
		"a stage in which nothing stands": {`{"version":3,"checkpoint":{"latest":null}}`, 0},
		"waits for its deletion":          {one(`{` + urn + `,"delete":true,"outputs":{"arn":"arn:aws:lambda:us-east-1:123456789012:function:f","tagsAll":{}}}`), 0},
		"somebody else's":                 {one(`{` + urn + `,"external":true,"outputs":{"arn":"arn:aws:lambda:us-east-1:123456789012:function:f","tagsAll":{}}}`), 0},
		"carries none":                    {one(`{` + urn + `,"outputs":{"arn":"arn:aws:lambda:us-east-1:123456789012:function:f"}}`), 0},
		"not of AWS":                      {one(`{"urn":"u","type":"sst:aws:Function","outputs":{"arn":"x","tagsAll":{}}}`), 0},
		"twice":                           {one(`{` + urn + `,"outputs":{"arn":"arn:aws:s3:::b","tagsAll":{}}},{` + urn + `,"outputs":{"arn":"arn:aws:s3:::b","tagsAll":{}}}`), 1},
	} {
		if all, err := tagged.FromState([]byte(x.text)); err != nil || len(all) != x.want {
			t.Errorf("%s: %v, %v", name, all, err)
		}
	}
}

func FuzzFromState(f *testing.F) {
	paths, _ := filepath.Glob("testdata/*.state.json")
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := tagged.FromState(text)
		if err != nil && all != nil {
			t.Error("half a state")
		}
		if !slices.IsSortedFunc(all, func(a, b tagged.Resource) int { return strings.Compare(a.ARN, b.ARN) }) {
			t.Error("in no order")
		}
		for _, r := range all {
			if r.ARN == "" {
				t.Errorf("%+v", r)
			}
		}
		tagged.Judge(all, want, "lambda").Document()
	})
}
