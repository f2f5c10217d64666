package live

import (
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
)

// resolvers of a test have a clock that is set by hand.
func resolversOf(n int, now *time.Time, answers *map[string]float64) *Resolvers {
	r := &Resolvers{Answers: func() map[string]float64 { return *answers }, Now: func() time.Time { return *now }, TTL: ttl, Stubborn: 0.1, Longer: 5}
	r.Populate(n, 1)
	return r
}

func greens(r *Resolvers) (n int) {
	for i := range r.all {
		if r.ask(i) == "green" {
			n++
		}
	}
	return n
}

// Resolvers divide by weight, keep an answer for its TTL and no longer, and the
// stubborn ones for five times as long.
func TestResolversKeepAnswers(t *testing.T) {
	now, answers := noon, map[string]float64{"blue": 0.9, "green": 0.1}
	r := resolversOf(1000, &now, &answers)
	before := greens(r)
	if before < 70 || before > 130 {
		t.Fatalf("%d of 1000 lead to green at 10%%", before)
	}
	now = now.Add(ttl) // every first answer has run out, and is asked for anew
	before = greens(r)
	answers = map[string]float64{"blue": 1}
	now = now.Add(ttl - time.Second)
	if got := greens(r); got != before {
		t.Errorf("%d lead to green within the TTL, not %d: an answer was not kept", got, before)
	}
	now = now.Add(time.Second)
	if got := greens(r); got == 0 || got > 30 {
		t.Errorf("%d lead to green after the TTL; a tenth of %d would be those that ignore it", got, before)
	}
	now = now.Add(4 * ttl)
	if got := greens(r); got != 0 {
		t.Errorf("%d still lead to green", got)
	}
}

func TestChoosing(t *testing.T) {
	for name, c := range map[string]struct {
		answers map[string]float64
		at      float64
		want    string
	}{
		"the first":               {map[string]float64{"a": 0.5, "b": 0.5}, 0.49, "a"},
		"the second":              {map[string]float64{"a": 0.5, "b": 0.5}, 0.5, "b"},
		"never one without share": {map[string]float64{"a": 0, "b": 1}, 0, "b"},
		"a sum below 1":           {map[string]float64{"a": 0.3, "b": 0.3, "c": 0}, 0.99, "b"},
		"nothing to choose from":  {nil, 0.5, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := choose(c.answers, c.at); got != c.want {
				t.Errorf("%q", got)
			}
		})
	}
}

// The switch breaks exactly its share, and counts only users.
func TestTheFaultIsExact(t *testing.T) {
	var f Fault
	ask := func(n int, path, by string) (hit int) {
		r, err := http.NewRequest(http.MethodGet, "http://green"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set(byVegeta, by)
		for range n {
			if f.hits(r) {
				hit++
			}
		}
		return hit
	}
	if ask(100, "/mocs", "users") != 0 {
		t.Error("it breaks without being set")
	}
	f.Set(0.08, false)
	if got := ask(1000, "/mocs", "users"); got < 79 || got > 80 || f.Failed() != int64(got) {
		t.Errorf("%d of 1000 at 8%%, counted %d", got, f.Failed())
	}
	counted := f.Failed()
	if ask(100, HealthPath, "") == 0 || f.Failed() != counted {
		t.Errorf("Route 53's requests must fail too and not be counted: %d", f.Failed()-counted)
	}
	if f.Set(1, true); ask(10, HealthPath, "") != 0 || ask(10, "/mocs", "") != 10 {
		t.Error("a spared health check fails, or another request does not")
	}
}

// What is published is what AWS would: per request 0 or 1 of an HTTP API, times
// in their unit, blue's errors only where there are some.
func TestMeterPublishesAsAWSDoes(t *testing.T) {
	now := noon
	got := map[string][]float64{}
	m := &Meter{Now: func() time.Time { return now }, Observe: func(_, metric string, _ map[string]string, at time.Time, values ...float64) {
		if !at.Equal(noon) {
			t.Errorf("%s at %s", metric, at)
		}
		got[metric] = append(got[metric], values...)
	}}
	m.Saw(Blue, 200, 20*time.Millisecond)
	m.Saw(Green, 500, 30*time.Millisecond)
	m.Saw(Green, 404, 10*time.Millisecond)
	if len(got) != 0 {
		t.Errorf("published within its second: %v", got)
	}
	now = now.Add(time.Second)
	m.Saw(Blue, 200, 0)
	for metric, want := range map[string][]float64{
		"RequestCount": {1}, "TargetResponseTime": {0.02}, "HTTPCode_Target_5XX_Count": nil, "HealthyHostCount": {hosts},
		"Count": {1, 1}, "Latency": {30, 10}, "5xx": {1, 0}, "4xx": {0, 1}, "Invocations": {1, 1}, "Throttles": {0, 0},
	} {
		if !slices.EqualFunc(got[metric], want, func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }) {
			t.Errorf("%s %v, not %v", metric, got[metric], want)
		}
	}
}

// Back is when blue has the users for good: a dip in between counts against it.
func TestUsersAreBackForGood(t *testing.T) {
	fill := func(greens ...int) *Tally {
		tally := &Tally{origin: noon}
		for second, green := range greens {
			for n := range 20 {
				side := Blue
				if n < green {
					side = Green
				}
				tally.add(noon.Add(time.Duration(second)*time.Second), side, side == Green && n == 0)
			}
		}
		return tally
	}
	all := func(n, green int) []int { return slices.Repeat([]int{green}, n) }
	at := func(seconds int) time.Time { return noon.Add(time.Duration(seconds) * time.Second) }
	tally := fill(append(all(60, 10), all(60, 0)...)...)
	if back, ok := tally.Back(at(60)); !ok || !back.Equal(at(87)) { // 3 seconds of 30 at a half are 5%
		t.Errorf("%v %v", back, ok)
	}
	if c := tally.Between(at(59), at(61)); c.Requests() != 40 || c.Sent[Green] != 10 || c.Harm() != 1 {
		t.Errorf("%+v", c)
	}
	if back, ok := fill(slices.Concat(all(60, 10), all(60, 0), all(60, 10), all(60, 0))...).Back(at(60)); !ok || !back.Equal(at(207)) {
		t.Errorf("after a relapse: %v %v", back, ok)
	}
	if back, ok := fill(slices.Concat(all(60, 0), all(60, 10))...).Back(at(10)); ok {
		t.Errorf("never back, and it says %v", back)
	}
}

// Each figure that is wrong is told, and none that is right.
func TestWrongFiguresAreTold(t *testing.T) {
	good := func(name string) Figures {
		all := Scenarios()
		s := all[slices.IndexFunc(all, func(s Scenario) bool { return s.Name == name })]
		f := Figures{
			Scenario: s, All: Count{Sent: [2]int64{900, 100}, Harmed: [2]int64{0, 8}}, Broken: 8, Fault: noon, Stands: 0.1,
			DNS: noon.Add(4 * time.Minute), Back: noon.Add(5 * time.Minute), Decided: noon.Add(3 * time.Minute),
		}
		switch name {
		case "rolled-back":
			f.Stands, f.Record, f.Alive, f.Events = 0, f.DNS, true, []Event{{Kind: confirmed}}
		case "watcher-killed":
			f.Decided = time.Time{}
		case "no-control-plane":
			f.Mended = f.Back.Add(time.Minute)
		}
		return f
	}
	for name, c := range map[string]struct {
		scenario string
		spoil    func(*Figures)
		want     string
	}{
		"a harmed request that nobody broke": {"rolled-back", func(f *Figures) { f.All.Harmed[Blue]++ }, "users had 9 bad answers"},
		"back too late":                      {"rolled-back", func(f *Figures) { f.Back = f.Decided.Add(budget + time.Second) }, "the budget is 5m0s"},
		"never confirmed":                    {"rolled-back", func(f *Figures) { f.Events = nil }, "never confirmed"},
		"the record stays":                   {"rolled-back", func(f *Figures) { f.Record, f.Stands = time.Time{}, 0.1 }, "still gives green 10%"},
		"types apart":                        {"rolled-back", func(f *Figures) { f.Apart = true }, "A and AAAA"},
		"a watcher that lives":               {"watcher-killed", func(f *Figures) { f.Alive = true }, "a watcher lived"},
		"DNS too slow":                       {"watcher-killed", func(f *Figures) { f.Back = f.Fault.Add(alone + time.Second) }, "DNS may take"},
		"DNS that goes back to green":        {"watcher-killed", func(f *Figures) { f.Returns = 1 }, "weight back 1 times"},
		"a record that changed":              {"no-control-plane", func(f *Figures) { f.Record = f.DNS }, "without a control plane"},
		"a record that is left wrong":        {"no-control-plane", func(f *Figures) { f.Mended = time.Time{} }, "put right"},
		"nobody decided":                     {"no-control-plane", func(f *Figures) { f.Decided = time.Time{} }, "nobody decided"},
	} {
		t.Run(name, func(t *testing.T) {
			f := good(c.scenario)
			if wrong := f.Wrong(); len(wrong) > 0 {
				t.Fatalf("before: %q", wrong)
			}
			c.spoil(&f)
			if wrong := strings.Join(f.Wrong(), "\n"); !strings.Contains(wrong, c.want) {
				t.Errorf("%q", wrong)
			}
		})
	}
}

// A front measures what it answers, by the fault or by the app.
func TestFrontsMeasure(t *testing.T) {
	var codes []int
	fault := &Fault{}
	server, address, err := serve(front{Green, Plain(), fault, func(_ Side, status int, _ time.Duration) { codes = append(codes, status) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	for _, share := range []float64{0, 1} {
		fault.Set(share, false)
		answer, err := http.Get(address + "/mocs")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
	}
	if !slices.Equal(codes, []int{200, 500}) {
		t.Errorf("%v", codes)
	}
}

// The page shows what happened, and says of what never came that it did not.
func TestDocument(t *testing.T) {
	tally := &Tally{origin: noon}
	for second := range 600 {
		tally.add(noon.Add(time.Duration(second)*time.Second), Side(second%2), second == 301)
	}
	f := Figures{
		Scenario: Scenarios()[2], Tally: tally, All: tally.Between(noon, tally.Last()), Fault: noon.Add(5 * time.Minute), Killed: noon.Add(5 * time.Minute),
		DNS: noon.Add(8 * time.Minute), Stands: 0.5, Stand: []Stand{{At: noon, Record: 0.5}}, Returns: 2, Events: []Event{{At: noon, Kind: settled, Reason: "it shows"}},
	}
	text := report.Markdown(f.Document())
	for _, want := range []string{"watcher killed", "green breaks", "DNS leaves green", "3 min", "never", "In the end the record gives green 50%", "answers 0% lead there", "back 2 times", "it shows", "Not as it should be"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if s := f.Summary(); s.Legs[0].Seconds == nil || *s.Legs[0].Seconds != 180 || s.Legs[1].Seconds != nil || s.Harmed != 1 {
		t.Errorf("%+v", s)
	}
}
