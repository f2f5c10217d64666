package bake_test

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/bake"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/verdict"
)

func TestParseCheck(t *testing.T) {
	for text, want := range map[string]string{
		"/health":                           `{"Method":"GET","Path":"/health","Status":200,"Members":null,"Text":"/health"}`,
		" HEAD  /a?b=c 204 ":                `{"Method":"HEAD","Path":"/a?b=c","Status":204,"Members":null,"Text":"HEAD /a?b=c 204"}`,
		"/health 200 status=ok build.a=b=c": `{"Method":"GET","Path":"/health","Status":200,"Members":[{"Path":"status","Value":"ok"},{"Path":"build.a","Value":"b=c"}],"Text":"/health 200 status=ok build.a=b=c"}`,
		"/h commit=abc":                     `{"Method":"GET","Path":"/h","Status":200,"Members":[{"Path":"commit","Value":"abc"}],"Text":"/h commit=abc"}`,
	} {
		c, err := bake.ParseCheck(text)
		got, _ := json.Marshal(c)
		if err != nil || string(got) != want {
			t.Errorf("%q: %v, %s", text, err, got)
		}
	}
	for text, what := range map[string]string{
		"":              "no path",
		"POST /mocs":    "neither a path",
		"GET":           "no path",
		"GET health":    "no path",
		"//evil":        "no path",
		"/a#b":          "no path",
		"/a 99":         "no status",
		"/a ok":         "no status",
		"/a 200 =b":     "where a member",
		"/a 200 b":      "where a member",
		"HEAD /a a=b":   "HEAD for members",
		"https://a.b/c": "neither a path",
	} {
		if _, err := bake.ParseCheck(text); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), what) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzParseCheck(f *testing.F) {
	f.Add("GET /health 200 a=b")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := bake.ParseCheck(text)
		if err != nil {
			return
		}
		// What was read is written so that it reads the same again.
		again, err := bake.ParseCheck(c.Text)
		one, _ := json.Marshal(c)
		two, _ := json.Marshal(again)
		if err != nil || string(one) != string(two) || !strings.HasPrefix(c.Path, "/") || c.Method != http.MethodGet && c.Method != http.MethodHead {
			t.Errorf("%q: %s, then %s (%v)", text, one, two, err)
		}
	})
}

func TestHold(t *testing.T) {
	c, err := bake.ParseCheck("/health 200 status=ok build.number=7")
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct {
		answer bake.Answer
		want   string
	}{
		"right":          {bake.Answer{Status: 200, Body: []byte(`{"status":"ok","build":{"number":7}}`)}, ""},
		"no answer":      {bake.Answer{Failed: "did not answer"}, "did not answer"},
		"status":         {bake.Answer{Status: 503, Body: []byte(`{"status":"ok"}`)}, "answered 503, not 200"},
		"no JSON":        {bake.Answer{Status: 200, Body: []byte(`<html>`)}, "no JSON"},
		"no member":      {bake.Answer{Status: 200, Body: []byte(`{"status":"ok","build":7}`)}, "has no build.number"},
		"another value":  {bake.Answer{Status: 200, Body: []byte(`{"status":"down","build":{"number":7}}`)}, "status is down, not ok"},
		"a long one":     {bake.Answer{Status: 200, Body: []byte(`{"status":"` + strings.Repeat("x", 500) + `"}`)}, "…"},
		"an empty body":  {bake.Answer{Status: 200}, "no JSON"},
		"another number": {bake.Answer{Status: 200, Body: []byte(`{"status":"ok","build":{"number":8}}`)}, "build.number is 8, not 7"},
	} {
		got := c.Hold(x.answer)
		if x.want == "" && got != "" || !strings.Contains(got, x.want) || len(got) > 150 {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// stage is a deployed API with alarms, in virtual time: what it shows at each
// second is said by its functions.
type stage struct {
	now    time.Time
	begin  time.Time
	answer func(s int) bake.Answer
	alarms func(s int) ([]bake.Alarm, error)
	looks  int
	stop   int // the look after which the context ends, 0 for never
	cancel context.CancelCauseFunc
}

func (s *stage) Now() time.Time { return s.now }

func (s *stage) Wait(ctx context.Context, d time.Duration) error {
	s.now = s.now.Add(d)
	return context.Cause(ctx)
}

func (s *stage) second() int { return int(s.now.Sub(s.begin).Seconds()) }

func (s *stage) Probe(context.Context, string, string) bake.Answer {
	if s.looks++; s.looks == s.stop {
		s.cancel(errors.New("cancelled"))
	}
	return s.answer(s.second())
}

func (s *stage) Alarms(context.Context, []string) ([]bake.Alarm, error) { return s.alarms(s.second()) }

func ok(int) bake.Answer { return bake.Answer{Status: 200} }

func quiet(int) ([]bake.Alarm, error) { return []bake.Alarm{{Name: "errors", State: "OK"}}, nil }

var start = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)

func (s *stage) run(t *testing.T, alarms ...string) (bake.Result, error) {
	t.Helper()
	check, err := bake.ParseCheck("/health")
	if err != nil {
		t.Fatal(err)
	}
	s.now, s.begin = start, start
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	s.cancel = cancel
	w, err := bake.Run(ctx, bake.Ports{Prober: s, Alarms: s, Clock: s, Looked: func(w *bake.Watch) {
		if w.Progress() == "" {
			t.Error("no progress is told")
		}
	}}, bake.Policy{Settle: time.Minute, For: 10 * time.Minute, Every: 15 * time.Second, Misses: 3, Checks: []bake.Check{check}, Alarms: alarms})
	return w.Result("production", "https://api.example.com"), err
}

// Shows: 5.4.6
func TestRun(t *testing.T) {
	for name, c := range map[string]struct {
		stage  stage
		alarms []string
		want   verdict.Verdict
		reason string
		lead   string
		// after is when it ended, in seconds.
		after float64
	}{
		"quiet":          {stage{answer: ok, alarms: quiet}, []string{"errors"}, verdict.Pass, "quiet", "quiet for 10 min", 600},
		"without alarms": {stage{answer: ok}, nil, verdict.Pass, "quiet", "", 600},
		"a cold start": {stage{answer: func(s int) bake.Answer {
			if s < 20 {
				return bake.Answer{Failed: "did not answer in time"}
			}
			return bake.Answer{Status: 200}
		}, alarms: quiet}, []string{"errors"}, verdict.Pass, "quiet", "", 620},
		"never right": {stage{answer: func(int) bake.Answer { return bake.Answer{Status: 500} }, alarms: quiet}, []string{"errors"}, verdict.Fail, "smoke", "answered 500, not 200", 60},
		"wrong once and twice": {stage{answer: func(s int) bake.Answer {
			if s == 60 || s == 300 || s == 315 {
				return bake.Answer{Status: 502}
			}
			return bake.Answer{Status: 200}
		}, alarms: quiet}, []string{"errors"}, verdict.Pass, "quiet", "", 600},
		"wrong for good": {stage{answer: func(s int) bake.Answer {
			if s >= 300 {
				return bake.Answer{Status: 502}
			}
			return bake.Answer{Status: 200}
		}, alarms: quiet}, []string{"errors"}, verdict.Fail, "check", "wrong 3 times in a row", 330},
		"an alarm goes off": {stage{answer: ok, alarms: func(s int) ([]bake.Alarm, error) {
			if s >= 400 {
				return []bake.Alarm{{Name: "errors", State: "ALARM", Reason: "Threshold Crossed"}}, nil
			}
			return quiet(s)
		}}, []string{"errors"}, verdict.Fail, "alarm", "errors went off: Threshold Crossed", 405},
		"an alarm while it settles": {stage{answer: func(int) bake.Answer { return bake.Answer{Status: 500} }, alarms: func(int) ([]bake.Alarm, error) {
			return []bake.Alarm{{Name: "errors", State: "ALARM"}}, nil
		}}, []string{"errors"}, verdict.Fail, "alarm", "gives no reason", 0},
		"an alarm that does not exist": {stage{answer: ok, alarms: quiet}, []string{"errors", "eror"}, verdict.Fail, "no-alarm", "There is no alarm eror", 0},
		"an alarm without data": {stage{answer: ok, alarms: func(int) ([]bake.Alarm, error) {
			return []bake.Alarm{{Name: "errors", State: "INSUFFICIENT_DATA"}}, nil
		}}, []string{"errors"}, verdict.Inconclusive, "unproven", "INSUFFICIENT_DATA", 600},
		"an alarm whose data come late": {stage{answer: ok, alarms: func(s int) ([]bake.Alarm, error) {
			if s < 500 {
				return []bake.Alarm{{Name: "errors", State: "INSUFFICIENT_DATA"}}, nil
			}
			return quiet(s)
		}}, []string{"errors"}, verdict.Pass, "quiet", "", 600},
		"alarms that cannot be read": {stage{answer: ok, alarms: func(int) ([]bake.Alarm, error) { return nil, errors.New("access denied") }}, []string{"errors"}, verdict.Inconclusive, "unproven", "access denied", 600},
		"alarms that cannot be read at the end": {stage{answer: ok, alarms: func(s int) ([]bake.Alarm, error) {
			if s > 500 {
				return nil, errors.New("throttled")
			}
			return quiet(s)
		}}, []string{"errors"}, verdict.Inconclusive, "unproven", "throttled", 600},
		"alarms that cannot be read for a moment": {stage{answer: ok, alarms: func(s int) ([]bake.Alarm, error) {
			if s > 100 && s < 300 {
				return nil, errors.New("throttled")
			}
			return quiet(s)
		}}, []string{"errors"}, verdict.Pass, "quiet", "", 600},
	} {
		r, err := c.stage.run(t, c.alarms...)
		if err != nil || r.Verdict != c.want || r.Reason != c.reason || !strings.Contains(r.Lead, c.lead) || r.SettledSeconds+r.BakedSeconds != c.after && r.BakedSeconds > 0 {
			t.Errorf("%s: %v, %+v", name, err, r)
		}
		if at := c.stage.now.Sub(start).Seconds(); at != c.after {
			t.Errorf("%s: it ended after %v s", name, at)
		}
	}
}

// A watch that is broken off says nothing.
func TestCancelled(t *testing.T) {
	s := stage{answer: ok, alarms: quiet, stop: 5}
	r, err := s.run(t, "errors")
	if err == nil || r.Verdict != verdict.Inconclusive || r.Reason != "cancelled" || s.looks != 5 {
		t.Errorf("%v, %+v after %d looks", err, r, s.looks)
	}
}

// Whatever happens: it passes only if at no look an alarm was on, none was
// wrong at the end, and the time was up.
func TestNothingPassesUnproven(t *testing.T) {
	states := []string{"OK", "OK", "OK", "OK", "OK", "OK", "OK", "OK", "ALARM", "INSUFFICIENT_DATA"}
	passed := 0
	for seed := range uint64(2000) {
		// One for each of the two that are asked at the same time.
		random, other := rand.New(rand.NewPCG(seed, 1)), rand.New(rand.NewPCG(seed, 2))
		calm := random.IntN(2) == 0 // half of them have little trouble
		var seen []string
		var wrong int
		s := stage{answer: func(int) bake.Answer {
			if random.IntN(100) < 3 && !calm {
				wrong++
				return bake.Answer{Status: 500}
			}
			wrong = 0
			return bake.Answer{Status: 200}
		}, alarms: func(int) ([]bake.Alarm, error) {
			state := states[other.IntN(len(states))]
			if calm || other.IntN(10) > 0 {
				state = "OK"
			}
			if other.IntN(20) == 0 {
				seen = append(seen, "unread")
				return nil, errors.New("throttled")
			}
			seen = append(seen, state)
			return []bake.Alarm{{Name: "errors", State: state}}, nil
		}}
		r, err := s.run(t, "errors")
		if err != nil {
			t.Fatal(err)
		}
		if r.Verdict != verdict.Pass {
			continue
		}
		passed++
		last := ""
		for _, state := range seen {
			if state == "ALARM" {
				t.Fatalf("seed %d: it passed although the alarm was on: %v", seed, seen)
			}
			if state != "unread" {
				last = state
			}
		}
		if last != "OK" || wrong >= 3 || r.BakedSeconds < 600 {
			t.Fatalf("seed %d: it passed with %s, %d wrong, after %v s", seed, last, wrong, r.BakedSeconds)
		}
	}
	if passed < 200 || passed > 1900 {
		t.Errorf("%d of 2000 passed: this test shows little", passed)
	}
}
