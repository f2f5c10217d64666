package recommend_test

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/cost/price"
	"github.com/cutover-dev/cutover/internal/cost/recommend"
	"github.com/cutover-dev/cutover/internal/unit"
)

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// wild is any estate, also one that no adapter would read: what is unknown, what is
// negative, what is no number.
func wild(r *rand.Rand) recommend.Estate {
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	e := recommend.Estate{Region: pick(r, "us-east-1", "us-east-1", "us-east-1", "eu-central-1"), From: from, To: from.AddDate(0, 0, 1+r.IntN(40)), Reservations: map[string]int{}, Offers: map[string]price.Rate{}}
	odd := func(f float64) float64 {
		return pick(r, f, f, f, f, f, -1, 0, math.NaN(), math.Inf(1))
	}
	bytes := func() unit.Bytes {
		return pick(r, unit.Bytes(r.Int64N(1<<45)), unit.Bytes(r.Int64N(1<<20)), 0, -1, math.MaxInt64)
	}
	name := func(n int) string { return string(rune('a' + n)) }
	for n := range r.IntN(4) {
		f := recommend.Function{Name: name(n), Architecture: pick(r, "x86", "arm", ""), Memory: pick(r, 128, 512, 1024, 3008, 0), Provisioned: pick(r, 0, 0, 5), ProvisionedUse: odd(r.Float64()), Binary: pick(r, nil, new(bool))}
		for n := range r.IntN(4) {
			count := pick(r, r.Int64N(1e9), r.Int64N(1e9), r.Int64N(1e9), 10, 0, -5)
			runs := recommend.Runs{Memory: pick(r, 128, 256, 512, 1024, 3008), Count: count, Billed: pick(r, count*r.Int64N(900), count*r.Int64N(900), 0, -9), P95: odd(r.Float64() * 1000), Used: odd(r.Float64() * 200)}
			if n == 0 {
				runs.Memory = f.Memory
			}
			f.Runs = append(f.Runs, runs)
		}
		e.Functions = append(e.Functions, f)
	}
	classes := []string{"db.t4g.micro", "db.t4g.medium", "db.unknown.large"}
	nodes := []string{"cache.t4g.micro", "cache.t4g.small"}
	for _, c := range append(classes, nodes...) {
		if r.IntN(3) > 0 {
			e.Offers[c] = price.Rate(r.Int64N(900_000_000))
		}
		e.Reservations[c] = r.IntN(4) - 1
	}
	for n := range r.IntN(5) {
		e.Databases = append(e.Databases, recommend.Database{ID: name(n), Class: pick(r, classes...), Engine: pick(r, "postgres", "postgres", "mysql"), MultiAZ: r.IntN(2) == 0, Hours: pick(r, 2000, 2000, 20), CPUMost: odd(r.Float64() * 100), Since: from.AddDate(0, 0, r.IntN(4)-3)})
		e.Caches = append(e.Caches, recommend.Cache{ID: name(n), Type: pick(r, nodes...), Hours: pick(r, 2000, 20), CPUMost: odd(r.Float64() * 100), MemoryMost: odd(r.Float64() * 100), Since: from.AddDate(0, 0, r.IntN(4)-3)})
		noncurrent := bytes()
		e.Buckets = append(e.Buckets, recommend.Bucket{Name: name(n), Bytes: map[string]unit.Bytes{"StandardStorage": bytes() / 4, "GlacierStorage": bytes() / 4}, Objects: pick(r, r.Int64N(1e9), 0, -1), Versioned: r.IntN(2) == 0, Unfinished: bytes(), Noncurrent: pick(r, nil, &noncurrent)})
		e.LogGroups = append(e.LogGroups, recommend.LogGroup{Name: name(n), Days: pick(r, 0, 1, 30, 400), Stored: bytes(), Arrived: bytes()})
		e.Gateways = append(e.Gateways, recommend.Gateway{ID: name(n), Hours: pick(r, 2000, 20), Out: bytes() / 4, In: bytes() / 4, Endpoints: pick(r, nil, []string{"s3"}, []string{"s3", "dynamodb"})})
	}
	return e
}

// What is saved is never less than nothing, never more than what the thing costs,
// and the total is never more than what all of them cost.
func TestSavingsAreWithinCosts(t *testing.T) {
	kinds := map[string]int{}
	for seed := range uint64(1200) {
		e := wild(rand.New(rand.NewPCG(seed, 7)))
		a := recommend.Of(e, price.BuiltIn(), recommend.Settings{})
		var low, high unit.Money
		for _, i := range a.Items {
			kinds[i.Kind]++
			if i.Yearly.Low < 0 || i.Yearly.Low > i.Yearly.High || i.Yearly.High.Dollars() > i.CostUSD || i.Yearly.High < unit.Dollar {
				t.Fatalf("seed %d: %s of $%v: %+v", seed, i.Yearly, i.CostUSD, i)
			}
			if i.Risk == "" || i.Effort == "" || i.Latency == "" || i.Change.Text == "" || i.Evidence.Source == "" || i.Evidence.Sample <= 0 || len(i.Evidence.Figures) == 0 || i.Evidence.Window == "" {
				t.Fatalf("seed %d: something is not said: %+v", seed, i)
			}
			if i.Counted {
				low, high = low+i.Yearly.Low, high+i.Yearly.High
			}
		}
		if a.Total.Low != low || a.Total.High != high {
			t.Fatalf("seed %d: total %s is not %s to %s", seed, a.Total, low, high)
		}
	}
	for _, kind := range []string{recommend.Memory, recommend.Architecture, recommend.Provisioned, recommend.Reserved, recommend.Transition, recommend.OldVersions, recommend.Uploads, recommend.LogRetention, recommend.Endpoint, recommend.IdleGateway} {
		if kinds[kind] < 10 {
			t.Errorf("%s came up %d times: this test holds little of it", kind, kinds[kind])
		}
	}
}

// The order of what was read changes nothing.
func TestOrderIsStable(t *testing.T) {
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 9))
		e := wild(r)
		before := recommend.Of(e, price.BuiltIn(), recommend.Settings{})
		r.Shuffle(len(e.Functions), func(a, b int) { e.Functions[a], e.Functions[b] = e.Functions[b], e.Functions[a] })
		r.Shuffle(len(e.Databases), func(a, b int) { e.Databases[a], e.Databases[b] = e.Databases[b], e.Databases[a] })
		r.Shuffle(len(e.Buckets), func(a, b int) { e.Buckets[a], e.Buckets[b] = e.Buckets[b], e.Buckets[a] })
		r.Shuffle(len(e.LogGroups), func(a, b int) { e.LogGroups[a], e.LogGroups[b] = e.LogGroups[b], e.LogGroups[a] })
		r.Shuffle(len(e.Gateways), func(a, b int) { e.Gateways[a], e.Gateways[b] = e.Gateways[b], e.Gateways[a] })
		if after := recommend.Of(e, price.BuiltIn(), recommend.Settings{}); !reflect.DeepEqual(before, after) {
			t.Fatalf("seed %d: %+v\n%+v", seed, before, after)
		}
		for n := 1; n < len(before.Items); n++ {
			if before.Items[n].Yearly.High > before.Items[n-1].Yearly.High {
				t.Fatalf("seed %d: not by saving", seed)
			}
		}
	}
}

func TestNothingOfNothing(t *testing.T) {
	for _, e := range []recommend.Estate{{}, {Region: "us-east-1", From: time.Unix(0, 0), To: time.Unix(0, 0)}} {
		if a := recommend.Of(e, price.BuiltIn(), recommend.Settings{}); len(a.Items)+len(a.NotJudged) > 0 || a.Total.High != 0 || a.Headline() != "Nothing is found that would cost less." {
			t.Errorf("%+v", a)
		}
	}
	// A window that ends before it begins is no window.
	e := recommend.Estate{Region: "us-east-1", From: time.Unix(1e9, 0), LogGroups: []recommend.LogGroup{{Name: "a", Stored: 1 << 40}}}
	if a := recommend.Of(e, price.BuiltIn(), recommend.Settings{}); len(a.Items) > 0 || len(a.NotJudged) != 1 {
		t.Errorf("%+v", a)
	}
}

// A function is never advised less memory than any of its runs has used, with the
// margin; and what the objective forbids is not advised.
func TestMemoryKeepsItsMargin(t *testing.T) {
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(used, p95, limit float64) []recommend.Item {
		e := recommend.Estate{Region: "us-east-1", From: from, To: from.AddDate(0, 0, 30), Functions: []recommend.Function{{Name: "f", Architecture: "arm", Memory: 1024, Runs: []recommend.Runs{
			{Memory: 1024, Count: 1e7, Billed: 1e9, P95: 100, Used: 100}, {Memory: 512, Count: 1e7, Billed: 1.2e9, P95: p95, Used: used},
		}}}}
		return recommend.Of(e, price.BuiltIn(), recommend.Settings{P95: limit}).Items
	}
	for name, x := range map[string]struct {
		used, p95, limit float64
		want             int
	}{
		"fits":                             {400, 105, 0, 1},
		"as much as the margin":            {409.6, 105, 0, 1},
		"more than the margin":             {410, 105, 0, 0},
		"a tenth slower":                   {400, 109, 0, 1},
		"more than a tenth slower":         {400, 111, 0, 0},
		"slower, but within the objective": {400, 450, 500, 1},
		"beyond the objective":             {400, 501, 500, 0},
	} {
		if got := at(x.used, x.p95, x.limit); len(got) != x.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
