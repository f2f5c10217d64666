package recommend

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/cost/price"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Settings say when data are enough, and what is wanted. What is zero has the
// default that stands with it.
type Settings struct {
	// LeastDays is how long the window must be (7), LeastRuns how many runs at one
	// memory size say something (1,000).
	LeastDays int
	LeastRuns int64
	// Margin is how much more memory than any run has used a function keeps, in
	// percent (125).
	Margin int
	// Least is the yearly saving below which nothing is said ($1).
	Least unit.Money
	// Retention is for how many days log lines are wanted (30).
	Retention int
	// P95 is the latency that must hold, in milliseconds; without one a size may be
	// a tenth slower than the one of today.
	P95 float64
}

func (s Settings) filled() Settings {
	s.LeastDays, s.LeastRuns = cmp.Or(s.LeastDays, 7), cmp.Or(s.LeastRuns, 1000)
	s.Margin, s.Least, s.Retention = cmp.Or(s.Margin, 125), cmp.Or(s.Least, unit.Dollar), cmp.Or(s.Retention, 30)
	return s
}

// The kinds of advice.
const (
	Memory       = "lambda_memory"
	Architecture = "lambda_architecture"
	Provisioned  = "provisioned_concurrency"
	Reserved     = "reserved_capacity"
	Transition   = "s3_transition"
	OldVersions  = "s3_noncurrent_versions"
	Uploads      = "s3_unfinished_uploads"
	LogRetention = "log_retention"
	Endpoint     = "gateway_endpoint"
	IdleGateway  = "idle_nat_gateway"
)

// Range is a yearly saving: at least Low, at most High.
type Range struct {
	Low     unit.Money `json:"-"`
	High    unit.Money `json:"-"`
	LowUSD  float64    `json:"low_usd"`
	HighUSD float64    `json:"high_usd"`
}

func rangeOf(low, high unit.Money) Range {
	low = max(min(low, high), 0)
	return Range{low, max(high, 0), low.Dollars(), max(high, 0).Dollars()}
}

// String is the range as people read it: to the dollar where cents do not matter.
func (r Range) String() string {
	low, high := short(r.Low), short(r.High)
	if low == high {
		return high
	}
	return low + "–" + high
}

// short is an amount to the dollar from $10 on, to the cent below.
func short(m unit.Money) string {
	step := unit.Dollar
	if m < 10*unit.Dollar {
		step = unit.Dollar / 100
	}
	return (m / step * step).String()
}

// Figure is one number of the evidence with its name.
type Figure struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Evidence is what a piece of advice stands on.
type Evidence struct {
	Figures []Figure `json:"figures"`
	// Window is the time that was looked at, Sample how many SampleOf it had.
	Window   string `json:"window"`
	Sample   int64  `json:"sample"`
	SampleOf string `json:"sample_of"`
	Source   string `json:"source"`
}

// Change is the exact change to make: a diff of a file, or commands of a shell.
type Change struct {
	// File is the one that the diff is of; empty for commands.
	File string `json:"file"`
	Text string `json:"text"`
}

// Item is one piece of advice.
type Item struct {
	Kind  string `json:"kind"`
	Thing string `json:"thing"`
	Title string `json:"title"`
	// Yearly is what it saves a year, CostUSD what the thing costs a year as it is.
	Yearly     Range    `json:"yearly"`
	CostUSD    float64  `json:"cost_usd"`
	Evidence   Evidence `json:"evidence"`
	Latency    string   `json:"latency"`
	Risk       string   `json:"risk"`
	Effort     string   `json:"effort"`
	Reversible bool     `json:"reversible"`
	Change     Change   `json:"change"`
	// Counted is whether it is part of the total: of pieces of advice on one thing,
	// whose savings cannot be added, only the largest is.
	Counted bool `json:"counted"`
	cost    unit.Money
	group   string
}

// Open is something that the data do not carry, and what would settle it.
type Open struct {
	What   string `json:"what"`
	Why    string `json:"why"`
	Settle string `json:"settle"`
}

// Advice is all that can be said of an estate.
type Advice struct {
	Region string    `json:"region"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Items  []Item    `json:"items"`
	// Total is what those can save together that can be combined.
	Total     Range  `json:"total"`
	NotJudged []Open `json:"not_judged"`
	// Small is how many pieces of advice were left out since they save too little.
	Small  int     `json:"small"`
	FeeUSD float64 `json:"fee_usd"`
	least  unit.Money
	fee    unit.Money
}

// advisor gathers advice on one estate.
type advisor struct {
	Estate
	Settings
	prices price.Table
	out    *Advice
	unread map[string]bool
}

// Of says what would cost less. Nothing is said that the data do not carry; that
// stands in NotJudged.
func Of(e Estate, prices price.Table, s Settings) Advice {
	s = s.filled()
	out := Advice{Region: e.Region, From: e.From, To: e.To, Items: []Item{}, NotJudged: []Open{}, FeeUSD: e.Fee.Dollars(), fee: e.Fee, least: s.Least}
	a := advisor{Estate: e, Settings: s, prices: prices, out: &out, unread: map[string]bool{}}
	for _, u := range e.Unread {
		a.unread[u.What] = true
		a.open(u.What, "could not be read: "+u.Why, "Give the role of cost-report the calls that docs/cost-watch.md lists, and run it again.")
	}
	switch {
	case !a.anything():
	case a.hours() < float64(s.LeastDays)*24:
		a.open("everything", fmt.Sprintf("the window is %s long, and %d days are wanted: a week has quiet and busy days", daysOf(a.hours()), s.LeastDays),
			fmt.Sprintf("Look at %d days or more.", s.LeastDays))
	default:
		a.all()
	}
	out.sort()
	return out
}

func (a *advisor) all() {
	for _, f := range a.Functions {
		if a.named(f.Name) {
			a.function(f)
		}
	}
	a.reserve()
	for _, b := range a.Buckets {
		if a.named(b.Name) {
			a.bucket(b)
		}
	}
	for _, g := range a.LogGroups {
		if a.named(g.Name) {
			a.logs(g)
		}
	}
	for _, g := range a.Gateways {
		if a.named(g.ID) {
			a.gateway(g)
		}
	}
}

func (a *advisor) anything() bool {
	return len(a.Functions)+len(a.Databases)+len(a.Caches)+len(a.Buckets)+len(a.LogGroups)+len(a.Gateways) > 0
}

// hours is how long the window is.
func (a *advisor) hours() float64 { return a.To.Sub(a.From).Hours() }

func (a *advisor) open(what, why, settle string) {
	a.out.NotJudged = append(a.out.NotJudged, Open{what, why, settle})
}

// named refuses names that AWS does not give, since commands are made of them.
func (a *advisor) named(name string) bool {
	if plain(name) {
		return true
	}
	a.open(fmt.Sprintf("%q", clip(name)), "it is no name that AWS gives", "Look where it comes from: commands are made of names.")
	return false
}

// add keeps what saves enough. Unknown prices have been dealt with before.
func (a *advisor) add(i Item, cost, low, high unit.Money) {
	i.Yearly, i.cost, i.CostUSD = rangeOf(low, min(high, cost)), cost, cost.Dollars()
	if i.Yearly.High < a.Least || i.Yearly.High <= 0 {
		a.out.Small++
		return
	}
	i.Evidence.Window = fmt.Sprintf("%s to %s", a.From.UTC().Format(time.DateOnly), a.To.UTC().Format(time.DateOnly))
	a.out.Items = append(a.out.Items, i)
}

// sort puts the largest saving first, and marks what the total is made of.
func (a *Advice) sort() {
	slices.SortStableFunc(a.Items, func(x, y Item) int {
		return cmp.Or(cmp.Compare(y.Yearly.High, x.Yearly.High), cmp.Compare(y.Yearly.Low, x.Yearly.Low),
			strings.Compare(x.Kind, y.Kind), strings.Compare(x.Thing, y.Thing), strings.Compare(x.Title, y.Title), strings.Compare(x.Change.Text, y.Change.Text))
	})
	slices.SortFunc(a.NotJudged, func(x, y Open) int {
		return cmp.Or(strings.Compare(x.What, y.What), strings.Compare(x.Why, y.Why), strings.Compare(x.Settle, y.Settle))
	})
	seen := map[string]bool{}
	var low, high unit.Money
	for n := range a.Items {
		i := &a.Items[n]
		if i.Counted = !seen[i.group]; i.Counted {
			seen[i.group] = true
			low, high = plus(low, i.Yearly.Low), plus(high, i.Yearly.High)
		}
	}
	a.Total = rangeOf(low, high)
}

// plus adds without going over the largest amount there is.
func plus(a, b unit.Money) unit.Money {
	if a > most-b {
		return most
	}
	return a + b
}
