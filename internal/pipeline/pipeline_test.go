package pipeline

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func at(s int) time.Time { return start.Add(time.Duration(s) * time.Second) }

// job makes one that was made, began and ended so many seconds into the run.
func job(name string, created, began, ended int, steps ...Step) Job {
	return Job{Name: name, Conclusion: success, Created: at(created), Started: at(began), Ended: at(ended), Steps: steps}
}

func step(name string, from, to int) Step {
	return Step{Name: name, Conclusion: success, Started: at(from), Ended: at(to)}
}

func observed(jobs ...Job) Observation {
	return Observation{Run: Run{ID: 7, Attempt: 1, Created: start, Started: start}, Jobs: jobs, Now: at(10_000)}
}

// pathOf writes the chain with its length.
func pathOf(r Result) string {
	return fmt.Sprintf("%s %gs of %gs", strings.Join(r.CriticalPath.Stages, ","), r.CriticalPath.Seconds, r.TookSeconds)
}

func TestCriticalPath(t *testing.T) {
	for name, c := range map[string]struct {
		jobs []Job
		want string
	}{
		"none":               {nil, " 0s of 0s"},
		"one":                {[]Job{job("a", 0, 5, 10)}, "a 10s of 10s"},
		"a chain":            {[]Job{job("a", 0, 5, 10), job("b", 12, 14, 20)}, "a,b 18s of 20s"},
		"the longer branch":  {[]Job{job("a", 0, 1, 10), job("b", 0, 1, 30), job("c", 31, 32, 40)}, "b,c 39s of 40s"},
		"not the last one":   {[]Job{job("a", 0, 1, 100), job("b", 0, 99, 101)}, "b 101s of 101s"},
		"a long lone one":    {[]Job{job("a", 0, 1, 10), job("b", 11, 12, 20), job("c", 0, 1, 50)}, "c 50s of 50s"},
		"a clock a bit late": {[]Job{job("a", 0, 1, 12), job("b", 11, 14, 20)}, "a,b 20s of 20s"},
		"one that overlaps":  {[]Job{job("a", 0, 1, 14), job("b", 11, 13, 20)}, "a 14s of 20s"},
		"a queue counts":     {[]Job{job("a", 0, 50, 51), job("b", 0, 1, 20), job("c", 21, 22, 30), job("d", 52, 53, 54)}, "a,d 53s of 54s"},
		"before the run":     {[]Job{job("a", -20, -3, 10)}, "a 13s of 13s"},
	} {
		if got := pathOf(Read(observed(c.jobs...))); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// Whatever GitHub tells, the critical path is at least its longest job and at
// most the run; its shares sum up to all of it, and nothing is negative.
func TestThePathLiesBetweenJobAndRun(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 1))
		o := observed()
		o.Run.Attempt = 1 + r.IntN(2)
		o.Now = at(r.IntN(200))
		when := func() time.Time {
			if r.IntN(12) == 0 {
				return time.Time{}
			}
			return at(r.IntN(140) - 20)
		}
		for i := range r.IntN(12) {
			j := Job{Name: fmt.Sprintf("job %d", i), Created: when(), Started: when(), Ended: when(), Conclusion: []string{success, "failure", skipped, ""}[r.IntN(4)]}
			j.Steps = []Step{{Name: "s", Conclusion: success, Started: when(), Ended: when()}}
			o.Jobs = append(o.Jobs, j)
		}
		if r.IntN(3) == 0 {
			o.Reviews = []Review{{Environment: "job", Approved: true}, {Environment: "1", Approved: true}}
		}
		got := Read(o)
		shares := 0.0
		for _, s := range got.Stages {
			if s.PathShare != nil {
				shares += *s.PathShare
			}
			if s.TookSeconds != nil && !s.EarlierAttempt && *s.TookSeconds > got.CriticalPath.Seconds {
				t.Fatalf("seed %d: %s took %gs, the path %gs", seed, s.Name, *s.TookSeconds, got.CriticalPath.Seconds)
			}
			for _, n := range []*float64{s.TookSeconds, s.WaitedSeconds, s.BeganAfterSeconds, s.PathShare} {
				if n != nil && *n < 0 {
					t.Fatalf("seed %d: %+v has a negative time", seed, s)
				}
			}
		}
		if got.CriticalPath.Seconds > got.TookSeconds {
			t.Fatalf("seed %d: the path has %gs, the run %gs", seed, got.CriticalPath.Seconds, got.TookSeconds)
		}
		if got.CriticalPath.Seconds > 0 && (shares < 0.999 || shares > 1.001) {
			t.Fatalf("seed %d: the shares sum up to %g", seed, shares)
		}
		got.Document()
	}
}

func TestRunningAndWaitingJobs(t *testing.T) {
	o := observed(
		Job{Name: "runs", Created: at(0), Started: at(5), Steps: []Step{step("done", 5, 20), {Name: "under way", Started: at(20)}}},
		Job{Name: "queued", Created: at(30)},
		Job{Name: "mine", Created: at(0), Started: at(5), Runner: "r2"},
		Job{Name: "late clock", Created: at(200), Started: at(200)},
	)
	o.Now, o.Own = at(100), Own{Run: 7, Runner: "r2"}
	got := Read(o)
	if len(got.Stages) != 3 || got.TookSeconds != 200 {
		t.Fatalf("%+v", got)
	}
	runs, queued, late := got.Stages[0], got.Stages[1], got.Stages[2]
	if runs.Conclusion != running || *runs.TookSeconds != 95 || runs.LongestStep.Name != "done" {
		t.Errorf("%+v", runs)
	}
	if queued.Conclusion != waiting || queued.TookSeconds != nil || *queued.WaitedSeconds != 70 {
		t.Errorf("%+v", queued)
	}
	if *late.TookSeconds != 0 {
		t.Errorf("%+v", late)
	}
}

func TestOwnJobThatIsNotFoundIsSaid(t *testing.T) {
	o := observed(Job{Name: "a", Started: at(1)}, Job{Name: "b", Started: at(1)})
	o.Own = Own{Run: 7, Runner: "other", Job: "id"}
	if got := Read(o); len(got.Stages) != 2 || !strings.Contains(strings.Join(got.Notes, " "), "not found") {
		t.Errorf("%+v", got)
	}
}

func TestReviews(t *testing.T) {
	jobs := []Job{job("Build", 0, 5, 60), job("Deploy to production", 62, 500, 600), job("Bake production", 601, 604, 700), job("Unproduction", 62, 70, 90), job("Side", 0, 5, 300)}
	for name, c := range map[string]struct {
		reviews []Review
		want    string
	}{
		"none":           {nil, ""},
		"one":            {[]Review{{"production", "a", true}}, "Deploy to production 440"},
		"rejected":       {[]Review{{"production", "a", false}}, ""},
		"one each":       {[]Review{{"production", "a", true}, {"production", "a", true}}, "Deploy to production 440, Bake production 4"},
		"another case":   {[]Review{{"Production", "a", true}}, "Deploy to production 440"},
		"none of a name": {[]Review{{"prod", "a", true}}, ""},
		"odd characters": {[]Review{{"prod.*(", "a", true}}, ""},
	} {
		o := observed(jobs...)
		o.Reviews = c.reviews
		var got []string
		for _, s := range Read(o).Stages {
			if s.WaitedFor == forReview {
				got = append(got, fmt.Sprintf("%s %g", s.Name, *s.WaitedSeconds))
			}
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s: %v, want %s", name, got, c.want)
		}
	}
}

// A step that two caches shorten saves its time once.
func TestOneStepIsCountedOnce(t *testing.T) {
	o := observed(job("a", 0, 5, 60, step("Set-up", 6, 10)))
	before := Making{Run: Run{ID: 1}, Jobs: []Job{job("a", 0, 5, 60, step("Set-up", 6, 50))}}
	o.Entries = []Entry{{ID: 1, Key: "p-1", Ref: "r", Created: at(-500), Accessed: at(7)}, {ID: 2, Key: "q-1", Ref: "r", Created: at(-400), Accessed: at(7)}}
	o.Refs, o.Makings = []string{"r"}, map[int64]Making{1: before, 2: before}
	o.Watches = []Watch{{"p-", "Set-up"}, {"q-", "Set-up"}}
	got := Read(o)
	if *got.SavedSeconds != 40 || *got.Caches[0].SavedSeconds != 40 || *got.Caches[1].SavedSeconds != 40 {
		t.Errorf("%+v", got)
	}
}

func TestSight(t *testing.T) {
	r := Run{Started: at(0), Updated: at(100), Over: true}
	old, used, made, later := Entry{ID: 1, Key: "k-1", Ref: "own", Created: at(-90), Accessed: at(-80)},
		Entry{ID: 2, Key: "k-2", Ref: "main", Created: at(-70), Accessed: at(20)},
		Entry{ID: 3, Key: "k-3", Ref: "own", Created: at(50), Accessed: at(50)},
		Entry{ID: 4, Key: "k-4", Ref: "own", Created: at(200), Accessed: at(200)}
	for name, c := range map[string]struct {
		entries []Entry
		id      int64
		want    string
	}{
		"none":                     {nil, 0, absent},
		"another prefix":           {[]Entry{{Key: "x", Ref: "own"}}, 0, absent},
		"another branch":           {[]Entry{{Key: "k-1", Ref: "feature"}}, 0, absent},
		"an old one":               {[]Entry{old}, 1, unknown},
		"the default branch's":     {[]Entry{old, used}, 2, hit},
		"one that was made":        {[]Entry{used, made, old}, 3, miss},
		"one of a later run's own": {[]Entry{later}, 4, unknown},
	} {
		e, outcome := sight(r, c.entries, []string{"own", "main"}, Watch{"k-", "s"})
		if e.ID != c.id || outcome != c.want {
			t.Errorf("%s: %d %s, want %d %s", name, e.ID, outcome, c.id, c.want)
		}
	}
}

// broken is a GitHub of which one call fails.
type broken struct{ at string }

var errBroken = errors.New("broken")

func (b broken) fails(what string) error {
	if b.at == what {
		return errBroken
	}
	return nil
}

func (b broken) Attempt(_ context.Context, id int64, n int) (Run, error) {
	if id != 7 {
		return Run{ID: id, Attempt: 1, Created: at(-500), Started: at(-500), Updated: at(-300), Over: true}, b.fails("earlier attempt")
	}
	return Run{ID: 7, Attempt: n, Created: at(-50), Started: start}, b.fails("run")
}

func (b broken) Jobs(_ context.Context, id int64, n int) ([]Job, error) {
	return []Job{job("a", 0, 1, 10, step("s", 2, 5))}, b.fails(fmt.Sprintf("jobs of %d/%d", id, n))
}

func (b broken) Reviews(context.Context, int64) ([]Review, error) { return nil, b.fails("reviews") }
func (b broken) DefaultBranch(context.Context) (string, error)    { return "main", b.fails("branch") }

func (b broken) Caches(context.Context) ([]Entry, error) {
	return []Entry{{ID: 1, Key: "k-1", Ref: "refs/heads/main", Created: at(-400), Accessed: at(3)}}, b.fails("caches")
}

func (b broken) Runs(context.Context, string, int) ([]Run, error) {
	return []Run{{ID: 6, Attempt: 2, Created: at(-500), Started: at(-100), Updated: at(-50), Over: true}}, b.fails("runs")
}

// Whatever call fails, the report says so and tells nothing.
func TestEveryFailedCallIsAnError(t *testing.T) {
	order := Order{Run: 7, Attempt: 2, Watches: []Watch{{"k-", "s"}}}
	now := func() time.Time { return at(100) }
	for _, at := range []string{"run", "jobs of 7/2", "jobs of 7/0", "reviews", "caches", "branch", "runs", "earlier attempt", "jobs of 6/1"} {
		if _, err := Observe(t.Context(), broken{at}, order, now); !errors.Is(err, errBroken) {
			t.Errorf("%s: %v", at, err)
		}
	}
	o, err := Observe(t.Context(), broken{}, order, now)
	if err != nil {
		t.Fatal(err)
	}
	if got := Read(o); got.Caches[0].MadeByRun == nil || *got.Caches[0].MadeByRun != 6 || *got.SavedSeconds != 0 {
		t.Errorf("%+v", got.Caches)
	}
}

func TestRefs(t *testing.T) {
	for want, got := range map[string][]string{
		"refs/heads/main": refs(Order{Ref: "refs/heads/main"}, Run{Branch: "x"}, "main"),
		"refs/pull/3/merge refs/heads/dev refs/heads/main": refs(Order{Ref: "refs/pull/3/merge", Base: "dev"}, Run{}, "main"),
		"refs/pull/4/merge refs/heads/main":                refs(Order{}, Run{Pull: 4, Branch: "x"}, "main"),
		"refs/heads/v1 refs/tags/v1 refs/heads/main":       refs(Order{}, Run{Branch: "v1"}, "main"),
		"refs/heads/main refs/tags/main":                   refs(Order{}, Run{Branch: "main"}, "main"),
	} {
		if strings.Join(got, " ") != want {
			t.Errorf("%v, want %s", got, want)
		}
	}
}

func TestParseWatch(t *testing.T) {
	for text, want := range map[string]string{
		"pnpm-=Set-up": "", "  pnpm- = Set-up ": "", "go-Linux-=Build = test": "",
		"": "names no step", "pnpm-": "names no step", "=Set-up": "names no cache", "pnpm-=": "names no step behind the =",
		"a,b=c": "comma", "a\x00=b": "control", strings.Repeat("x", 513) + "=s": "longer",
	} {
		w, err := ParseWatch(text)
		if (err == nil) != (want == "") || (err != nil && !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %+v, %v", text, w, err)
		}
	}
	if w, _ := ParseWatch("go-=Build = test"); w != (Watch{"go-", "Build = test"}) {
		t.Errorf("%+v", w)
	}
}

// What is read can be written and read again, and is never half empty.
func FuzzParseWatch(f *testing.F) {
	for _, text := range []string{"pnpm-=Set-up", "=", "a=b=c", " a = b ", "a,=b", "\u00a0=\u00a0", "a\n=b"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		w, err := ParseWatch(text)
		if err != nil {
			if w != (Watch{}) {
				t.Errorf("%q: %+v with %v", text, w, err)
			}
			return
		}
		if w.Prefix == "" || w.Step == "" {
			t.Errorf("%q: %+v", text, w)
		}
		again, err := ParseWatch(w.String())
		if err != nil || again != w {
			t.Errorf("%q: %+v becomes %+v, %v", text, w, again, err)
		}
	})
}

func TestSizes(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1 kB", 183_400_212: "183.4 MB", 999_960: "1 MB", 10_000_000_000: "10 GB"} {
		if got := Size(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	for share, want := range map[float64]string{0: "0%", 0.001: "<1%", 0.5: "50%", 0.999: ">99%", 1: "100%", 1.2: "120%"} {
		if got := percent(share); got != want {
			t.Errorf("%g: %s, want %s", share, got, want)
		}
	}
}
