package usage_test

import (
	"math"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/cost/price"
	"github.com/cutover-dev/cutover/internal/cost/usage"
)

var liveEnd = time.Date(2026, 11, 23, 12, 30, 0, 0, time.UTC)

// live is an hour in which green had so many users a minute beside 30 checks, and a
// week in which both sides together had ordinary requests an hour.
func live(users, ordinary float64) usage.Live {
	const checks = 30
	l := usage.Live{
		Green: usage.GreenMetered{Requests: usage.Series{}, Bytes: usage.Series{}, LogBytes: usage.Series{}},
		Shape: usage.GreenShape{API: usage.HTTP, Proxy: 2, Traced: new(float64)}, Checks: checks, BlueRequests: usage.Series{}, BlueBytes: usage.Series{},
	}
	f := usage.Function{Name: "api", Memory: 1024, Architecture: usage.X86, Invocations: usage.Series{}, Milliseconds: usage.Series{}}
	for m := range 60 {
		at := liveEnd.Add(time.Duration(m-60) * time.Minute)
		n := users + checks
		l.Green.Requests[at], l.Green.Bytes[at], l.Green.LogBytes[at] = n, users*(1<<20), n*1024
		f.Invocations[at], f.Milliseconds[at] = n, 100*users // a check takes next to nothing
	}
	l.Green.Functions = []usage.Function{f}
	for h := range 7 * 24 {
		at := liveEnd.Truncate(time.Hour).Add(-time.Duration(h+1) * time.Hour)
		l.BlueRequests[at], l.BlueBytes[at] = ordinary, ordinary*2048
	}
	return l
}

var listPrices = usage.Prices{Table: price.BuiltIn(), Region: "us-east-1"}

// What a million requests cost does not depend on how much of the traffic green has,
// but for what a few health checks cost; on the traffic of both it does.
//
// Shows: 5.5.5
func TestLiveIsThatOfAllTraffic(t *testing.T) {
	// By hand, 36,000 requests an hour: RDS Proxy 2 × $0.015 for an hour; API and
	// Lambda $1.20 and a twentieth for the 1,800 checks; 0.1 GB-s; 1 MiB; 1 KiB of
	// log, and that of the checks.
	want := func(users, ordinary float64) float64 {
		return 0.03/ordinary*1e6 + 1.2*(1+1800/ordinary) + 0.1*16.6667 + 1e6/1024*0.09 + 1e6/1024/1024*0.5*(users+30)/users
	}
	for _, x := range [][2]float64{{60, 36000}, {300, 36000}, {600, 36000}, {60, 3600}} {
		got, lacks, known := live(x[0], x[1]).PerMillion(liveEnd, listPrices)
		if !known || len(lacks) > 0 || math.Abs(got.Dollars()-want(x[0], x[1])) > 0.01 {
			t.Errorf("%v: %s, not $%.2f %v", x, got, want(x[0], x[1]), lacks)
		}
	}
}

// Each part counts: a green that is slower, has more memory, or answers more.
func TestLiveSeesWhatGetsDearer(t *testing.T) {
	before, _, _ := live(60, 36000).PerMillion(liveEnd, listPrices)
	for name, dearer := range map[string]func(*usage.Live){
		"slower":      func(l *usage.Live) { double(l.Green.Functions[0].Milliseconds) },
		"larger":      func(l *usage.Live) { l.Green.Functions[0].Memory = 2048 },
		"longer":      func(l *usage.Live) { double(l.Green.Bytes) },
		"more calls":  func(l *usage.Live) { double(l.Green.Functions[0].Invocations) },
		"more logs":   func(l *usage.Live) { double(l.Green.LogBytes) },
		"cold starts": func(l *usage.Live) { l.Green.Starts = usage.Series{liveEnd.Add(-time.Minute): 9000} },
		"REST":        func(l *usage.Live) { l.Shape.API = usage.REST },
		"traced":      func(l *usage.Live) { all := 1.0; l.Shape.Traced = &all },
		"a proxy":     func(l *usage.Live) { l.Shape.Proxy = 8 },
		"less users":  func(l *usage.Live) { halve(l.BlueRequests) },
	} {
		l := live(60, 36000)
		dearer(&l)
		if after, lacks, known := l.PerMillion(liveEnd, listPrices); !known || after <= before {
			t.Errorf("%s: %s after %s, %v", name, after, before, lacks)
		}
	}
}

func double(s usage.Series) {
	for at := range s {
		s[at] *= 2
	}
}

func halve(s usage.Series) {
	for at := range s {
		s[at] /= 2
	}
}

// What is not known is missing: nothing that is left out makes green cheap.
func TestLiveIsUnknown(t *testing.T) {
	for name, x := range map[string]struct {
		less  func(*usage.Live)
		lacks string
	}{
		"no requests":     {func(l *usage.Live) { l.Green.Requests = nil }, ""},
		"checks alone":    {func(l *usage.Live) { l.Checks = 1000 }, ""},
		"no traffic":      {func(l *usage.Live) { l.BlueRequests = nil }, string(price.APIHTTP)},
		"no functions":    {func(l *usage.Live) { l.Green.Functions = nil }, string(price.LambdaRequest)},
		"no memory":       {func(l *usage.Live) { l.Green.Functions[0].Memory = 0 }, string(price.LambdaX86)},
		"no durations":    {func(l *usage.Live) { l.Green.Functions[0].Milliseconds = nil }, string(price.LambdaX86)},
		"no calls":        {func(l *usage.Live) { l.Green.Functions[0].Invocations = nil }, string(price.LambdaRequest)},
		"no bytes at all": {func(l *usage.Live) { l.Green.Bytes, l.BlueBytes = nil, nil }, string(price.EgressGB)},
		"no logs":         {func(l *usage.Live) { l.Green.LogBytes = nil }, string(price.LogsGB)},
		"no sampling":     {func(l *usage.Live) { l.Shape.Traced = nil }, string(price.Trace)},
	} {
		l := live(60, 36000)
		x.less(&l)
		cost, lacks, known := l.PerMillion(liveEnd, listPrices)
		if known || cost != 0 || (x.lacks == "") != (len(lacks) == 0) || len(lacks) > 0 && string(lacks[0].Item) != x.lacks {
			t.Errorf("%s: %s %v %v", name, cost, lacks, known)
		}
	}
	l := live(60, 36000)
	if _, lacks, known := l.PerMillion(liveEnd, usage.Prices{Table: listPrices.Table, Region: "eu-west-3"}); known || len(lacks) == 0 {
		t.Error("without any price")
	}
	if _, _, known := l.PerMillion(liveEnd.Add(2*time.Hour), listPrices); known {
		t.Error("the hour before is not known")
	}
}

// An hour's minutes without users say nothing of them: the first users of a phase
// do not pay for an hour of checks.
func TestLiveBeginsWithTheFirstUsers(t *testing.T) {
	l, all := live(60, 36000), live(60, 36000)
	for at := range l.Green.Requests {
		if at.Before(liveEnd.Add(-2 * time.Minute)) {
			l.Green.Requests[at] = 30
			l.Green.Functions[0].Milliseconds[at] = 30 * 50
		}
	}
	got, _, _ := l.PerMillion(liveEnd, listPrices)
	want, _, _ := all.PerMillion(liveEnd, listPrices)
	if math.Abs(got.Dollars()-want.Dollars()) > 0.01 {
		t.Errorf("%s, not %s", got, want)
	}
}

// A REST API tells no bytes: as many a request as blue's.
func TestLiveTakesBluesBytes(t *testing.T) {
	l := live(60, 36000)
	l.Green.Bytes, l.Shape.API, l.Shape.Proxy = nil, usage.REST, 0
	l.Green.LogBytes = usage.Series{liveEnd.Add(-time.Minute): 0}
	got, lacks, _ := l.PerMillion(liveEnd, listPrices)
	// 2 KiB of each of 90 requests a minute, put down to 60 users.
	if want := 3.7*1.05 + 1.66667 + 1e6*2048*1.5/(1<<30)*0.09; math.Abs(got.Dollars()-want) > 0.01 {
		t.Errorf("%s, not $%.2f %v", got, want, lacks)
	}
}
