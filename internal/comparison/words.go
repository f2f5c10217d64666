package comparison

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/cutover-dev/cutover/internal/report"
)

// round keeps six digits: what is beyond them is no measurement, and differs
// from machine to machine.
func round(f float64) float64 {
	r, _ := strconv.ParseFloat(strconv.FormatFloat(f, 'g', 6, 64), 64)
	return r
}

// known is a figure, or nil if it is none.
func known(f float64) *float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	r := round(f)
	return &r
}

// positive is a figure for which 0 says that it is not known.
func positive(f float64) *float64 {
	if f <= 0 {
		return nil
	}
	return known(f)
}

func percent(part, of int64) float64 { return 100 * float64(part) / float64(of) }

// sentence ends with a full stop.
func sentence(s string) string { return strings.TrimRight(s, ". ") + "." }

// millis writes milliseconds as people do.
func millis(ms *float64) string {
	switch {
	case ms == nil:
		return "an unknown time"
	case *ms >= 1000:
		return report.Number(*ms/1000) + " s"
	case *ms >= 100:
		return strconv.FormatFloat(*ms, 'f', 0, 64) + " ms"
	case *ms >= 10:
		return strings.TrimSuffix(strconv.FormatFloat(*ms, 'f', 1, 64), ".0") + " ms"
	}
	return report.Number(*ms) + " ms"
}

// value writes a figure in its unit.
func (f Figure) value(v *float64) string {
	if v == nil {
		return "?"
	}
	switch f.Unit {
	case "ms":
		return millis(v)
	case "$":
		return dollars(*v)
	case "%":
		return fine(*v) + "%"
	case "×":
		return "× " + strconv.FormatFloat(*v, 'f', 2, 64)
	case "requests a month":
		return millions(*v)
	}
	return report.Number(*v) + " " + f.Unit
}

// fine writes a percentage with two digits that say something.
func fine(v float64) string {
	if a := math.Abs(v); a > 0 && a < 1 {
		return strconv.FormatFloat(v, 'g', 2, 64)
	}
	return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
}

// ends writes the interval into a sentence.
func (f Figure) ends() string {
	switch {
	case f.Low == nil && f.High == nil:
		return "nothing bounds it"
	case f.Low == nil:
		return "at most " + f.value(f.High)
	case f.High == nil:
		return "at least " + f.value(f.Low)
	}
	return fmt.Sprintf("between %s and %s", f.value(f.Low), f.value(f.High))
}

// span writes the interval into a table.
func (f Figure) span() string {
	switch {
	case f.Low == nil && f.High == nil:
		return ""
	case f.Low == nil:
		return "≤ " + f.value(f.High)
	case f.High == nil:
		return "≥ " + f.value(f.Low)
	}
	return f.value(f.Low) + " – " + f.value(f.High)
}

// dollars writes an amount: cents below a hundred dollars.
func dollars(v float64) string {
	sign := ""
	if v < 0 {
		sign, v = "−", -v
	}
	if v < 100 {
		return sign + "$" + strconv.FormatFloat(v, 'f', 2, 64)
	}
	return sign + "$" + report.Grouped(int64(math.Round(v)))
}

// millions writes a traffic.
func millions(requests float64) string {
	switch {
	case requests >= 1e9:
		return report.Number(requests/1e9) + " bn"
	case requests >= 1e5:
		return report.Number(requests/1e6) + " M"
	}
	return report.Grouped(int64(math.Round(requests)))
}

// floor1 promises no more than is true: one digit, rounded down.
func floor1(f float64) float64 { return math.Floor(f*10) / 10 }

// positiveInf is a figure, or infinite where it is not known.
func positiveInf(f *float64) float64 {
	if f == nil {
		return math.Inf(1)
	}
	return *f
}
