// Package drawing draws what a month has cost and will, and what changed in a week.
// Each picture is SVG that needs nothing else, once for a desk and once for a phone,
// light and dark. Names are strangers': they are text wherever they stand.
package drawing

import (
	"math"
	"strconv"
	"strings"

	"github.com/cutover-dev/cutover/internal/canvas"
	"github.com/cutover-dev/cutover/internal/report"
)

var frame = canvas.Frame{
	Prefix: "k-",
	Light:  "--i:#1d2433;--s:#5b6578;--p:#fff;--r:#dfe3ea;--b:#2f62d0;--good:#18794e;--bad:#c0262d",
	Dark:   "--i:#e6e9f0;--s:#9aa4b8;--p:#12161f;--r:#2c3444;--b:#7aa2f7;--good:#4cc38a;--bad:#ff6b6f",
	Style:  style,
}

const style = `.k-pic text{font-size:12.5px;fill:var(--i);font-variant-numeric:tabular-nums;paint-order:stroke;stroke:var(--p);stroke-width:4px;stroke-linejoin:round}
.k-pic .k-soft{fill:var(--s);font-size:11.5px}.k-pic .k-strong{font-weight:650}.k-pic text.k-bad{fill:var(--bad);font-weight:650}.k-pic text.k-good{fill:var(--good);font-weight:650}
.k-pic path{fill:none;stroke-linejoin:round;stroke-linecap:round}
.k-pic .k-grid{stroke:var(--r);stroke-width:1}.k-pic .k-axis{stroke:var(--s);stroke-width:1}.k-pic .k-join{stroke:var(--s);stroke-width:1;stroke-dasharray:2 3}
.k-pic .k-break{stroke:var(--p);stroke-width:4}.k-pic .k-line{stroke:var(--b);stroke-width:2.4}.k-pic .k-likely{stroke:var(--b);stroke-width:2;stroke-dasharray:5 5}.k-pic .k-limit{stroke:var(--bad);stroke-width:1.6}.k-pic .k-day{stroke:var(--bad);stroke-width:1.2;stroke-dasharray:3 4}
.k-pic path.k-under{fill:var(--b);opacity:.12}.k-pic path.k-fan{fill:var(--b);opacity:.22}.k-pic .k-over{fill:var(--bad);opacity:.06}
.k-pic .k-sum{fill:var(--b);opacity:.85}.k-pic .k-more{fill:var(--bad);opacity:.85}.k-pic .k-less{fill:var(--good);opacity:.85}
.k-pic .k-dot{fill:var(--b);stroke:var(--p);stroke-width:1.6}.k-pic .k-hit{fill:var(--bad);stroke:var(--p);stroke-width:1.6}`

// letter is about how wide one of a name is, rather more than less.
const letter = 8.0

// dot is how large one is.
const dot = 4.5

// Money writes an amount: cents below a hundred dollars.
func Money(v float64) string {
	sign := ""
	if v < 0 {
		sign, v = "−", -v
	}
	switch {
	case v == 0:
		return "$0"
	case v < 0.005:
		return sign + "< $0.01"
	case v < 99.995:
		return sign + "$" + strings.TrimSuffix(strconv.FormatFloat(v, 'f', 2, 64), ".00")
	}
	return sign + "$" + report.Grouped(int64(math.Round(v)))
}
