package main

import (
	"slices"
	"testing"
)

// The letters of a hand-made sequence, each a minute of 100 green requests.
var letters = map[rune]Minute{
	'.': {GreenRequests: 100, BlueRequests: 100},
	'!': {GreenRequests: 100, GreenErrors: 1, GreenSlow: 5, BlueRequests: 100}, // at both limits
	'e': {GreenRequests: 100, GreenErrors: 2, BlueRequests: 100},
	's': {GreenRequests: 100, GreenSlow: 6, BlueRequests: 100},
	'b': {GreenRequests: 100, GreenErrors: 2, GreenSlow: 6, BlueRequests: 100}, // both objectives
	'0': {BlueRequests: 100},
	'm': {BlueRequests: 100, Missing: true},
	'-': {GreenRequests: 100, Missing: true, BlueRequests: 100}, // late data, a count without worth
}

// play shows phases of hand-made minutes and says which minute was rolled
// back, counted over all phases; -1 is none, -2 a hold.
func play(j Judge, weight float64, phases ...string) int {
	at := 0
	for _, minutes := range phases {
		j.NextPhase(phase(len(minutes), weight))
		for n, c := range minutes {
			m := letters[c]
			m.N = n
			if j.Minute(m) == Rollback {
				return at
			}
			at++
		}
		switch j.End() {
		case Rollback:
			return at - 1
		case Hold:
			return -2
		case Promote, Continue:
		}
	}
	return -1
}

func TestRules(t *testing.T) {
	argoOf := func(limit int) func() Judge { return func() Judge { return &argo{failureLimit: limit} } }
	flaggerOf := func(threshold int) func() Judge { return func() Judge { return &flagger{threshold: threshold} } }
	row := func(length int) func() Judge { return func() Judge { return &streak{length: length} } }
	for _, c := range []struct {
		name   string
		judge  func() Judge
		phases []string
		want   int
	}{
		{"any minute: at the limit is kept", row(1), []string{"!!!!"}, -1},
		{"any minute: errors", row(1), []string{"..e."}, 2},
		{"any minute: slow", row(1), []string{"...s"}, 3},
		{"any minute: no data says nothing", row(1), []string{".mmm000"}, -1},
		{"any minute: a missing minute's count does not count", row(1), []string{"--"}, -1},
		{"three in a row: two are not enough", row(3), []string{"ee.ee.ee"}, -1},
		{"three in a row: the third", row(3), []string{".eee"}, 3},
		{"three in a row: of one objective", row(3), []string{"eeseses"}, -1},
		{"three in a row: missing data does not break it", row(3), []string{"eemmme"}, 5},
		{"three in a row: a new phase does", row(3), []string{"..ee", "e..."}, -1},

		{"flagger: in total, not in a row", flaggerOf(5), []string{"e.e.e.e.e.."}, 9},
		{"flagger: the threshold acts at the next run", flaggerOf(2), []string{"ee."}, 2},
		{"flagger: reached in the last minute", flaggerOf(2), []string{"..ee"}, 3},
		{"flagger: below the threshold", flaggerOf(5), []string{"e.e.e.e"}, -1},
		{"flagger: the next weight does not reset", flaggerOf(2), []string{"e...", ".e.."}, 6},
		{"flagger: both metrics are one check", flaggerOf(2), []string{"b..."}, -1},
		{"flagger: either metric counts", flaggerOf(2), []string{"es.."}, 2},
		{"flagger: no values found is a failed check", flaggerOf(5), []string{"..mmmmmm"}, 7},
		{"flagger: 0/0 too", flaggerOf(5), []string{"..000000"}, 7},
		{"flagger: the default of 1", flaggerOf(1), []string{".e.."}, 2},

		{"argo: the limit itself is allowed", argoOf(3), []string{"e.e.e..."}, -1},
		{"argo: one more is not", argoOf(3), []string{"e.e.e.e."}, 6},
		{"argo: metrics count apart", argoOf(3), []string{"eeesss.."}, -1},
		{"argo: both at once count for each", argoOf(3), []string{"bbbb"}, 3},
		{"argo: the next weight does not reset", argoOf(3), []string{"eee.", "e..."}, 4},
		{"argo: an empty result errors within the minute", argoOf(3), []string{"...m"}, 3},
		{"argo: 0/0 is a failure, not an error", argoOf(3), []string{"0000"}, 3},
		{"argo: the default of 0", argoOf(0), []string{"..e."}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := play(c.judge(), 0.1, c.phases...); got != c.want {
				t.Errorf("%q: rolled back at %d, want %d", c.phases, got, c.want)
			}
		})
	}
}

func TestKayentaJudgesByInterval(t *testing.T) {
	long := func(healthy, faulty int, c rune) string {
		return string(slices.Concat(slices.Repeat([]rune{'.'}, healthy), slices.Repeat([]rune{c}, faulty)))
	}
	for _, c := range []struct {
		name   string
		weight float64
		phases []string
		want   int
	}{
		{"identical sides pass", 0.5, []string{long(120, 0, '.')}, -1},
		{"errors are seen at the interval's end only", 0.5, []string{long(0, 120, 'e')}, 59},
		{"latency alone makes the score 50", 0.5, []string{long(0, 120, 's')}, 59},
		{"a phase shorter than the interval is one judgement", 0.5, []string{long(0, 20, 'e')}, 19},
		{"late errors drown in the healthy minutes before", 0.5, []string{long(115, 5, 'e')}, -1},
		{"the next weight starts afresh", 0.5, []string{long(115, 5, 'e'), long(0, 60, 'e')}, 179},
		{"no data at all fails", 0.1, []string{long(0, 60, 'm')}, 59},
		{"no data since minute 20 does not", 0.1, []string{long(20, 100, 'm')}, -1},
		{"0/0 is no data", 0.1, []string{long(0, 60, '0')}, 59},
		{"without a baseline nothing is judged", 1, []string{long(0, 120, 'e')}, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := play(newKayenta(), c.weight, c.phases...); got != c.want {
				t.Errorf("rolled back at %d, want %d", got, c.want)
			}
		})
	}
}
