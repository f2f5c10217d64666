package usage_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/cost/price"
	"github.com/cutover-dev/cutover/internal/cost/usage"
)

// examples are those of AWS's own pricing pages, by the words of docs/cost.md: each
// computes what stands there as its result.
var examples = map[string]func(t *testing.T) string{
	"3 million requests of 1 s at 512 MB, at the price of then": func(t *testing.T) string {
		u := called(3e6, 1000, 512)
		then, err := price.ParseRate("0.00001667")
		if err != nil {
			t.Fatal(err)
		}
		var compute, requests float64
		for _, m := range u.Meters {
			switch m.Item {
			case price.LambdaX86:
				compute = cents(then.Times(m.Quantity - price.Of(400_000)))
			case price.LambdaRequest:
				requests = cents(rate(t, price.LambdaRequest).Times(m.Quantity - price.Of(1e6)))
			}
		}
		return fmt.Sprintf("$%.2f and $%.2f with the free tier", compute, requests)
	},
	"3 million requests of 120 ms at 1,536 MB, x86": func(t *testing.T) string {
		u := called(3e6, 120, 1536)
		// The page takes the free tier off first: 400,000 GB-seconds and a million requests.
		free := usage.Usage{From: start, To: after(720), Meters: []usage.Meter{
			{Item: price.LambdaX86, Quantity: price.Of(3e6*0.12*1.5 - 400_000), Kind: usage.Linear}, {Item: price.LambdaRequest, Quantity: price.Of(2e6), Kind: usage.Linear},
		}}
		return fmt.Sprintf("$%.2f and $%.2f; $%.2f with the free tier", cents(amount(t, u, price.LambdaX86)), cents(amount(t, u, price.LambdaRequest)), cents(total(t, free)))
	},
	"1 vCPU and 4 GB, 720 hours": func(t *testing.T) string {
		u := usage.OfBlue(usage.BlueMetered{From: start, To: after(720), Tasks: even(720, 720)}, usage.BlueShape{CPU: 1024, Memory: 4096, Architecture: usage.X86})
		cpu, memory := cents(amount(t, u, price.FargateX86CPU)), cents(amount(t, u, price.FargateX86GB))
		return fmt.Sprintf("$%.2f and $%.2f", cpu, memory)
	},
	"5 tasks of 1 vCPU and 2 GB, 10 minutes a day for 30 days": func(t *testing.T) string {
		// 30 days of ten minutes are 5 hours of five tasks.
		u := usage.OfBlue(usage.BlueMetered{From: start, To: after(5), Tasks: even(5, 25)}, usage.BlueShape{CPU: 1024, Memory: 2048, Architecture: usage.X86})
		return fmt.Sprintf("$%.2f and $%.2f", cents(amount(t, u, price.FargateX86CPU)), cents(amount(t, u, price.FargateX86GB)))
	},
	"5 million REST requests that answer 3 KB each": func(t *testing.T) string {
		u := usage.OfGreen(usage.GreenMetered{From: start, To: after(720), Requests: even(720, 5e6)}, usage.GreenShape{API: usage.REST, BytesEach: 3 * 1024})
		return fmt.Sprintf("$%.2f and $%.2f", cents(amount(t, u, price.APIREST)), cents(amount(t, u, price.EgressGB)))
	},
	"1 connection a second for 2 minutes, 5 requests and 300 KB a second, 60 rules": func(t *testing.T) string {
		u := usage.OfBlue(usage.BlueMetered{
			From: start, To: after(720), Requests: even(720, 720*3600*5), New: even(720, 720*3600), Active: even(720, 720*60*120), Bytes: even(720, 720*3600*300_000), Rules: even(720, 720*3600*5*60),
		}, usage.BlueShape{CPU: 1024, Memory: 2048, Tasks: 1})
		return fmt.Sprintf("$%.2f in 720 hours", cents(amount(t, u, price.ALBHour)+amount(t, u, price.ALBCapacity)))
	},
	"an idle load balancer, and one with 30 GB an hour, 720 hours": func(t *testing.T) string {
		u := usage.OfBlue(usage.BlueMetered{From: start, To: after(720), Requests: even(720, 720), New: even(720, 720), Active: even(720, 720), Bytes: even(720, 720*30e9)}, usage.BlueShape{CPU: 1024, Memory: 2048, Tasks: 1})
		return fmt.Sprintf("$%.2f, and $%.2f more", cents(amount(t, u, price.ALBHour)), cents(amount(t, u, price.ALBCapacity)))
	},
	"RDS Proxy before a database of 2 vCPUs, 730 hours": func(t *testing.T) string {
		u := usage.OfGreen(usage.GreenMetered{From: start, To: after(730)}, usage.GreenShape{Proxy: 2})
		return fmt.Sprintf("$%.2f", cents(amount(t, u, price.ProxyCPU)))
	},
}

// called is a function of so many MB, called so often for so long.
func called(calls, milliseconds float64, memory int) usage.Usage {
	return usage.OfGreen(usage.GreenMetered{From: start, To: after(720), Functions: []usage.Function{{
		Name: "f", Memory: memory, Architecture: usage.X86, Invocations: even(720, calls), Milliseconds: even(720, calls*milliseconds),
	}}}, usage.GreenShape{})
}

func rate(t *testing.T, item price.Item) price.Rate {
	t.Helper()
	p, ok := price.BuiltIn().Find("us-east-1", item)
	if !ok {
		t.Fatalf("no price of %s", item)
	}
	return p.Rate()
}

// Each worked example of docs/cost.md is computed here or, the project's own, in
// internal/cost/project, and each that is computed stands there, with its page.
//
// Shows: 5.6.2
func TestTheExamplesOfTheDocs(t *testing.T) {
	text, err := os.ReadFile("../../../docs/cost.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "## Worked examples")
	section, _, _ = strings.Cut(section, "What the prices themselves")
	seen := 0
	for line := range strings.Lines(section) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if len(cells) != 3 || !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| example") || strings.HasPrefix(line, "| :") || strings.HasPrefix(cells[1], "the project's own") {
			continue
		}
		name, page, want := strings.TrimPrefix(cells[0], "| "), cells[1], strings.TrimSuffix(cells[2], " |")
		compute := examples[name]
		if compute == nil {
			t.Errorf("nobody computes %q", name)
			continue
		}
		seen++
		if got := compute(t); got != want {
			t.Errorf("%s: %s, not %s", name, got, want)
		}
		if !strings.Contains(page, ".") || !strings.Contains(page, ",") {
			t.Errorf("%s: %q names no page with its date", name, page)
		}
	}
	if seen != len(examples) {
		t.Errorf("%d of %d examples stand in the docs", seen, len(examples))
	}
}
