package dashboard

import (
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

var idForm = pattern.New(`^[a-z][a-zA-Z0-9_]{0,254}$`)

// formula is an expression of a widget with its place.
type formula struct{ at, id, text string }

// metrics checks the rows of a widget and returns how many metrics they fetch.
func (c *checker) metrics(at string, rows []any) int {
	ids := map[string]string{}
	var formulas []formula
	var before []string
	fetched := 0
	for i, r := range rows {
		place := nthOf(at, i)
		parts, ok := r.([]any)
		if !ok || len(parts) == 0 {
			c.report(place, "is no list of names")
			continue
		}
		var more object
		if m, ok := parts[len(parts)-1].(map[string]any); ok {
			parts = parts[:len(parts)-1]
			more, _ = c.object(place, m, "accountId", "color", "expression", "id", "label", "period", "region", "stat", "visible", "yAxis")
			c.rendering(more, place, ids)
		}
		switch {
		case more.has("expression"):
			if len(parts) > 0 {
				c.report(place, "has both an expression and a metric")
			}
			if text, ok := more.text("expression"); ok {
				id, _ := more.m["id"].(string)
				formulas = append(formulas, formula{place, id, text})
				fetched += c.found * strings.Count(text, "SEARCH(")
			}
		default:
			before = c.names(place, parts, before)
			fetched++
		}
	}
	searches := 0
	for _, f := range formulas {
		searches += c.expression(f, ids)
	}
	if searches > MostSearches {
		c.report(at, "has %d SEARCHes; allowed: %d", searches, MostSearches)
	}
	if n := max(fetched, len(rows)); n > MostPerWidget {
		c.report(at, "has %d metrics and expressions; allowed: %d", n, MostPerWidget)
	}
	return fetched
}

// rendering checks what a row says beside its names, and gathers its id.
func (c *checker) rendering(o object, at string, ids map[string]string) {
	o.stat()
	o.period()
	o.text("label")
	o.flags("visible")
	o.oneOf("yAxis", "left", "right")
	o.like("color", colourForm, colourAllowed)
	o.like("region", regionForm, "an AWS region")
	o.like("accountId", accountID, "an account number of 12 digits")
	id, ok := o.like("id", idForm, "a small letter, then letters, digits and _")
	if !ok {
		return
	}
	if other, double := ids[id]; double {
		c.report(join(at, "id"), "is %q, which %s is called already", id, other)
		return
	}
	ids[id] = at
}

// names checks the names of a metric and returns them in full: "." repeats the
// name above, "..." several of them.
func (c *checker) names(at string, parts []any, before []string) []string {
	var names []string
	for i, p := range parts {
		s, ok := p.(string)
		switch {
		case !ok || s == "" || len(s) > mostName:
			c.report(nthOf(at, i), "is %v; allowed: names of 1 to %d letters", p, mostName)
			return nil
		case s == "...":
			rest := len(before) - len(names) - (len(parts) - i - 1)
			if rest < 1 {
				c.report(nthOf(at, i), "repeats what the row above does not have")
				return nil
			}
			names = append(names, before[len(names):len(names)+rest]...)
		case s == ".":
			if len(names) >= len(before) {
				c.report(nthOf(at, i), "repeats what the row above does not have")
				return nil
			}
			names = append(names, before[len(names)])
		default:
			names = append(names, s)
		}
	}
	switch n := len(names); {
	case n < 2:
		c.report(at, "has no namespace and name")
	case n%2 != 0:
		c.report(at, "has a dimension without a value")
	case n > 2+2*mostDimensions:
		c.report(at, "has %d dimensions; allowed: %d", n/2-1, mostDimensions)
	}
	return names
}

// expression checks metric math and returns how many SEARCHes it holds.
func (c *checker) expression(f formula, ids map[string]string) (searches int) {
	at := join(f.at, "expression")
	if len(f.text) > mostExpression {
		c.report(at, "has %d letters; allowed: %d", len(f.text), mostExpression)
		return 0
	}
	if strings.HasPrefix(strings.TrimSpace(strings.ToUpper(f.text)), "SELECT ") {
		return 0 // a query of Metrics Insights has a grammar of its own
	}
	n, err := ParseExpression(f.text)
	if err != nil {
		c.report(at, "%v", err)
		return 0
	}
	var absent []string
	n.Walk(func(n Node) {
		switch {
		case n.Kind == SeriesNode && n.Text == f.id && f.id != "":
			c.report(at, "refers to itself")
		case n.Kind == SeriesNode && ids[n.Text] == "" && !slices.Contains(absent, n.Text):
			absent = append(absent, n.Text)
			c.report(at, "refers to %q, and no row has that id", n.Text)
		case n.Kind == CallNode && n.Text == "SEARCH":
			searches++
			c.search(at, n.Args)
		}
	})
	return searches
}

func (c *checker) search(at string, args []Node) {
	if args[0].Kind != TextNode || args[1].Kind != TextNode {
		c.report(at, "gives SEARCH no texts for query and statistic")
		return
	}
	if n := len(args[0].Text); n > MostQuery {
		c.report(at, "searches by %d letters; allowed: %d", n, MostQuery)
	}
	if s := args[1].Text; !ValidStat(s) {
		c.report(at, "searches with the statistic %q; allowed: %s", s, statAllowed)
	}
	if len(args) == 3 && (args[2].Kind != NumberNode || args[2].Value > mostPeriod || !ValidPeriod(int(args[2].Value))) {
		c.report(at, "searches with a period that there is none of; allowed: 1, 5, 10, 20, 30 and multiples of 60")
	}
}
