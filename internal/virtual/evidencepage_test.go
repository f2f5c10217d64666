package virtual_test

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/rollout/evidence"
	"github.com/cutover-dev/cutover/internal/sim"
	"github.com/cutover-dev/cutover/internal/virtual"
)

var update = flag.Bool("update", false, "write the page's figures and pictures anew")

// The page that explains the evidence quotes no figure by hand: each block is
// made here, from the tests that judge and from simulated minutes.
const evidencePage = "../../docs/evidence.md"

// What the examples of the page are: a usual API at night.
const (
	perMinute = 60
	usual     = 0.003
	allowed   = evidence.Limit(0.01)
	alpha     = 0.01
	beta      = 0.05
	phase     = 120
)

// minutes draws errors of so many minutes of a release with that share of them.
func minutes(r *rand.Rand, n int, share func(minute int) float64) []float64 {
	bad := make([]float64, n)
	for i := range bad {
		for range perMinute {
			if r.Float64() < share(i) {
				bad[i]++
			}
		}
	}
	return bad
}

func healthy(int) float64 { return usual }

// source is the one of run n: figures come out the same everywhere.
func source(n int) *rand.Rand { return rand.New(rand.NewPCG(5, uint64(n))) }

// loud says in which minutes the usual rule sees too many errors.
func loud(bad float64) bool { return bad/perMinute > float64(allowed) }

// noise plays healthy phases to the usual rules, and to ours.
func noise() string {
	const runs = 2000
	total3, total5, streak, ours := 0, 0, 0, 0
	for n := range runs {
		over, row, three := 0, 0, false
		change := evidence.NewChange(1800)
		broken := false
		for _, bad := range minutes(source(n), phase, healthy) {
			row++
			if loud(bad) {
				over++
			} else {
				row = 0
			}
			three = three || row >= 3
			change.Add(allowed, bad, perMinute, evidence.Threshold(alpha))
			broken = broken || change.Log() >= evidence.Threshold(alpha)
		}
		total3, total5 = total3+one(over >= 3), total5+one(over >= 5)
		streak, ours = streak+one(three), ours+one(broken)
	}
	share := func(n int) string { return fmt.Sprintf("%.1f%%", 100*float64(n)/runs) }
	return table("rule, on the error rate of each minute", "healthy phases rolled back",
		[]string{"above 1% in any three minutes", share(total3)}, []string{"above 1% in any five minutes", share(total5)},
		[]string{"above 1% three minutes in a row", share(streak)}, []string{"counts of requests, test A′", share(ours)}) +
		fmt.Sprintf("\n%d simulated phases of %d minutes, %d requests a minute, %.1f%% errors, which is well inside the limit of 1%%.\n", runs, phase, perMinute, 100*usual)
}

func one(is bool) int {
	if is {
		return 1
	}
	return 0
}

// proof says how many requests prove a limit kept.
func proof() string {
	var rows [][]string
	for _, errors := range []float64{0, 1, 2, 5, 10} {
		row := []string{fmt.Sprint(errors)}
		for _, limit := range []evidence.Limit{0.01, 0.05} {
			n := errors
			for limit.LogPass(errors, n) < evidence.Threshold(beta) {
				n++
			}
			row = append(row, fmt.Sprintf("%.0f", n))
		}
		rows = append(rows, row)
	}
	return table3("errors seen", "requests that prove at most 1%", "requests that prove at most 5%", rows...)
}

// broken says how many errors show a limit broken.
func broken() string {
	var rows [][]string
	for _, n := range []float64{100, 300, 1000, 3000} {
		bad := 0.0
		for allowed.LogFail(bad, n) < evidence.Threshold(alpha) {
			bad++
		}
		rows = append(rows, []string{fmt.Sprintf("%.0f", n), fmt.Sprintf("%.0f", bad), fmt.Sprintf("%.1f%%", 100*bad/n)})
	}
	return table3("requests", "errors that show a limit of 1% broken", "which is", rows...)
}

// needed says what an inconclusive phase still waits for.
func needed() string {
	var rows [][]string
	for _, seen := range [][2]float64{{0, 100}, {0, 400}, {1, 400}, {3, 1000}, {6, 1000}, {9, 1000}, {12, 1000}} {
		more, ever := allowed.MoreNeeded(seen[0], seen[1], beta)
		text := fmt.Sprintf("%d more, %s at %d a minute", more, report.Seconds(time.Duration(more)*time.Minute/perMinute), perMinute)
		switch {
		case !ever:
			text = "never: the rate is not below the limit"
		case more == 0:
			text = "proved"
		}
		rows = append(rows, []string{fmt.Sprintf("%.0f of %.0f", seen[0], seen[1]), fmt.Sprintf("%.1f%%", 100*seen[0]/seen[1]), text})
	}
	return table3("errors seen", "rate", "what settles a limit of 1%", rows...)
}

// late breaks a release in its fourth hour, and asks ten times the certainty of it.
func late() string {
	usually, sure := found(alpha), found(alpha/10)
	return fmt.Sprintf("Errors rise from %.1f%% to 5%% in minute %d: found in %d of %d runs, after %d minutes in the middle case and %d in nine of ten. With an alpha ten times as strict: %d and %d minutes.\n",
		100*usual, breaks, len(usually), breaking, usually[len(usually)/2], usually[len(usually)*9/10], sure[len(sure)/2], sure[len(sure)*9/10])
}

// breaks is the minute in which releases break, breaking how many do.
const breaks, breaking = 200, 200

// found is after how many minutes each break is found, in order.
func found(alpha float64) []int {
	var took []int
	for n := range breaking {
		change := evidence.NewChange(1800)
		for minute, bad := range minutes(source(n), breaks+60, func(m int) float64 {
			if m >= breaks {
				return 0.05
			}
			return usual
		}) {
			change.Add(allowed, bad, perMinute, evidence.Threshold(alpha))
			if change.Log() >= evidence.Threshold(alpha) {
				took = append(took, minute-breaks+1)
				break
			}
		}
	}
	slices.Sort(took)
	return took
}

// spent says what is left of α.
func spent() string {
	var rows [][]string
	for epoch := 1; epoch <= 4; epoch++ {
		a := evidence.Spend(alpha, epoch, 2)
		rows = append(rows, []string{fmt.Sprint(epoch), fmt.Sprintf("%.4f%%", 100*a), fmt.Sprintf("%.0f", 1/a)})
	}
	return table3("attempt or epoch", "α of each of two objectives", "evidence needed, 1/α", rows...)
}

func table(a, b string, rows ...[]string) string {
	return fmt.Sprintf("| %s | %s |\n| :--- | ---: |\n", a, b) + lines(rows)
}

func table3(a, b, c string, rows ...[]string) string {
	return fmt.Sprintf("| %s | %s | %s |\n| ---: | ---: | ---: |\n", a, b, c) + lines(rows)
}

func lines(rows [][]string) string {
	var b strings.Builder
	for _, r := range rows {
		b.WriteString("| " + strings.Join(r, " | ") + " |\n")
	}
	return b.String()
}

var madeBlock = regexp.MustCompile(`(?ms)^<!-- generated: (\w+) -->\n.*?^<!-- end -->$`)

func TestTheEvidencePageQuotesWhatIsReckoned(t *testing.T) {
	made := map[string]func() string{"noise": noise, "proof": proof, "broken": broken, "needed": needed, "late": late, "spent": spent}
	text, err := os.ReadFile(evidencePage)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	now := madeBlock.ReplaceAllStringFunc(string(text), func(block string) string {
		name := madeBlock.FindStringSubmatch(block)[1]
		seen[name] = true
		if made[name] == nil {
			t.Errorf("nobody makes the block %s", name)
			return block
		}
		return "<!-- generated: " + name + " -->\n" + made[name]() + "<!-- end -->"
	})
	for name := range made {
		if !seen[name] {
			t.Errorf("the page does not show %s", name)
		}
	}
	keep(t, evidencePage, []byte(now), text)
	// Whatever stands outside of the blocks quotes no share: it would be typed by
	// hand and go stale.
	bare := madeBlock.ReplaceAllString(now, "")
	if typed := regexp.MustCompile(`\d+(\.\d+)?%`).FindAllString(bare, -1); len(slices.DeleteFunc(typed, func(s string) bool { return s == "1%" || s == "95%" || s == "5%" || s == "100%" })) > 0 {
		t.Errorf("shares typed by hand: %v", typed)
	}
}

// keep holds a file to what is made now.
func keep(t *testing.T, path string, now, there []byte) {
	t.Helper()
	if bytes.Equal(now, there) {
		return
	}
	if !*update {
		t.Errorf("%s is not what is made now; run make generate", path)
		return
	}
	if err := os.WriteFile(path, now, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestTheEvidencePagesPictures(t *testing.T) {
	policy, err := virtual.DefaultPolicy()
	if err != nil {
		t.Fatal(err)
	}
	scenario, err := sim.Find("error-regression")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range virtual.Rehearse(t.Context(), policy, scenario, 7, true).Story(7).Document().Blocks {
		if c, is := block.(report.Chart); is && c.Caption == "Evidence that green breaks a limit" {
			picture(t, "evidence-break", report.Picture(c))
		}
	}
	picture(t, "evidence-noise", report.Picture(noisy()))
	for _, name := range []string{"evidence-break", "evidence-noise"} {
		if text, _ := os.ReadFile(evidencePage); !bytes.Contains(text, []byte("(pictures/"+name+".svg)")) {
			t.Errorf("the page does not show %s", name)
		}
	}
}

func picture(t *testing.T, name string, now []byte) {
	t.Helper()
	path := "../../docs/pictures/" + name + ".svg"
	if err := os.MkdirAll("../../docs/pictures", 0o755); err != nil {
		t.Fatal(err)
	}
	there, _ := os.ReadFile(path)
	keep(t, path, now, there)
}

// noisy draws the errors of a healthy phase beside the limit.
func noisy() report.Chart {
	start := time.Date(2026, 5, 4, 1, 0, 0, 0, time.UTC)
	s := report.Series{Name: "errors of each minute", Side: report.Green}
	all := report.Series{Name: "errors since the beginning", Tone: report.Plain}
	sum := 0.0
	for i, bad := range minutes(source(1), phase, healthy) {
		sum += bad
		at := start.Add(time.Duration(i) * time.Minute)
		s.Points = append(s.Points, report.Point{At: at, Value: 100 * bad / perMinute})
		all.Points = append(all.Points, report.Point{At: at, Value: 100 * sum / float64((i+1)*perMinute)})
	}
	return report.Chart{
		Caption: "A healthy release, minute by minute", Unit: "%", Start: start, End: start.Add(phase * time.Minute),
		Series: []report.Series{s, all}, Limits: []report.Limit{{Label: "limit", Value: 100 * float64(allowed)}},
	}
}
