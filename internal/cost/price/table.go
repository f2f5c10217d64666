package price

import (
	"bytes"
	_ "embed" // the table
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// Price is one entry of the table. Of tiers it is the first that costs anything;
// free amounts are left out, since an account has them once, whatever runs in it.
type Price struct {
	Region string `json:"region"`
	Item   Item   `json:"item"`
	Unit   string `json:"unit"`
	USD    string `json:"usd"`
	// Date is when the price was seen, or AWS's own date of its list.
	Date   string `json:"date"`
	Source string `json:"source"`
	rate   Rate
}

// Table is a price list: prices by region and item.
type Table struct {
	Version int     `json:"version"`
	Prices  []Price `json:"prices"`
}

const (
	version = 1
	// MostBytes is how large a table may be.
	MostBytes  = 4 << 20
	mostPrices = 20_000
)

//go:embed prices.json
var builtIn []byte

// BuiltIn is the table that this program was built with.
func BuiltIn() Table {
	t, err := Parse("prices.json", builtIn)
	if err != nil {
		panic(err) // a test holds the file
	}
	return t
}

var (
	regionRE = pattern.New(`^[a-z]{2}(-[a-z]+)+-[0-9]$`)
	// sourceRE is where somebody can look.
	sourceRE = pattern.New(`^[A-Za-z0-9][ -~]{3,199}$`)
)

// Parse reads a table, strictly: an entry that is not understood is no price.
func Parse(name string, text []byte) (Table, error) {
	wrong := func(what, got string) error {
		return &fault.Fault{Kind: fault.Input, Name: name, What: what, Got: got, Next: "Write the table by cutover prices."}
	}
	if len(text) > MostBytes {
		return Table{}, wrong(fmt.Sprintf("is larger than %d bytes", MostBytes), "")
	}
	var t Table
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&t); err != nil {
		return Table{}, wrong("is no table of prices: "+err.Error(), "")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Table{}, wrong("goes on behind the table", "")
	}
	if t.Version != version {
		return Table{}, wrong("has another version", fmt.Sprint(t.Version))
	}
	if len(t.Prices) > mostPrices {
		return Table{}, wrong("has too many prices", fmt.Sprint(len(t.Prices)))
	}
	seen := map[string]bool{}
	for n := range t.Prices {
		p := &t.Prices[n]
		key := p.Region + " " + string(p.Item)
		if err := p.check(); err != nil {
			return Table{}, wrong("is wrong at "+key+": "+err.Error(), "")
		}
		if seen[key] {
			return Table{}, wrong("has a price twice", key)
		}
		seen[key] = true
	}
	t.sort()
	return t, nil
}

func (p *Price) check() (err error) {
	switch {
	case !regionRE.MatchString(p.Region):
		return errors.New("no region")
	case p.Item.Unit() == "":
		return errors.New("no item that is known")
	case p.Unit != p.Item.Unit():
		return fmt.Errorf("the unit is %q, not %q", p.Item.Unit(), p.Unit)
	case !sourceRE.MatchString(p.Source):
		return errors.New("no source")
	}
	if _, err := time.Parse(time.DateOnly, p.Date); err != nil {
		return errors.New("no date such as 2026-11-23")
	}
	p.rate, err = ParseRate(p.USD)
	if err == nil && p.rate == 0 {
		return errors.New("nothing is free")
	}
	return err
}

// Rate is what one unit costs.
func (p Price) Rate() Rate { return p.rate }

// Find looks a price up. One that is not there is not known, and never zero.
func (t Table) Find(region string, item Item) (Price, bool) {
	for _, p := range t.Prices {
		if p.Region == region && p.Item == item {
			return p, true
		}
	}
	return Price{}, false
}

// Text is the table as a file: the same prices are the same bytes.
func (t Table) Text() []byte {
	t.Prices = slices.Clone(t.Prices)
	t.sort()
	var b strings.Builder
	fmt.Fprintf(&b, "{\n  \"version\": %d,\n  \"prices\": [", version)
	for n, p := range t.Prices {
		line := marshal(p)
		if n > 0 {
			b.WriteString(",")
		}
		b.WriteString("\n    " + line)
	}
	b.WriteString("\n  ]\n}\n")
	return []byte(b.String())
}

// marshal keeps & and < as they are: the file is read by people.
func marshal(p Price) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(p); err != nil {
		panic(err) // strings always can be
	}
	return strings.TrimSpace(b.String())
}

func (t Table) sort() {
	slices.SortFunc(t.Prices, func(a, b Price) int {
		if c := strings.Compare(a.Region, b.Region); c != 0 {
			return c
		}
		return strings.Compare(string(a.Item), string(b.Item))
	})
}

// Change is a price that differs between two tables. Was is empty for a new one.
type Change struct {
	Region string `json:"region"`
	Item   Item   `json:"item"`
	Unit   string `json:"unit"`
	Was    string `json:"was,omitempty"`
	Now    string `json:"now"`
	Date   string `json:"date"`
}

// Merge puts newer prices over those of the table, and says what changed. What
// the newer ones lack stays: a list is of one service.
func (t Table) Merge(newer []Price) (Table, []Change) {
	merged := Table{Version: version, Prices: slices.Clone(t.Prices)}
	changes := []Change{}
	for _, p := range newer {
		at := slices.IndexFunc(merged.Prices, func(o Price) bool { return o.Region == p.Region && o.Item == p.Item })
		if at < 0 {
			merged.Prices = append(merged.Prices, p)
			changes = append(changes, Change{p.Region, p.Item, p.Unit, "", p.USD, p.Date})
			continue
		}
		if old := merged.Prices[at]; old.rate != p.rate {
			changes = append(changes, Change{p.Region, p.Item, p.Unit, old.USD, p.USD, p.Date})
		}
		merged.Prices[at] = p
	}
	merged.sort()
	return merged, changes
}
