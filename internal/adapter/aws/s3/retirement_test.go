package s3_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/retire/plan"
)

const retireFolder = "cutover/retire/production/"

// retired is the store of a retirement as a program opens it.
func (s *stand) retired(t *testing.T) s3.Retirement { return retiredAt(t, s.url) }

func retiredAt(t *testing.T, url string) s3.Retirement {
	t.Helper()
	r, err := s3.OpenRetirement(t.Context(), releases, "cutover", "production", s3.Hurried(url))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// approvals are a state and the log of so many approvals.
func approvals(t *testing.T, n int) (retire.State, []retire.Event) {
	t.Helper()
	p := plan.Seal(plan.Plan{Format: 1, At: noon, Scope: plan.Scope{Account: "123456789012", Service: "web", Validity: 1209600}})
	s, log := retire.New(), []retire.Event(nil)
	for i := range n {
		at := noon.Add(time.Duration(i+1) * time.Second)
		a := plan.Approval{By: "kim", PlanSHA256: p.PlanSHA256, Account: "123456789012", Name: "web", At: at, Expires: at.Add(time.Hour)}
		d := retire.Decide(p, s, retire.Look{Order: &retire.Order{Kind: retire.OrderApprove, By: "kim", Approval: &a}}, at)
		if d.Refused != "" {
			t.Fatal(d.Refused)
		}
		s, log = d.State, append(log, d.Events...)
		s.Outbox = nil
	}
	return s, log
}

// A state is written only where nobody else has written since it was read; two that
// write at once are one that wins and one that hears of it.
// Shows: 5.8.4
func TestARetirementIsWrittenConditionally(t *testing.T) {
	s := newStand(t)
	r, ctx := s.retired(t), t.Context()
	if _, _, err := r.Load(ctx); !errors.Is(err, retire.ErrNone) {
		t.Fatal(err)
	}
	one, _ := approvals(t, 1)
	two, _ := approvals(t, 2)
	if _, err := r.Save(ctx, one, `"00000000000000000000000000000000"`); !errors.Is(err, retire.ErrConflict) {
		t.Errorf("on top of none: %v", err)
	}
	first, err := r.Save(ctx, one, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Save(ctx, two, ""); !errors.Is(err, retire.ErrConflict) {
		t.Errorf("a second beginning: %v", err)
	}
	if back, version, err := r.Load(ctx); err != nil || version != first || encoded(t, back) != encoded(t, one) {
		t.Errorf("%v %q %+v", err, version, back)
	}
	second, err := r.Save(ctx, two, first)
	if err != nil {
		t.Fatal(err)
	}
	// The content is as it was before; the version is not.
	third, err := r.Save(ctx, one, second)
	if err != nil || third == first {
		t.Fatalf("%q %v", third, err)
	}
	if _, err := r.Save(ctx, two, first); !errors.Is(err, retire.ErrConflict) {
		t.Errorf("on top of one with the same content: %v", err)
	}
	var both sync.WaitGroup
	var versions [2]retire.Version
	var problems [2]error
	for i, state := range []retire.State{one, two} {
		both.Go(func() { versions[i], problems[i] = r.Save(ctx, state, third) })
	}
	both.Wait()
	won := slices.Index(problems[:], nil)
	if won < 0 || !errors.Is(problems[1-won], retire.ErrConflict) {
		t.Fatalf("%v", problems)
	}
	if _, now, err := r.Load(ctx); err != nil || now != versions[won] {
		t.Fatalf("%q is not the winner's %q: %v", now, versions[won], err)
	}
}

// answerless carries a number of writes out and loses their answers.
func answerless(t *testing.T, s *stand, times int, of string) (string, *atomic.Int32) {
	t.Helper()
	var lost atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, of) && int(lost.Load()) < times {
			lost.Add(1)
			s.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		s.ServeHTTP(out, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, &lost
}

// A write whose answer is lost has happened: it is known by its own word, and no
// conflict with itself. The same of somebody else is one.
// Shows: 5.8.4
func TestALostAnswerIsNoConflict(t *testing.T) {
	s := newStand(t)
	ctx := t.Context()
	url, lost := answerless(t, s, 1, "/state.json")
	one, log := approvals(t, 2)
	version, err := retiredAt(t, url).Save(ctx, one, "")
	if err != nil || lost.Load() != 1 {
		t.Fatalf("%v, lost %d", err, lost.Load())
	}
	if _, now, err := s.retired(t).Load(ctx); err != nil || now != version {
		t.Errorf("%q is not %q: %v", now, version, err)
	}
	if _, err := s.retired(t).Save(ctx, one, ""); !errors.Is(err, retire.ErrConflict) {
		t.Errorf("the same of somebody else: %v", err)
	}
	url, lost = answerless(t, s, 2, ".json")
	if err := retiredAt(t, url).Append(ctx, log); err != nil || lost.Load() != 2 {
		t.Errorf("%v, lost %d", err, lost.Load())
	}
	if got, err := s.retired(t).Events(ctx); err != nil || encoded(t, got) != encoded(t, log) {
		t.Errorf("%v %+v", err, got)
	}
}

// A state that this version does not know is neither used nor replaced.
func TestADamagedRetirement(t *testing.T) {
	s := newStand(t)
	r, ctx := s.retired(t), t.Context()
	state, _ := approvals(t, 1)
	for name, text := range map[string]string{
		"no JSON": "{", "empty": "", "another format": `{"format":2,"step":"gate"}`, "no step": `{"format":1}`, "an unknown step": `{"format":1,"step":"explode"}`, "a list": "[]",
	} {
		t.Run(name, func(t *testing.T) {
			s.Damage(releases, retireFolder+"state.json", " "+text)
			_, version, err := r.Load(ctx)
			var f *fault.Fault
			if !errors.As(err, &f) || f.Kind != fault.Refused || f.Next == "" || version != "" {
				t.Errorf("%q, %v", version, err)
			}
			if _, err := r.Save(ctx, state, version); !errors.Is(err, retire.ErrConflict) {
				t.Errorf("it was replaced: %v", err)
			}
			if now := s.In(releases, retireFolder+"state.json"); now != " "+text {
				t.Errorf("it is now %q", now)
			}
		})
	}
}

// A log is entered once: the same again changes nothing, another event of the number
// is refused, and what was changed, taken out or put in is found.
// Shows: 5.8.12
func TestARetirementsLog(t *testing.T) {
	s := newStand(t)
	r, ctx := s.retired(t), t.Context()
	_, log := approvals(t, 4)
	for range 2 { // the second time it is a replay
		if err := r.Append(ctx, log); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := r.Events(ctx); err != nil || encoded(t, got) != encoded(t, log) {
		t.Fatalf("%v %+v", err, got)
	}
	other := log[2]
	other.Reason = "another"
	if err := r.Append(ctx, []retire.Event{other}); !contains(err, "somebody else has written event 3", "Nothing is deleted until they fit") {
		t.Errorf("%v", err)
	}
	at := func(n string) string { return retireFolder + "events/0000000" + n + ".json" }
	third := s.In(releases, at("3"))
	for name, c := range map[string]struct{ key, text, says string }{
		"changed":      {at("3"), strings.Replace(third, "kim", "tom", 1), "does not hold together"},
		"another's":    {at("3"), s.In(releases, at("2")), "holds event 2"},
		"no event":     {at("3"), "{", "is no event"},
		"taken out":    {at("3"), "", "one is missing or out of place"},
		"put in front": {at("0"), strings.Replace(third, `"sequence":3`, `"sequence":0`, 1), "does not hold together"},
	} {
		t.Run(name, func(t *testing.T) {
			s.Damage(releases, c.key, c.text)
			if _, err := r.Events(ctx); !contains(err, c.says) {
				t.Errorf("%v", err)
			}
			s.Damage(releases, at("0"), "")
			s.Damage(releases, at("3"), third)
			if _, err := r.Events(ctx); err != nil {
				t.Error(err)
			}
		})
	}
}

// Plan and kit are written once, and read back for what they are.
// Shows: 5.8.2
func TestPlanAndKit(t *testing.T) {
	s := newStand(t)
	r, ctx := s.retired(t), t.Context()
	hash := strings.Repeat("a", 64)
	for range 2 {
		if at, err := r.KeepPlan(ctx, hash, []byte("plan")); err != nil || at != "s3://releases/"+retireFolder+"plan/"+hash+".json" {
			t.Errorf("%q %v", at, err)
		}
	}
	if _, err := r.KeepPlan(ctx, hash, []byte("another")); !contains(err, "holds something else") {
		t.Errorf("%v", err)
	}
	if text, err := r.Plan(ctx, hash); err != nil || string(text) != "plan" {
		t.Errorf("%q %v", text, err)
	}
	if _, err := r.Plan(ctx, strings.Repeat("b", 64)); !errors.Is(err, s3.ErrNotFound) {
		t.Errorf("%v", err)
	}
	if _, err := r.Plan(ctx, "../state"); !contains(err, "is no hash of a plan") {
		t.Errorf("%v", err)
	}
	kit := r.Kit(hash)
	if sum, of, err := kit.Hash(ctx); sum != "" || of != "" || err != nil {
		t.Errorf("none: %q %q %v", sum, of, err)
	}
	one := []byte(`{"format":1,"plan_sha256":"` + hash + `","made":1}`)
	if err := kit.Save(ctx, hash, one); err != nil {
		t.Fatal(err)
	}
	sum, of, err := kit.Hash(ctx)
	if err != nil || len(sum) != 64 || of != hash {
		t.Errorf("%q %q %v", sum, of, err)
	}
	// A later one of the same plan is no better one.
	if err := kit.Save(ctx, hash, []byte(`{"format":1,"plan_sha256":"`+hash+`","made":2}`)); err != nil {
		t.Error(err)
	}
	if text, err := kit.Load(ctx); err != nil || string(text) != string(one) {
		t.Errorf("%s %v", text, err)
	}
	key := retireFolder + "kit/" + hash + ".json"
	s.Damage(releases, key, string(one)+" ")
	if again, _, err := kit.Hash(ctx); err != nil || again == sum {
		t.Errorf("a kit that was changed has the same hash: %v", err)
	}
	s.Damage(releases, key, "{")
	if sum, of, err := kit.Hash(ctx); sum != "" || of != "" || err != nil {
		t.Errorf("no kit: %q %q %v", sum, of, err)
	}
	if err := kit.Save(ctx, hash, one); !contains(err, "is no restore kit of this plan") {
		t.Errorf("over a damaged one: %v", err)
	}
}

// Marks that several set at once are all set; what is set already is not written.
func TestMarks(t *testing.T) {
	s := newStand(t)
	r, ctx := s.retired(t), t.Context()
	if m, err := r.Marks(ctx); err != nil || encoded(t, m) != encoded(t, s3.Marks{}) {
		t.Errorf("%+v %v", m, err)
	}
	var all sync.WaitGroup
	for _, change := range []func(*s3.Marks){
		func(m *s3.Marks) { m.Frozen = noon }, func(m *s3.Marks) { m.VerdictOff = noon },
		func(m *s3.Marks) {
			m.Archives = map[string]retire.Archive{"arn": {IndexSHA256: "x", Images: []string{"b", "a"}}}
		},
	} {
		all.Go(func() {
			if err := s.retired(t).Mark(ctx, change); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	m, err := r.Marks(ctx)
	if err != nil || !m.Frozen.Equal(noon) || !m.VerdictOff.Equal(noon) || !slices.Equal(m.Archives["arn"].Images, []string{"a", "b"}) {
		t.Errorf("%+v %v", m, err)
	}
	before := len(s.Calls())
	if err := r.Mark(ctx, func(m *s3.Marks) { m.Frozen = noon }); err != nil {
		t.Error(err)
	}
	for _, c := range s.Calls()[before:] {
		if c.Action == "s3:PutObject" {
			t.Error("it was written once more")
		}
	}
	s.Damage(releases, retireFolder+"marks.json", "{")
	if err := r.Mark(ctx, func(m *s3.Marks) { m.Frozen = noon }); !contains(err, "is not what decommission keeps there") {
		t.Errorf("%v", err)
	}
	if text := s.In(releases, retireFolder+"marks.json"); text != "{" || json.Valid([]byte(text)) {
		t.Errorf("damaged ones were written over: %q", text)
	}
}
