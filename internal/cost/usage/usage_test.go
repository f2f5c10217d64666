package usage_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/cost/price"
	"github.com/cutover-dev/cutover/internal/cost/usage"
	"github.com/cutover-dev/cutover/internal/unit"
)

var (
	start = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	list  = usage.Prices{Table: price.BuiltIn(), Region: "us-east-1"}
)

// even is a series of that sum over the hours, the same in each.
func even(hours int, sum float64) usage.Series {
	s := usage.Series{}
	for n := range hours {
		s[start.Add(time.Duration(n)*time.Hour)] = sum / float64(hours)
	}
	return s
}

func after(hours int) time.Time { return start.Add(time.Duration(hours) * time.Hour) }

func total(t *testing.T, u usage.Usage) unit.Money {
	t.Helper()
	sum, unknown := usage.Total(usage.Bill(u, list))
	if len(unknown) > 0 {
		t.Errorf("unknown: %+v", unknown)
	}
	return sum
}

// amount is that of one item, which must be known.
func amount(t *testing.T, u usage.Usage, item price.Item) unit.Money {
	t.Helper()
	for _, l := range usage.Bill(u, list) {
		if l.Item == item && l.Known {
			return l.Amount
		}
	}
	t.Errorf("%s is not on the bill", item)
	return 0
}

func cents(m unit.Money) float64 { return math.Round(m.Dollars()*100) / 100 }

// Each dimension can be the one that counts, and the first ten rules are free.
func TestCapacityUnits(t *testing.T) {
	for name, x := range map[string]struct{ requests, fresh, active, bytes, rules, want float64 }{
		"connections":      {0, 25 * 3600 * 2, 0, 0, 0, 2},
		"active":           {0, 0, 3000 * 60 * 3, 0, 0, 3},
		"bytes":            {0, 0, 0, 4e9, 0, 4},
		"rules":            {360_000, 0, 0, 0, 3_600_000*5 + 3_600_000, 5},
		"free rules":       {3600, 0, 0, 0, 36_000, 0},
		"the most of them": {0, 25 * 3600, 3000 * 60 * 2, 1e9, 0, 2},
		"nothing":          {},
	} {
		if got := usage.CapacityUnits(x.requests, x.fresh, x.active, x.bytes, x.rules); math.Abs(got-x.want) > 1e-9 {
			t.Errorf("%s: %g, not %g", name, got, x.want)
		}
	}
}

// The most is taken in each hour, not over the window: peaks of two dimensions in
// two hours both count.
func TestCapacityIsByTheHour(t *testing.T) {
	m := usage.BlueMetered{From: start, To: after(2), New: usage.Series{start: 25 * 3600}, Active: usage.Series{start: 1}, Bytes: usage.Series{after(1): 1e9}}
	u := usage.OfBlue(m, usage.BlueShape{CPU: 256, Memory: 512, Tasks: 1})
	if got := amount(t, u, price.ALBCapacity); got != 16_000 {
		t.Error(got)
	}
	m.New, m.Capacity = nil, usage.Series{start: 3}
	if got := amount(t, usage.OfBlue(m, usage.BlueShape{}), price.ALBCapacity); got != 24_000 {
		t.Error(got)
	}
}

// What nobody measured is unknown: never zero, and named.
func TestUnknownIsNotZero(t *testing.T) {
	traced := 1.0
	blue := usage.OfBlue(usage.BlueMetered{From: start, To: after(10), Logs: true}, usage.BlueShape{CPU: 1024, Memory: 2048, NAT: 1})
	green := usage.OfGreen(usage.GreenMetered{From: start, To: after(10), Functions: []usage.Function{{Name: "f", Memory: 512}}}, usage.GreenShape{Traced: &traced})
	for _, x := range []struct {
		u    usage.Usage
		want []price.Item
	}{
		{blue, []price.Item{price.FargateX86CPU, price.FargateX86GB, price.ALBCapacity, price.NATGB, price.EgressGB, price.LogsGB}},
		{green, []price.Item{price.APIHTTP, price.LambdaRequest, price.EgressGB, price.LogsGB, price.Trace}},
		{usage.OfGreen(usage.GreenMetered{From: start, To: after(1), Functions: []usage.Function{{Name: "f", Invocations: even(1, 5), Milliseconds: even(1, 5)}}}, usage.GreenShape{}), []price.Item{price.LambdaX86}},
		{usage.OfGreen(usage.GreenMetered{From: start, To: after(1), Functions: []usage.Function{{Name: "f", Memory: 128, Architecture: usage.ARM, Invocations: even(1, 5)}}}, usage.GreenShape{}), []price.Item{price.LambdaARM}},
		{usage.OfGreen(usage.GreenMetered{From: start, To: after(1)}, usage.GreenShape{}), []price.Item{price.LambdaRequest, price.LambdaX86}},
	} {
		_, unknown := usage.Total(usage.Bill(x.u, list))
		named := map[price.Item]string{}
		for _, l := range unknown {
			named[l.Item] = l.Note
		}
		for _, item := range x.want {
			if named[item] == "" {
				t.Errorf("%s: %s is not among %v", x.u.Side, item, named)
			}
		}
		for _, m := range x.u.Meters {
			if named[m.Item] != "" && m.Item != price.LambdaRequest {
				t.Errorf("%s is known and unknown", m.Item)
			}
		}
		if _, _, ok := usage.PerMillion(x.u, list); ok {
			t.Error("nobody counted requests, and a million of them have a cost")
		}
	}
	elsewhere := usage.Bill(blue, usage.Prices{Table: price.BuiltIn(), Region: "eu-north-1"})
	if sum, unknown := usage.Total(elsewhere); sum != 0 || len(unknown) != len(elsewhere) || !strings.Contains(elsewhere[0].Note, "eu-north-1") {
		t.Errorf("%v %+v", sum, elsewhere)
	}
}

// Tasks that were counted come before those that are written down, and a gap in
// the counting is said.
func TestTasks(t *testing.T) {
	shape := usage.BlueShape{CPU: 512, Memory: 1024, Architecture: usage.ARM, Tasks: 7}
	for name, x := range map[string]struct {
		seen  usage.Series
		tasks float64
		note  string
	}{"counted": {even(10, 30), 3, ""}, "with a gap": {even(5, 15), 3, "of 5 hours"}, "not counted": {nil, 7, "cost.blue.tasks"}} {
		u := usage.OfBlue(usage.BlueMetered{From: start, To: after(10), Tasks: x.seen}, shape)
		m := u.Meters[0]
		if m.Item != price.FargateARMCPU || m.Quantity != price.Of(x.tasks*10*0.5) || u.Tasks != x.tasks || !strings.Contains(m.Note, x.note) || (x.note == "") != (m.Note == "") || m.Kind != usage.Stepped {
			t.Errorf("%s: %+v %g", name, m, u.Tasks)
		}
	}
}

// Functions of both architectures, one that nobody called, and cold starts.
func TestFunctions(t *testing.T) {
	m := usage.GreenMetered{From: start, To: after(1), Requests: even(1, 1000), Starts: even(1, 2000), Functions: []usage.Function{
		{Name: "a", Memory: 1024, Architecture: usage.ARM, Invocations: even(1, 600), Milliseconds: even(1, 60_000)},
		{Name: "b", Memory: 512, Architecture: usage.X86, Invocations: even(1, 400), Milliseconds: even(1, 20_000)},
		{Name: "c", Memory: 512, Architecture: usage.X86},
	}}
	u := usage.OfGreen(m, usage.GreenShape{Proxy: 1})
	got := map[price.Item]float64{}
	for _, l := range usage.Bill(u, list) {
		got[l.Item] = l.Quantity.Units()
	}
	for item, want := range map[price.Item]float64{price.LambdaARM: 62, price.LambdaX86: 10, price.LambdaRequest: 1000, price.APIHTTP: 1000, price.ProxyCPU: 2} {
		if got[item] != want {
			t.Errorf("%s: %g, not %g", item, got[item], want)
		}
	}
}

// Bills add up: two usages together cost what each of them costs, but for a
// millionth a line; more of anything never costs less; the order does not matter.
func TestBillsAddUp(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	items := []price.Item{price.LambdaRequest, price.LambdaARM, price.APIHTTP, price.ALBCapacity, price.ProxyCPU, price.EgressGB}
	random := func() (u usage.Usage) {
		for range r.IntN(12) {
			u.Meters = append(u.Meters, usage.Meter{Item: items[r.IntN(len(items))], Quantity: price.Quantity(r.Int64N(1 << 40)), Kind: usage.Linear})
		}
		return u
	}
	for range 2000 {
		a, b := random(), random()
		both := usage.Usage{Meters: append(append([]usage.Meter{}, a.Meters...), b.Meters...)}
		sumA, _ := usage.Total(usage.Bill(a, list))
		sumB, _ := usage.Total(usage.Bill(b, list))
		sum, _ := usage.Total(usage.Bill(both, list))
		if apart := sum - sumA - sumB; apart < -unit.Money(len(items)) || apart > unit.Money(len(items)) || sum < sumA || sum < sumB {
			t.Fatalf("%d is not %d and %d", sum, sumA, sumB)
		}
		r.Shuffle(len(both.Meters), func(i, j int) { both.Meters[i], both.Meters[j] = both.Meters[j], both.Meters[i] })
		if again, _ := usage.Total(usage.Bill(both, list)); again != sum {
			t.Fatalf("in another order %d, not %d", again, sum)
		}
	}
}

func TestPerMillion(t *testing.T) {
	u := usage.Usage{Requests: 250_000, Counted: true, Meters: []usage.Meter{{Item: price.ALBHour, Quantity: price.Of(10)}}, Unknown: []usage.Unknown{{Item: price.LogsGB, Why: "x"}}}
	if got, unknown, ok := usage.PerMillion(u, list); got != 900_000 || len(unknown) != 1 || !ok {
		t.Error(got, unknown, ok)
	}
	u.Requests = 0
	if _, _, ok := usage.PerMillion(u, list); ok {
		t.Error("of no request")
	}
}

func TestHourly(t *testing.T) {
	blue, green := usage.Series{start: 10, after(2): 30}, usage.Series{after(1): 5, after(2): 1}
	if got := usage.Hourly(start.Add(-time.Minute), after(4).Add(59*time.Minute), blue, green); len(got) != 4 || got[0] != 10 || got[1] != 5 || got[2] != 31 || got[3] != 0 {
		t.Error(got)
	}
	if got := usage.Hourly(start, after(4), nil, usage.Series{}); got != nil {
		t.Error(got)
	}
}

func TestStores(t *testing.T) {
	u := usage.OfStores(start, after(730), usage.Stores{Databases: []string{"db.t4g.medium"}, Caches: []string{"cache.t4g.small", "cache.t4g.small"}})
	if got := total(t, u); got != 94_170_000 || u.Side != usage.Shared {
		t.Error(got)
	}
}
