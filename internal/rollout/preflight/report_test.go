package preflight

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/schematest"
)

var update = flag.Bool("update", false, "rewrite the golden files and the schema")

// scene is a file below testdata: the section of cutover.yaml, what was seen in
// place of what is right, and what could not be.
type scene struct {
	API      string
	Settings []string
	Applied  []string
	Seen     map[string]json.RawMessage
	Failed   map[string]string
}

func (s scene) observe(t *testing.T) Observation {
	t.Helper()
	o := right()
	fields := reflect.ValueOf(&o).Elem()
	for name, text := range s.Seen {
		f := fields.FieldByName(name)
		f.FieldByName("Value").SetZero()
		f.FieldByName("Asked").SetBool(true)
		d := json.NewDecoder(bytes.NewReader(text))
		d.DisallowUnknownFields()
		if err := d.Decode(f.FieldByName("Value").Addr().Interface()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	for name, why := range s.Failed {
		f := fields.FieldByName(name)
		f.FieldByName("Value").SetZero()
		f.FieldByName("Err").Set(reflect.ValueOf(&fault.Fault{Kind: fault.Outside, Name: name, What: why, Next: "Wait a minute, then run it again."}))
	}
	return o
}

// A new case is a new file: testdata/<name>.json, and -update writes what is shown.
func TestReports(t *testing.T) {
	schema := schematest.Of(t, "../../../schemas/traffic-preflight.schema.json", "Preflight", "What traffic-shift preflight has found before any traffic moves.", Result{}, *update)
	paths, err := filepath.Glob("testdata/*.json")
	if err != nil || len(paths) < 4 {
		t.Fatalf("%d scenes: %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var s scene
			d := json.NewDecoder(bytes.NewReader(text))
			d.DisallowUnknownFields()
			if err := d.Decode(&s); err != nil {
				t.Fatal(err)
			}
			p := careful(t, s.Settings...)
			if p.Applied = append(p.Applied, s.Applied...); s.API != "" {
				p.API = s.API
			}
			r := Judge(p, s.observe(t), now)
			out, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Check(string(out)); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
			var again Result
			if err := json.Unmarshal(out, &again); err != nil || again.Verdict != r.Verdict || !again.At.Equal(r.At) || again.Lead != r.Lead {
				t.Errorf("what is kept beside the state reads otherwise: %v, %+v", err, again)
			}
			golden := strings.TrimSuffix(path, ".json") + ".md"
			got := report.Markdown(r.Document())
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || got != string(want) {
				t.Errorf("%v\n--- want\n%s--- got\n%s", err, want, got)
			}
		})
	}
}

// Whatever kept it from being told comes first to whoever reads the error, unless
// something says no.
func TestErr(t *testing.T) {
	o := right()
	o.Load = Saw(Load{}, errors.New("throttled"))
	r := Judge(careful(t), o, now)
	if err := r.Err(); fault.KindOf(err) != fault.Outside || !strings.Contains(err.Error(), "throttled") {
		t.Errorf("%v", err)
	}
	o.Concurrency, o.Functions.Value[0].Reserved = Saw(Concurrency{}, errors.New("throttled")), 0
	o.Load = right().Load
	r = Judge(careful(t), o, now)
	if err := r.Err(); fault.KindOf(err) != fault.Gate || !strings.Contains(err.Error(), "switches it off") {
		t.Errorf("%v", err)
	}
}
