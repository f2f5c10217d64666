package usage

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/cost/price"
)

// The kinds of APIs, as cutover.yaml calls them.
const (
	HTTP = "http"
	REST = "rest"
)

// GreenMetered is what CloudWatch told of green.
type GreenMetered struct {
	From, To time.Time
	// Requests are those that the API counted, Bytes what it processed: HTTP APIs
	// tell that, REST APIs do not.
	Requests, Bytes Series
	Functions       []Function
	// LogBytes are those that the functions' log groups took in.
	LogBytes Series
	// Starts are the milliseconds of cold starts, which are billed and which no
	// duration holds; source: Lambda developer guide, on billing for INIT.
	Starts Series
}

// Function is one of the app's.
type Function struct {
	Name string
	// Memory is in MB; 0 is not known.
	Memory       int
	Architecture string
	Invocations  Series
	// Milliseconds are the sum of durations.
	Milliseconds Series
}

// GreenShape is what no metric tells of green.
type GreenShape struct {
	API string
	// Proxy is how many processors RDS Proxy is billed for: those of the database,
	// and two at least; 0 is no proxy.
	Proxy int
	// Traced is the share of requests whose trace is recorded; nil is not known.
	Traced *float64
	// BytesEach is what one request sends out, where the API does not tell: blue's
	// mean, since both sides give the same answers. 0 is not known.
	BytesEach float64
}

// leastProxy is the least that RDS Proxy is billed for; source: its pricing page.
const leastProxy = 2

// OfGreen is what green used.
func OfGreen(m GreenMetered, s GreenShape) Usage {
	u := Usage{Side: Green, From: m.From, To: m.To, Requests: int64(m.Requests.Sum() + 0.5), Counted: m.Requests.Known(), Unknown: []Unknown{}}
	api := price.APIHTTP
	if s.API == REST {
		api = price.APIREST
	}
	u.measured(api, m.Requests, 1, "the API told no requests")
	u.functions(m.Functions)
	u.starts(m)
	if s.Proxy > 0 {
		u.add(price.ProxyCPU, float64(max(s.Proxy, leastProxy))*u.Hours(), Fixed, "as cost.green.proxy says")
	}
	u.egress(m, s)
	u.measured(price.LogsGB, m.LogBytes, gigabyte, "the functions' log groups told no bytes")
	switch {
	case s.Traced == nil:
		u.lacks(price.Trace, Linear, "which share of requests is traced is not known")
	case !u.Counted:
		u.lacks(price.Trace, Linear, "the API told no requests")
	default:
		u.add(price.Trace, m.Requests.Sum()**s.Traced, Linear, "the share of requests that is recorded")
	}
	return u
}

// functions are billed by call and by memory held over time.
func (u *Usage) functions(all []Function) {
	if len(all) == 0 {
		u.lacks(price.LambdaRequest, Linear, "no function of the app is known")
		u.lacks(price.LambdaX86, Linear, "no function of the app is known")
		return
	}
	var silent []string
	for _, f := range all {
		item := price.LambdaX86
		if f.Architecture == ARM {
			item = price.LambdaARM
		}
		if !f.Invocations.Known() {
			// A function that nobody called tells nothing, in whatever window.
			silent = append(silent, f.Name)
			continue
		}
		u.add(price.LambdaRequest, f.Invocations.Sum(), Linear, "")
		switch {
		case f.Memory == 0:
			u.lacks(item, Linear, fmt.Sprintf("the memory of %s is not known", f.Name))
		case !f.Milliseconds.Known():
			u.lacks(item, Linear, fmt.Sprintf("%s was called and told no duration", f.Name))
		default:
			u.add(item, f.Milliseconds.Sum()/1000*float64(f.Memory)/1024, Linear, "")
		}
	}
	if len(silent) == len(all) {
		u.lacks(price.LambdaRequest, Linear, "none of the functions told an invocation: "+strings.Join(silent, ", "))
	}
}

// starts are billed like any duration. Which function started is not told, so that
// the largest is taken.
func (u *Usage) starts(m GreenMetered) {
	if !m.Starts.Known() || len(m.Functions) == 0 {
		return
	}
	largest := slices.MaxFunc(m.Functions, func(a, b Function) int { return a.Memory - b.Memory })
	item := price.LambdaX86
	if largest.Architecture == ARM {
		item = price.LambdaARM
	}
	if largest.Memory > 0 {
		u.add(item, m.Starts.Sum()/1000*float64(largest.Memory)/1024, Linear, "with cold starts, taken for those of the largest function")
	}
}

func (u *Usage) egress(m GreenMetered, s GreenShape) {
	switch {
	case m.Bytes.Known():
		u.add(price.EgressGB, m.Bytes.Sum()/gigabyte, Linear, "all that the API processed: an upper bound, since requests come in free")
	case s.BytesEach > 0 && u.Counted:
		u.add(price.EgressGB, m.Requests.Sum()*s.BytesEach/gigabyte, Linear, "as many bytes a request as blue's: this API tells none")
	default:
		u.lacks(price.EgressGB, Linear, "the API told no bytes")
	}
}

// Stores are what both sides share, one of each by the class of its instance or
// the type of its node.
type Stores struct{ Databases, Caches []string }

// OfStores is what both sides share, for as long as the window.
func OfStores(from, to time.Time, s Stores) Usage {
	u := Usage{Side: Shared, From: from, To: to, Unknown: []Unknown{}}
	for _, class := range s.Databases {
		u.add(price.Database(class), u.Hours(), Fixed, "as cost.shared.databases says")
	}
	for _, node := range s.Caches {
		u.add(price.Cache(node), u.Hours(), Fixed, "as cost.shared.caches says")
	}
	return u
}
