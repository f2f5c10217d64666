package picture

import (
	"fmt"
	"math"
	"strings"

	"github.com/cutover-dev/cutover/internal/monitoring/dashboard"
)

// drawn is one line of a widget.
type drawn struct {
	label, colour string
	onRight       bool
	values        []float64
}

// calculation works out the expressions of one widget over made-up data.
type calculation struct {
	d    data
	m    dashboard.Metrics
	byID map[string]dashboard.Series
}

// lines are what the widget shows.
func (d data) lines(m dashboard.Metrics) ([]drawn, error) {
	c := calculation{d, m, map[string]dashboard.Series{}}
	for _, s := range m.Series {
		if s.ID != "" {
			c.byID[s.ID] = s
		}
	}
	var all []drawn
	for _, s := range m.Series {
		if s.Hidden {
			continue
		}
		found, err := c.series(s)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.Title, err)
		}
		all = append(all, found...)
	}
	return all, nil
}

func (c calculation) series(s dashboard.Series) ([]drawn, error) {
	if s.Expression == "" {
		stat := s.Stat
		if stat == "" {
			stat = c.m.Stat
		}
		return []drawn{{labelOf(s), s.Color, s.OnRight, c.d.simulate(s, stat)}}, nil
	}
	n, err := dashboard.ParseExpression(s.Expression)
	if err != nil {
		return nil, err
	}
	v, err := c.value(n)
	for i := range v {
		v[i].colour, v[i].onRight = s.Color, s.OnRight
		if s.Label != "" && !strings.HasPrefix(s.Label, "${") {
			v[i].label = s.Label
		}
	}
	return v, err
}

// labelOf is what CloudWatch would write for a metric without a label.
func labelOf(s dashboard.Series) string {
	if s.Label != "" {
		return s.Label
	}
	if n := len(s.Dimensions); n > 0 {
		return s.Dimensions[0].Value
	}
	return s.Metric
}

// value works out one part of an expression: one line or several.
func (c calculation) value(n dashboard.Node) ([]drawn, error) {
	switch n.Kind {
	case dashboard.NumberNode:
		return []drawn{{values: c.d.each(func(int) float64 { return n.Value })}}, nil
	case dashboard.SeriesNode:
		return c.series(c.byID[n.Text])
	case dashboard.OperatorNode:
		left, err := c.one(n.Args[0])
		if err != nil {
			return nil, err
		}
		right, err := c.one(n.Args[1])
		if err != nil {
			return nil, err
		}
		return []drawn{{values: c.d.each(func(i int) float64 { return operate(n.Text, left[i], right[i]) })}}, nil
	case dashboard.CallNode:
		return c.call(n)
	}
	return nil, fmt.Errorf("the picture cannot work out %q", n.Text)
}

func (c calculation) one(n dashboard.Node) ([]float64, error) {
	v, err := c.value(n)
	if err != nil {
		return nil, err
	}
	if len(v) != 1 {
		return nil, fmt.Errorf("%d series stand where one should", len(v))
	}
	return v[0].values, nil
}

func operate(op string, a, b float64) float64 {
	truth := func(t bool) float64 {
		if t {
			return 1
		}
		return 0
	}
	switch op {
	case "+":
		return a + b
	case "-":
		return a - b
	case "*":
		return a * b
	case "/":
		if b == 0 {
			return math.NaN() // CloudWatch leaves such a point out
		}
		return a / b
	case ">":
		return truth(a > b)
	case "<":
		return truth(a < b)
	}
	return math.NaN()
}

func (c calculation) call(n dashboard.Node) ([]drawn, error) {
	switch n.Text {
	case "SEARCH":
		return c.search(n)
	case "IF":
		var parts [3][]float64
		for i := range parts {
			if i >= len(n.Args) {
				return nil, fmt.Errorf("the picture needs three arguments of IF")
			}
			v, err := c.one(n.Args[i])
			if err != nil {
				return nil, err
			}
			parts[i] = v
		}
		return []drawn{{values: c.d.each(func(i int) float64 {
			if parts[0][i] != 0 {
				return parts[1][i]
			}
			return parts[2][i]
		})}}, nil
	case "FILL":
		v, err := c.one(n.Args[0])
		if err != nil {
			return nil, err
		}
		last := math.NaN()
		return []drawn{{values: c.d.each(func(i int) float64 {
			if !math.IsNaN(v[i]) {
				last = v[i]
			}
			return last
		})}}, nil
	case "SUM":
		v, err := c.value(n.Args[0])
		return []drawn{{values: c.d.each(func(i int) float64 {
			sum := 0.0
			for _, s := range v {
				sum += s.values[i]
			}
			return sum
		})}}, err
	}
	return nil, fmt.Errorf("the picture cannot work out %s", n.Text)
}

// search finds the functions, as CloudWatch would.
func (c calculation) search(n dashboard.Node) ([]drawn, error) {
	period := ""
	if len(n.Args) == 3 {
		period = fmt.Sprint(n.Args[2].Value)
	}
	s, ok := dashboard.ParseSearch(n.Args[0].Text, n.Args[1].Text, period)
	if !ok || len(s.Dimensions) != 1 || s.Dimensions[0] != "FunctionName" {
		return nil, fmt.Errorf("the picture does not know what %s would find", n.Args[0].Text)
	}
	var all []drawn
	for _, f := range c.d.Functions {
		if s.Finds(f) {
			found := dashboard.Series{Namespace: s.Namespace, Metric: s.Metric, Dimensions: []dashboard.Dimension{{Name: "FunctionName", Value: f}}}
			all = append(all, drawn{label: f, values: c.d.simulate(found, s.Stat)})
		}
	}
	return all, nil
}
