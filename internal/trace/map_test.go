package trace_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/schematest"
	"github.com/cutover-dev/cutover/internal/trace"
	"github.com/cutover-dev/cutover/internal/trace/drawing"
)

func drawn(t testing.TB, name string) trace.Map {
	t.Helper()
	p, o := load(t, name)
	m := trace.Draw(o.Traces, o.Edges)
	m.Stage, m.Region, m.Run, m.At = p.Stage, p.Region, p.Run, o.Ended
	return m
}

// Whatever the order in which traces, segments, subsegments and edges came: the
// same map, to the byte, and the same findings.
func TestOrderIsOfNoAccount(t *testing.T) {
	p, o := load(t, "healthy")
	want, findings := drawn(t, "healthy").JSON(), shown(trace.Check(p.Expectation(), o))
	r := rand.New(rand.NewPCG(1, 2))
	var shuffle func(d []trace.Document)
	shuffle = func(d []trace.Document) {
		r.Shuffle(len(d), func(i, j int) { d[i], d[j] = d[j], d[i] })
		for i := range d {
			shuffle(d[i].Subsegments)
		}
	}
	for range 50 {
		r.Shuffle(len(o.Traces), func(i, j int) { o.Traces[i], o.Traces[j] = o.Traces[j], o.Traces[i] })
		r.Shuffle(len(o.Edges), func(i, j int) { o.Edges[i], o.Edges[j] = o.Edges[j], o.Edges[i] })
		for i := range o.Traces {
			shuffle(o.Traces[i].Segments)
		}
		m := trace.Draw(o.Traces, o.Edges)
		m.Stage, m.Region, m.Run, m.At = p.Stage, p.Region, p.Run, o.Ended
		if got := m.JSON(); string(got) != string(want) {
			t.Fatalf("another map:\n%s", got)
		}
		if got := shown(trace.Check(p.Expectation(), o)); string(got) != string(findings) {
			t.Fatalf("other findings:\n%s", got)
		}
	}
}

// A subsegment that was sent by itself is as good as one within its segment, and
// what came twice, in progress and whole, counts once.
func TestPartsFindTheirPlace(t *testing.T) {
	_, o := load(t, "healthy")
	want := trace.Draw(o.Traces, nil)
	for i, tr := range o.Traces {
		var flat []trace.Document
		var take func(d trace.Document, parent string)
		take = func(d trace.Document, parent string) {
			inner := d.Subsegments
			d.Subsegments = nil
			if parent != "" {
				d.Type, d.ParentID, d.TraceID = "subsegment", parent, tr.ID
			}
			begun := d
			begun.End, begun.InProgress = 0, true
			flat = append(flat, begun, d)
			for _, s := range inner {
				take(s, d.ID)
			}
		}
		for _, d := range tr.Segments {
			take(d, "")
		}
		o.Traces[i].Segments = flat
	}
	if got := trace.Draw(o.Traces, nil); string(got.JSON()) != string(want.JSON()) {
		t.Errorf("taken apart it is another map:\n%s", got.JSON())
	}
}

// Circles, parts without a parent, and depth: bounded, and counted.
func TestBrokenTracesAreBounded(t *testing.T) {
	sub := func(id, parent string) trace.Document {
		return trace.Document{ID: id, ParentID: parent, Type: "subsegment", Name: "x", Namespace: "remote", Start: 1, End: 2}
	}
	deep := trace.Document{ID: "d", Name: "d", Start: 1, End: 2}
	for i := range 300 {
		deep = trace.Document{ID: fmt.Sprint("d", i), Name: "d", Start: 1, End: 2, Subsegments: []trace.Document{deep}}
	}
	var many []trace.Document
	for i := range 30_000 {
		many = append(many, sub(fmt.Sprint(i), "f"))
	}
	f := trace.Document{ID: "f", Name: "f", Origin: "AWS::Lambda::Function", Start: 1, End: 2}
	for name, c := range map[string]struct {
		parts   []trace.Document
		orphans int
		calls   int
	}{
		"a circle of two":            {[]trace.Document{f, sub("a", "b"), sub("b", "a")}, 2, 0},
		"its own parent":             {[]trace.Document{f, sub("a", "a")}, 1, 0},
		"a parent that never came":   {[]trace.Document{f, sub("a", "c")}, 1, 0},
		"a segment without a caller": {[]trace.Document{{ID: "g", ParentID: "zz", Name: "g", Start: 1, End: 2}}, 1, 0},
		"segments call each other":   {[]trace.Document{{ID: "g", ParentID: "h", Name: "g", Start: 1, End: 2}, {ID: "h", ParentID: "g", Name: "h", Start: 1, End: 2}}, 0, 2},
		"too deep":                   {[]trace.Document{deep}, 1, 0},
		"too many":                   {append(many, f), 30_001 - 20_000, 0},
		"all is well":                {[]trace.Document{f, sub("a", "f"), sub("b", "a")}, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			m := trace.Draw([]trace.Trace{{ID: "1", Segments: c.parts}}, nil)
			if m.Orphans < c.orphans || c.orphans == 0 && m.Orphans > 0 || len(m.Calls) != c.calls && name != "too many" {
				t.Errorf("%d orphans, %d calls: %s", m.Orphans, len(m.Calls), m.JSON())
			}
			// A call within a call of the same node is a part of it.
			if name == "all is well" && m.Calls[0].Requests != 1 {
				t.Errorf("%d requests, want one", m.Calls[0].Requests)
			}
		})
	}
}

// The figures by hand: nearest rank.
func TestFigures(t *testing.T) {
	var traces []trace.Trace
	for i := 1; i <= 20; i++ {
		traces = append(traces, trace.Trace{ID: fmt.Sprint(i), Segments: []trace.Document{{ID: "f", Name: "f", Origin: "AWS::Lambda::Function", Start: 10, End: 20,
			Subsegments: []trace.Document{{ID: "c", Name: "RDS", Namespace: "remote", Start: 11, End: 11 + float64(i)/1000, Fault: i == 1, Error: i <= 2, Throttle: i <= 3}}}}})
	}
	c := trace.Draw(traces, nil).Calls[0]
	if c.Requests != 20 || c.Faults != 1 || c.Errors != 2 || c.Throttles != 3 || c.Mean != 10500 || c.P50 != 10000 || c.P95 != 19000 {
		t.Errorf("%+v", c)
	}
}

func TestMerge(t *testing.T) {
	_, o := load(t, "healthy")
	gw := trace.Service{Name: "lego-api-staging/staging", Type: "AWS::ApiGateway::Stage"}
	fn := trace.Service{Name: "lego-api-staging-health", Type: "AWS::Lambda::Function"}
	bucket := trace.Service{Name: "s3", Type: "AWS::S3::Bucket"}
	up := trace.Service{Name: "lego-api-staging-request-image-upload", Type: "AWS::Lambda"}
	mail := trace.Service{Name: "mail.example.com", Type: "remote"}
	m := trace.Draw(o.Traces, []trace.Edge{{From: gw, To: fn, Requests: 500}, {From: up, To: bucket, Requests: 7}, {From: fn, To: mail, Requests: 9, Faults: 1, P95: 3 * time.Millisecond},
		{From: trace.Service{Name: "client", Type: "client"}, To: gw, Requests: 1}})
	seen := map[string]trace.Call{}
	for _, c := range m.Calls {
		seen[c.From.Name+" "+c.To.Name] = c
	}
	if c := seen["lego-api-staging/staging lego-api-staging-health"]; c.Seen != trace.SeenBoth || c.Requests != 1 {
		t.Errorf("an edge of both: %+v", c)
	}
	if c := seen["lego-api-staging-request-image-upload S3"]; c.Seen != trace.SeenBoth {
		t.Errorf("a bucket under AWS's type: %+v", m.Calls)
	}
	if c := seen["lego-api-staging-health mail.example.com"]; c.Seen != trace.SeenAWS || c.Requests != 9 || c.Faults != 1 || c.P95 != 3000 {
		t.Errorf("an edge of AWS alone: %+v", c)
	}
	if slices.ContainsFunc(m.Nodes, func(s trace.Service) bool { return s.Type == "client" }) {
		t.Error("the client is on the map")
	}
}

func TestCompare(t *testing.T) {
	before := drawn(t, "healthy")
	with := func(change func(*trace.Map)) trace.Map {
		m, err := trace.ParseMap("map", before.JSON())
		if err != nil {
			t.Fatal(err)
		}
		change(&m)
		return m
	}
	mail := trace.Service{Name: "mail", Type: "remote"}
	call := trace.Call{From: before.Nodes[1], To: mail, Requests: 1, Seen: trace.SeenTraces}
	add := func(seen string) trace.Map {
		return with(func(m *trace.Map) {
			c := call
			c.Seen = seen
			m.Nodes, m.Calls = append(m.Nodes, mail), append(m.Calls, c)
		})
	}
	count := func(d trace.Difference) [5]int {
		return [5]int{len(d.NewNodes), len(d.LostNodes), len(d.NewCalls), len(d.LostCalls), len(d.Changed)}
	}
	for name, c := range map[string]struct {
		before, after trace.Map
		want          [5]int
	}{
		"nothing":                      {before, with(func(*trace.Map) {}), [5]int{}},
		"a new call":                   {before, add(trace.SeenTraces), [5]int{1, 0, 1, 0, 0}},
		"a lost call":                  {add(trace.SeenTraces), before, [5]int{0, 1, 0, 1, 0}},
		"another's new call":           {before, add(trace.SeenAWS), [5]int{}},
		"another's lost call":          {add(trace.SeenAWS), before, [5]int{}},
		"AWS excuses what we lack":     {add(trace.SeenTraces), add(trace.SeenAWS), [5]int{}},
		"latency":                      {before, with(func(m *trace.Map) { m.Calls[0].P95 *= 3 }), [5]int{0, 0, 0, 0, 1}},
		"no latency is no change":      {before, with(func(m *trace.Map) { m.Calls[0].P95 = 0 }), [5]int{}},
		"the first one: all of it new": {trace.Map{}, before, [5]int{len(before.Nodes), 0, len(before.Calls), 0, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := count(trace.Compare(c.before, c.after)); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

func TestMapIsRefused(t *testing.T) {
	good := string(drawn(t, "healthy").JSON())
	for name, c := range map[string]struct{ text, want string }{
		"no JSON":          {"x", "is no service map"},
		"something more":   {good + "{}", "something follows"},
		"unknown member":   {strings.Replace(good, `"run"`, `"ran"`, 1), "unknown field"},
		"another version":  {strings.Replace(good, `"version": 1`, `"version": 2`, 1), "a version that this build does not read"},
		"a node twice":     {strings.Replace(good, `"Cognito"`, `"Redis"`, 1), "stands twice"},
		"a call of nobody": {strings.Replace(good, `"name": "S3"`, `"name": "S4"`, 1), "is of no node"},
		"seen by nobody":   {strings.Replace(good, `"seen": "traces"`, `"seen": "me"`, 1), "nobody is called"},
		"less than none":   {strings.Replace(good, `"faults": 0`, `"faults": -1`, 1), "cannot be"},
		"too large":        {good + strings.Repeat(" ", 4<<20), "is too large"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := trace.ParseMap("map.json", []byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestMapSchema(t *testing.T) {
	s := schematest.Of(t, "../../schemas/trace-map.schema.json", "Service map", "Who calls whom in a stage, as trace-check keeps it between runs.", &trace.Map{}, *update)
	if err := s.Check(string(drawn(t, "healthy").JSON())); err != nil {
		t.Error(err)
	}
}

func FuzzParseMap(f *testing.F) {
	_, o := load(f, "healthy")
	f.Add(trace.Draw(o.Traces[4:5], nil).JSON())
	f.Add([]byte(`{"version":1,"nodes":null,"calls":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := trace.ParseMap("map", data)
		if err != nil {
			return
		}
		again, err := trace.ParseMap("map", m.JSON())
		if err != nil || !reflect.DeepEqual(m, again) {
			t.Fatalf("reads otherwise the second time: %v", err)
		}
		drawing.SVG(trace.Picture(m, &again))
		trace.Compare(m, again)
	})
}

func FuzzParse(f *testing.F) {
	_, o := load(f, "healthy")
	for _, d := range o.Traces[1].Segments {
		text, _ := json.Marshal(d)
		f.Add(text)
	}
	f.Add([]byte(`{"id":"00000000000000aa","cause":"00000000000000ab","subsegments":[{"id":"00000000000000aa"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := trace.Parse(data)
		if err != nil {
			return
		}
		trace.Validate(d)
		m := trace.Draw([]trace.Trace{{ID: "1", Segments: []trace.Document{d}}}, nil)
		if _, err := trace.ParseMap("map", m.JSON()); err != nil {
			t.Fatalf("the map of a document is refused: %v", err)
		}
		trace.Check(trace.Expectation{Nodes: []string{"RDS"}, Annotations: map[string]string{"a": "text"}}, trace.Observation{
			Sent: []trace.Sent{{TraceID: "1", Decided: true}}, Traces: []trace.Trace{{ID: "1", Segments: []trace.Document{d}}}})
	})
}

// Names come from whoever can send a trace: they are text in every face.
//
// Attack: function-names
func TestHostileNamesAreText(t *testing.T) {
	for _, hostile := range []string{`<script>alert(1)</script>`, "\"]; click n0 call x() %%{init:{}}%%", "```\n# heading\n```", `"><svg onload=x>`, "a\nb --> c", "<img src=x>&amp;", "\u202eevil", strings.Repeat("W", 500)} {
		m := drawn(t, "healthy")
		for i := range m.Nodes {
			if m.Nodes[i].Name == "RDS" {
				m.Nodes[i].Name = hostile
			}
		}
		for i := range m.Calls {
			if m.Calls[i].To.Name == "RDS" {
				m.Calls[i].To.Name = hostile
			}
		}
		p, o := load(t, "healthy")
		before := drawn(t, "healthy")
		before.Run = hostile
		r := trace.Result{Plan: p, Observation: o, Map: m}
		page, err := report.HTML("t", trace.Report(r, &before))
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"<script", "<img", "<svg onload"} {
			if strings.Contains(string(page), bad) {
				t.Errorf("%q is markup in the page", hostile)
			}
		}
		text := trace.Markdown(r, &before)
		_, chart, _ := strings.Cut(text, "```mermaid\n")
		chart, _, _ = strings.Cut(chart, "\n```")
		for line := range strings.Lines(chart) {
			if strings.Count(line, `"`)%2 != 0 || strings.ContainsAny(line, "`{};") || strings.Contains(line, "%%") || strings.Contains(line, "<") && !strings.Contains(line, "<br/>") {
				t.Errorf("%q in %q", hostile, line)
			}
		}
		if n := strings.Count(text, "```"); n != 2 {
			t.Errorf("%q leaves %d fences", hostile, n)
		}
	}
}
