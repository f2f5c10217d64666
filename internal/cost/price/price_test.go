package price_test

import (
	"bytes"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/cost/price"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/unit"
)

var update = flag.Bool("update", false, "write the wanted halves anew")

// The table that is built in is written as the command writes it, and has what
// both sides use in us-east-1.
func TestBuiltIn(t *testing.T) {
	text, err := os.ReadFile("prices.json")
	if err != nil {
		t.Fatal(err)
	}
	table := price.BuiltIn()
	if !bytes.Equal(table.Text(), text) {
		t.Errorf("prices.json is not as cutover prices writes it:\n%s", table.Text())
	}
	for _, item := range []price.Item{
		price.LambdaRequest, price.LambdaX86, price.LambdaARM, price.APIHTTP, price.APIREST, price.FargateX86CPU, price.FargateX86GB, price.FargateARMCPU, price.FargateARMGB,
		price.ALBHour, price.ALBCapacity, price.NATHour, price.NATGB, price.AddressHour, price.ProxyCPU, price.EgressGB, price.LogsGB, price.Trace, price.S3Put, price.S3Get,
		price.Database("db.t4g.medium"), price.Cache("cache.t4g.small"),
	} {
		p, ok := table.Find("us-east-1", item)
		if !ok || p.Unit == "" || p.Source == "" || p.Date == "" || item.Service() == "" {
			t.Errorf("%s: %+v", item, p)
		}
	}
	if _, ok := table.Find("eu-central-1", price.ProxyCPU); ok {
		t.Error("a price that nobody has sourced is there")
	}
}

func TestRates(t *testing.T) {
	for text, want := range map[string]string{"0.0000166667": "0.0000166667", "1": "1.00", "0.20": "0.20", "0.0000000001": "0.0000000001", "3.5000000000000": "3.50", "9999999.9999999999": "9999999.9999999999"} {
		if r, err := price.ParseRate(text); err != nil || r.String() != want {
			t.Errorf("%s: %s, %v", text, r, err)
		}
	}
	for _, text := range []string{"", "-1", "1e3", "01", ".5", "1.", "0.00000000001", "99999999", "NaN", "$1", "1,5"} {
		if r, err := price.ParseRate(text); err == nil {
			t.Errorf("%s is %s", text, r)
		}
	}
}

// An amount is exact to half a millionth, grows with the quantity, and parts cost
// what the whole costs but for their rounding.
func TestAmounts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		rate := price.Rate(r.Int64N(1 << 40))
		a, b := price.Quantity(r.Int64N(1<<44)), price.Quantity(r.Int64N(1<<44))
		whole, parts := rate.Times(a+b), rate.Times(a)+rate.Times(b)
		if apart := whole - parts; apart < -1 || apart > 1 {
			t.Fatalf("%d of %d and %d: %d, not %d", rate, a, b, parts, whole)
		}
		if rate.Times(a) > whole {
			t.Fatalf("%d of %d is more than of %d", rate, a, a+b)
		}
	}
	for _, x := range []struct {
		rate string
		q    price.Quantity
		want unit.Money
	}{{"0.0000166667", price.Of(540_000), 9_000_018}, {"0.0000002", price.Of(3_000_000), 600_000}, {"0.000001", 499_999, 0}, {"0.000001", 500_000, 1}, {"9999999", 1 << 60, 1<<63 - 1}} {
		rate, err := price.ParseRate(x.rate)
		if got := rate.Times(x.q); err != nil || got != x.want {
			t.Errorf("%s of %d: %d, not %d", x.rate, x.q, got, x.want)
		}
	}
	for units, want := range map[float64]price.Quantity{-1: 0, 0: 0, 1: price.One, 0.0000004: 0, 0.0000005: 1, 1e300: 1 << 60} {
		if got := price.Of(units); got != want {
			t.Errorf("%g: %d", units, got)
		}
	}
}

// Each saved list becomes the prices beside it. A new case is a new file.
func TestLists(t *testing.T) {
	files, err := filepath.Glob("testdata/list/*.json")
	if err != nil || len(files) < 6 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			found, err := price.ParseList(filepath.Base(file), text)
			got := string(price.Table{Prices: found}.Text())
			if err != nil {
				got = err.Error() + "\n"
				if fault.KindOf(err) != fault.Input {
					t.Error("whose turn is it?", err)
				}
			}
			golden := strings.TrimSuffix(file, ".json") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want, err := os.ReadFile(golden); err != nil || string(want) != got {
				t.Errorf("%v\n%s\nnot\n%s", err, got, want)
			}
		})
	}
}

func TestMerge(t *testing.T) {
	text, err := os.ReadFile("testdata/list/lambda-offer.json")
	if err != nil {
		t.Fatal(err)
	}
	newer, err := price.ParseList("x", text)
	if err != nil {
		t.Fatal(err)
	}
	old := price.BuiltIn()
	merged, changes := old.Merge(newer)
	if len(changes) != 2 || changes[0].Item != price.LambdaARM || changes[0].Was != "" || changes[1].Was != "0.0000002" || changes[1].Now != "0.00000021" || len(merged.Prices) != len(old.Prices)+1 {
		t.Errorf("%+v", changes)
	}
	again, changes := merged.Merge(newer)
	if len(changes) != 0 || !bytes.Equal(again.Text(), merged.Text()) {
		t.Errorf("%+v", changes)
	}
	if !bytes.Equal(old.Text(), price.BuiltIn().Text()) {
		t.Error("the old table was changed")
	}
	if read, err := price.Parse("x", merged.Text()); err != nil || !bytes.Equal(read.Text(), merged.Text()) {
		t.Error(err)
	}
}

// Attack: swapped-prices
func TestTablesAreStrict(t *testing.T) {
	const entry = `{"region":"us-east-1","item":"alb.hour","unit":"hour","usd":"0.0225","date":"2026-11-23","source":"x.example"}`
	table := func(entries ...string) string { return `{"version":1,"prices":[` + strings.Join(entries, ",") + `]}` }
	if _, err := price.Parse("p.json", []byte(table(entry))); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ text, want string }{
		"twice":           {table(entry, entry), "twice"},
		"another version": {`{"version":2,"prices":[]}`, "version"},
		"unknown key":     {`{"version":1,"price":[]}`, "unknown field"},
		"behind it":       {table(entry) + "{}", "goes on"},
		"no region":       {table(strings.Replace(entry, "us-east-1", "virginia", 1)), "no region"},
		"unknown item":    {table(strings.Replace(entry, "alb.hour", "alb.day", 1)), "no item"},
		"another unit":    {table(strings.Replace(entry, `"hour",`, `"day",`, 1)), "the unit is"},
		"no date":         {table(strings.Replace(entry, "2026-11-23", "23.11.2026", 1)), "no date"},
		"no source":       {table(strings.Replace(entry, "x.example", "", 1)), "no source"},
		"free":            {table(strings.Replace(entry, "0.0225", "0", 1)), "nothing is free"},
		"rounded":         {table(strings.Replace(entry, "0.0225", "0.00000000001", 1)), "digits"},
		"no JSON":         {"prices", "no table"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := price.Parse("p.json", []byte(c.text)); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "p.json") {
				t.Error(err)
			}
		})
	}
}

func TestItemsOfBills(t *testing.T) {
	for _, x := range []struct {
		service, usage string
		want           price.Item
	}{
		{"AWS Lambda", "EUC1-Lambda-GB-Second-ARM", price.LambdaARM}, {"AWS Lambda", "Request", price.LambdaRequest}, {"AWS Lambda", "USE1-Request-ARM", price.LambdaRequest},
		{"Amazon Elastic Load Balancing", "EU-LCUUsage", price.ALBCapacity}, {"Amazon Elastic Load Balancing", "DataTransfer-Out-Bytes", price.EgressGB},
		{"Amazon Relational Database Service", "InstanceUsage:db.t4g.medium", price.Database("db.t4g.medium")}, {"Amazon ElastiCache", "NodeUsage:cache.t4g.small", price.Cache("cache.t4g.small")},
		{"Amazon Elastic Load Balancing", "Request", ""}, {"Amazon Relational Database Service", "InstanceUsage:cache.t4g.small", ""}, {"Amazon DynamoDB", "Requests-Tier1", ""}, {"AWS Lambda", "", ""},
	} {
		if got, ok := price.ItemOf(x.service, x.usage); ok != (x.want != "") || ok && got != x.want {
			t.Errorf("%s %s: %s %v", x.service, x.usage, got, ok)
		}
	}
}

// FuzzParseList wants whatever is read to be a table.
func FuzzParseList(f *testing.F) {
	files, _ := filepath.Glob("testdata/list/*.json")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		found, err := price.ParseList("x", text)
		if err != nil {
			return
		}
		if _, err := price.Parse("x", price.Table{Prices: found}.Text()); err != nil {
			t.Error(err)
		}
	})
}

// FuzzParse wants a table to stay what it is.
func FuzzParse(f *testing.F) {
	f.Add(price.BuiltIn().Text())
	f.Fuzz(func(t *testing.T, text []byte) {
		table, err := price.Parse("x", text)
		if err != nil {
			return
		}
		if again, err := price.Parse("x", table.Text()); err != nil || !bytes.Equal(again.Text(), table.Text()) {
			t.Error(err)
		}
	})
}
