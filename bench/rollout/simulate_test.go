package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func scenarioNamed(t *testing.T, id string) *scenario {
	t.Helper()
	for _, c := range claims() {
		for _, s := range c.scenarios {
			if s.id == id {
				return s
			}
		}
	}
	t.Fatalf("no scenario %q", id)
	return nil
}

// The figures of the analysis that this project's judge starts from: at 60
// requests a minute and 0.3% errors, a total limit of 3 or 5 bad minutes rolls
// back every healthy phase of two hours, three in a row 38% of them.
func TestKnownFalseRollbacks(t *testing.T) {
	outcomes := simulate(scenarioNamed(t, "phase-60-calm"), peers, 400)
	for i, p := range peers {
		e := falseRollbacks.of(outcomes[i])
		switch p.Name {
		case "three in a row":
			if e.Low > 0.38 || e.High < 0.38 {
				t.Errorf("%s: %+v, want 38%%", p.Name, e)
			}
		case "Flagger, threshold 5", "Argo, failureLimit 3":
			if e.Value < 0.999 {
				t.Errorf("%s: %+v, want all", p.Name, e)
			}
		}
	}
}

func TestEveryJudgeSeesTheSameMinutes(t *testing.T) {
	s := scenarioNamed(t, "errors-2h-bursts")
	if !slices.EqualFunc(simulate(s, peers, 40), simulate(s, peers, 40), slices.Equal) {
		t.Error("two simulations differ")
	}
	// A further judge, and fewer runs, change nothing for the others.
	if !slices.Equal(simulate(s, peers[1:2], 20)[0], simulate(s, peers, 40)[1][:20]) {
		t.Error("a judge's outcomes depend on the others")
	}
}

func TestFaultsShowWhereTheyShould(t *testing.T) {
	all := make([]int, 25)
	for i := range all {
		all[i] = i
	}
	pick := func(f fault, start int) (got []int) {
		for m := range all {
			if f.active(m, start) {
				got = append(got, m)
			}
		}
		return got
	}
	if got := pick(fault{}, -1); got != nil {
		t.Errorf("nothing is wrong, yet %v", got)
	}
	if got := pick(fault{kind: moreErrors, minutes: 3}, 4); !slices.Equal(got, []int{4, 5, 6}) {
		t.Error(got)
	}
	if got := pick(fault{kind: moreErrors, ofTen: 7}, 5); !slices.Equal(got, []int{5, 6, 7, 8, 9, 10, 11, 15, 16, 17, 18, 19, 20, 21}) {
		t.Error(got)
	}
	s := scenarioNamed(t, "stops-60-calm")
	minutes := make([]Minute, s.minutes())
	if start := s.draw(newSource(1, 1), minutes); start != 20 {
		t.Errorf("starts at %d", start)
	}
	if minutes[19].Missing || !minutes[20].Missing || minutes[20].GreenRequests != 0 || minutes[119].BlueRequests == 0 {
		t.Error("traffic stops at minute 20 and on green only")
	}
}

func TestScenariosAreSound(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range claims() {
		for _, s := range c.scenarios {
			if seen[s.id] {
				t.Errorf("%s: two scenarios would see the same minutes", s.id)
			}
			seen[s.id] = true
			if s.fault.kind != nothing && len(s.phases) != 1 {
				t.Errorf("%s: a fault's start counts from its only phase's", s.id)
			}
			if s.fault.to+s.fault.minutes > s.minutes() || s.fault.from > s.fault.to {
				t.Errorf("%s: the fault lies outside", s.id)
			}
		}
	}
}

// script is a judge that says what it is told to.
type script struct {
	minute, end Verdict
	phases      *int
}

func (s script) NextPhase(Phase)       { *s.phases++ }
func (s script) Minute(Minute) Verdict { return s.minute }
func (s script) End() Verdict          { return s.end }
func (s script) Reported() bool        { return true }

func TestJudgeRun(t *testing.T) {
	phases := []Phase{phase(3, 0.1), phase(2, 0.5)}
	for _, c := range []struct {
		minute, end Verdict
		want        outcome
		phases      int
	}{
		{Continue, Promote, outcome{rollback: -1, start: 1}, 2},
		{Hold, Promote, outcome{rollback: -1, start: 1}, 2},
		{Continue, Hold, outcome{rollback: -1, start: 1, held: true}, 2}, // a person waves it on
		{Continue, Continue, outcome{rollback: -1, start: 1, held: true}, 2},
		{Continue, Rollback, outcome{rollback: 2, start: 1}, 1},
		{Rollback, Promote, outcome{rollback: 0, start: 1}, 1},
	} {
		began := 0
		c.want.reported = true
		got := judgeRun(script{c.minute, c.end, &began}, phases, make([]Minute, 5), 1)
		if got != c.want || began != c.phases {
			t.Errorf("%v, %v: %+v after %d phases, want %+v after %d", c.minute, c.end, got, began, c.want, c.phases)
		}
	}
}

func TestCommand(t *testing.T) {
	folder := t.TempDir()
	svg, file := filepath.Join(folder, "a.svg"), filepath.Join(folder, "a.json")
	var out bytes.Buffer
	if err := run([]string{"-runs", "3", "-svg", svg, "-json", file}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, c := range claims() {
		if !strings.Contains(out.String(), c.title) {
			t.Errorf("no table for %q", c.title)
		}
	}
	picture, err := os.ReadFile(svg)
	if err != nil {
		t.Fatal(err)
	}
	for d := xml.NewDecoder(bytes.NewReader(picture)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("the plot is no XML: %v", err)
		}
	}
	if want := 2 * len(peers) * len(panels()); strings.Count(string(picture), "<circle")+strings.Count(string(picture), "no run still going</text>") != want+2 {
		t.Errorf("the plot has not the %d marks of all judges", want)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Figures []figureJSON }
	if err := json.Unmarshal(data, &got); err != nil || len(got.Figures) == 0 {
		t.Errorf("figures: %d, %v", len(got.Figures), err)
	}
	for _, args := range [][]string{{"-runs", "0"}, {"more"}, {"-nonsense"}} {
		if err := run(args, io.Discard, io.Discard); err == nil {
			t.Errorf("%q is accepted", args)
		}
	}
}
