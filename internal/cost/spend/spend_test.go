package spend

import (
	"encoding/json"
	"flag"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/schematest"
	"github.com/cutover-dev/cutover/internal/unit"
)

var update = flag.Bool("update", false, "write the schema anew")

func TestCSV(t *testing.T) {
	for name, c := range map[string]struct {
		text, refused string
		days          int
		total         unit.Money
	}{
		"plain":                     {"date,usd\n2026-11-01,12.5\n2026-11-02,0.000001\n", "", 2, 12_500_001},
		"a mark and Windows lines":  {"\ufeffdate,usd\r\n2026-11-01,1\r\n", "", 1, unit.Dollar},
		"no newline at the end":     {"Date, USD\n2026-11-01, 1", "", 1, unit.Dollar},
		"quoted":                    {"\"date\",\"usd\"\n\"2026-11-01\",\"1\"\n", "", 1, unit.Dollar},
		"any order":                 {"date,usd\n2026-11-02,1\n2026-11-01,2\n", "", 2, 3 * unit.Dollar},
		"a leap day":                {"date,usd\n2028-02-29,1\n", "", 1, unit.Dollar},
		"a refund":                  {"date,usd\n2026-11-01,-1.25\n", "", 1, -1_250_000},
		"no leap day":               {"date,usd\n2026-02-29,1\n", `f.csv:2: has a date that is no day of a calendar from 2000 to 2099 (got "2026-02-29")`, 0, 0},
		"not a leap century":        {"date,usd\n2100-02-29,1\n", "f.csv:2: has a date", 0, 0},
		"another form of date":      {"date,usd\n01/11/2026,1\n", "f.csv:2: has a date", 0, 0},
		"a day twice":               {"date,usd\n2026-11-01,1\n2026-11-02,1\n2026-11-01,1\n", "f.csv:4: has a day that line 2 has already", 0, 0},
		"seven digits":              {"date,usd\n2026-11-01,1.1234567\n", `f.csv:2: has an amount`, 0, 0},
		"thousands":                 {"date,usd\n2026-11-01,\"1,000\"\n", "f.csv:2: has an amount", 0, 0},
		"no number":                 {"date,usd\n2026-11-01,NaN\n", "f.csv:2: has an amount", 0, 0},
		"an exponent":               {"date,usd\n2026-11-01,1e3\n", "f.csv:2: has an amount", 0, 0},
		"far too much":              {"date,usd\n2026-11-01,1000000000\n", "f.csv:2: has an amount of 1000000000 dollars or more", 0, 0},
		"empty":                     {"", "f.csv: is empty", 0, 0},
		"no days":                   {"date,usd\n", "f.csv: has no day", 0, 0},
		"no header":                 {"2026-11-01,1\n", "f.csv:1: does not begin with the names", 0, 0},
		"three values":              {"date,usd\n2026-11-01,1,2\n", "f.csv:2: has 3 values", 0, 0},
		"a header in another money": {"date,eur\n2026-11-01,1\n", "f.csv:1: is in EUR, and budgets are in USD", 0, 0},
		"an amount in another":      {"date,usd\n2026-11-01,12 CHF\n", "f.csv:2: is in CHF", 0, 0},
		"an amount with a sign":     {"date,usd\n2026-11-01,€12\n", "f.csv:2: is in EUR", 0, 0},
		"an open quote":             {"date,usd\n\"2026-11-01,1\n", "f.csv:2: is no CSV", 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := Parse("f.csv", []byte(c.text))
			if c.refused != "" {
				if err == nil || !strings.HasPrefix(err.Error(), c.refused) || fault.KindOf(err) != fault.Input {
					t.Fatalf("%v, want %s", err, c.refused)
				}
				return
			}
			if err != nil || len(d.Days) != c.days || d.Total() != c.total {
				t.Fatalf("%+v %v", d, err)
			}
			for i := 1; i < len(d.Days); i++ {
				if !d.Days[i].Date.After(d.Days[i-1].Date) {
					t.Error("days do not rise")
				}
			}
		})
	}
}

func TestTooManyDays(t *testing.T) {
	var b strings.Builder
	b.WriteString("date,usd\n")
	for i := range mostDays + 1 {
		b.WriteString(time.Date(2010, 1, 1+i, 0, 0, 0, 0, time.UTC).Format(time.DateOnly) + ",1\n")
	}
	if _, err := ParseCSV("f", []byte(b.String())); err == nil || !strings.Contains(err.Error(), "more than 4000 days") {
		t.Error(err)
	}
}

func TestJSONRefuses(t *testing.T) {
	for text, want := range map[string]string{
		`{"days":[],"source":"x","calls":0,"fee":0}`: "has no day",
		`{"source":"x"}`: "has no days",
		`[]`:             "is no file of daily spending",
		`{"days":[{"date":"2026-02-29","lines":[]}]}`:                                  "2026-02-29",
		`{"days":[{"date":"2026-11-01","lines":[]},{"date":"2026-11-01","lines":[]}]}`: "each at most once",
		`{"days":[{"date":"2026-11-02","lines":[]},{"date":"2026-11-01","lines":[]}]}`: "days rise",
		`{"days":[{"date":"2026-11-01"}]}`:                                             "has no lines",
		`{"days":[{"date":"2026-11-01","lines":[{"amount":1.1234567}]}]}`:              "1.1234567",
		`{"days":[{"date":"2026-11-01","lines":[{"amount":1,"quantity":-1}]}]}`:        "quantity of -1",
		`{"days":[{"date":"2026-11-01","lines":[{}]}]}`:                                "has an amount",
		`{"days":[{"date":"2026-11-01","lines":[],"more":1}]}`:                         "more",
		`{"currency":"EUR","days":[{"date":"2026-11-01","lines":[]}]}`:                 "is in EUR, and budgets are in USD",
		`{"days":[{"date":"2026-11-01","lines":[]}]} x`:                                "is no file of daily spending",
	} {
		if _, err := Parse("f.json", []byte(text)); err == nil || !strings.Contains(err.Error(), want) || fault.KindOf(err) != fault.Input {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// What is written is read again to the last digit, and as its schema says. The
// schema is that of the same shape with plain numbers.
func TestJSONReadsWhatItWrites(t *testing.T) {
	type line struct {
		Service   string  `json:"service"`
		UsageType string  `json:"usage_type"`
		Amount    float64 `json:"amount"`
		Quantity  float64 `json:"quantity,omitempty"`
	}
	type days struct {
		Date      string `json:"date" jsonschema:"format=date"`
		Lines     []line `json:"lines"`
		Estimated bool   `json:"estimated"`
	}
	type daily struct {
		Currency string  `json:"currency,omitempty" jsonschema:"enum=USD"`
		Days     []days  `json:"days"`
		Source   string  `json:"source"`
		Calls    int     `json:"calls"`
		Fee      float64 `json:"fee"`
	}
	schema := schematest.Of(t, "../../../schemas/cost-daily.schema.json", "Daily cost", "What an app has cost day by day, by service and usage type, in US dollars.", daily{}, *update)
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 1))
		d := Daily{Days: []Day{}, Source: "test", Calls: r.IntN(9), Fee: unit.Money(r.IntN(1e6))}
		for i := range 1 + r.IntN(5) {
			day := Day{Date: time.Date(2028, 2, 27+i, 0, 0, 0, 0, time.UTC), Lines: []Line{}, Estimated: r.IntN(2) == 0}
			for range r.IntN(4) {
				day.Lines = append(day.Lines, Line{Service: "S<&", UsageType: "U", Amount: unit.Money(r.Int64N(2e9) - 1e9), Quantity: float64(r.IntN(1000))})
			}
			d.Days = append(d.Days, day)
		}
		text, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Check(string(text)); err != nil {
			t.Fatal(err)
		}
		back, err := Parse("f.json", text)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := json.Marshal(back)
		if string(again) != string(text) || back.Total() != d.Total() || back.Fee != d.Fee {
			t.Fatalf("%s\n%s", text, again)
		}
	}
}

// A month has its days wherever the moment was written down, and names what is
// missing among them, not what is yet to come.
func TestMonth(t *testing.T) {
	var d Daily
	for _, n := range []int{-1, 0, 1, 2, 4, 6} {
		d.Days = append(d.Days, Day{Date: time.Date(2028, 2, 27+n, 0, 0, 0, 0, time.UTC), Lines: []Line{{Service: "A", Amount: unit.Dollar}, {Service: "Tax", Amount: 1}}})
	}
	feb := d.Month(2028, time.February)
	if feb.Length() != 29 || len(feb.Days) != 4 || len(feb.Missing) != 25 || feb.Total() != 4*unit.Dollar+4 {
		t.Errorf("%+v", feb)
	}
	mar := d.Month(2028, time.March)
	if len(mar.Missing) != 2 || mar.Missing[0].Day() != 1 || mar.Missing[1].Day() != 3 {
		t.Errorf("%v", mar.Missing)
	}
	for _, zone := range []int{-12, 0, 5, 14} {
		at := time.Date(2028, 3, 1, 0, 0, 0, 0, time.UTC).In(time.FixedZone("", zone*3600))
		if got := d.Between(at.Add(-24*time.Hour), at); len(got.Days) != 1 || got.Days[0].Date.Day() != 29 {
			t.Errorf("%d: %v", zone, got.Days)
		}
	}
	if got := d.Without("Tax"); got.Total() != 6*unit.Dollar || d.Total() == got.Total() || !got.Detailed() {
		t.Error(got.Total())
	}
}

func FuzzParseDaily(f *testing.F) {
	f.Add([]byte("date,usd\n2026-11-01,12.5\n2026-11-02,-1\n"))
	f.Add([]byte(`{"currency":"USD","days":[{"date":"2026-11-01","lines":[{"service":"A","usage_type":"B","amount":1.25,"quantity":3}],"estimated":true}],"source":"x","calls":1,"fee":0.01}`))
	f.Add([]byte("\ufeffdate,eur\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := Parse("f", text)
		if err != nil {
			if fault.KindOf(err) != fault.Input {
				t.Fatal(err)
			}
			return
		}
		again, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Parse("f", again)
		if err != nil || back.Total() != d.Total() || len(back.Days) != len(d.Days) {
			t.Fatalf("%v: %s", err, again)
		}
	})
}
