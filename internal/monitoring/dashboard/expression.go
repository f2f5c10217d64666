package dashboard

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// Node is a part of a metric math expression: a number, a text, the id of a
// series, a keyword such as REPEAT, an operator or a function with what it is
// applied to, or a list. Source: CloudWatch User Guide, "Using math expressions
// with CloudWatch metrics".
type Node struct {
	Kind NodeKind
	// Text is the id, the text, the keyword, the operator or the function's name.
	Text  string
	Value float64
	Args  []Node
}

// NodeKind is what a part of an expression is.
type NodeKind int

// The kinds of parts.
const (
	NumberNode NodeKind = iota
	TextNode
	SeriesNode
	KeywordNode
	OperatorNode
	CallNode
	ListNode
)

// functions of metric math, each with how many arguments it takes. Source: as
// of [Node], "Functions supported for metric math".
var functions = map[string][2]int{
	"ABS": {1, 1}, "ANOMALY_DETECTION_BAND": {1, 2}, "AVG": {1, 1}, "CEIL": {1, 1}, "DATAPOINT_COUNT": {1, 1}, "DATE": {1, 1}, "DAY": {1, 1},
	"DB_PERF_INSIGHTS": {3, 4}, "DIFF": {1, 1}, "DIFF_TIME": {1, 1}, "EPOCH": {1, 1}, "FILL": {2, 2}, "FIRST": {1, 1}, "FLOOR": {1, 1}, "HOUR": {1, 1},
	"IF": {2, 3}, "INSIGHT_RULE_METRIC": {2, 2}, "LAMBDA": {1, 9}, "LAST": {1, 1}, "LOG": {1, 1}, "LOG10": {1, 1}, "MAX": {1, 1}, "METRICS": {0, 1},
	"METRIC_COUNT": {1, 1}, "MIN": {1, 1}, "MINUTE": {1, 1}, "MONTH": {1, 1}, "PERIOD": {1, 1}, "RATE": {1, 1}, "REMOVE_EMPTY": {1, 1},
	"RUNNING_SUM": {1, 1}, "SEARCH": {2, 3}, "SERVICE_QUOTA": {1, 1}, "SLICE": {2, 3}, "SORT": {3, 4}, "STDDEV": {1, 1}, "SUM": {1, 1},
	"TIME_SERIES": {1, 1}, "YEAR": {1, 1},
}

// keywords stand as arguments of FILL and SORT.
var keywords = map[string]bool{"REPEAT": true, "LINEAR": true, "ASC": true, "DESC": true, "AVG": true, "MAX": true, "MIN": true, "SUM": true, "LAST": true}

var tokenForm = pattern.New(`^(?:\s+|[0-9]+(?:\.[0-9]+)?|[A-Za-z][A-Za-z0-9_]*|'[^']*'|"[^"]*"|==|!=|<=|>=|&&|\|\||[-+*/^<>(),\[\]])`)

// binding of the operators: what binds closer is done first.
var binding = map[string]int{"OR": 1, "||": 1, "AND": 2, "&&": 2, "==": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "/": 6, "^": 8}

// deepest bounds how far parentheses and lists may be nested.
const deepest = 50

// ParseExpression reads metric math.
func ParseExpression(text string) (Node, error) {
	p := &parser{}
	for rest := text; rest != ""; {
		token := tokenForm.FindString(rest)
		if token == "" {
			return Node{}, fmt.Errorf("has %q, which is no part of metric math", brief(rest))
		}
		if strings.TrimSpace(token) != "" {
			p.tokens = append(p.tokens, token)
		}
		rest = rest[len(token):]
	}
	n, err := p.infix(0, 0)
	if err == nil && len(p.tokens) > 0 {
		err = fmt.Errorf("goes on after its end with %q", p.tokens[0])
	}
	return n, err
}

func brief(s string) string { return s[:min(len(s), 20)] }

type parser struct{ tokens []string }

func (p *parser) peek() string {
	if len(p.tokens) == 0 {
		return ""
	}
	return p.tokens[0]
}

func (p *parser) next() string {
	t := p.peek()
	p.tokens = p.tokens[min(1, len(p.tokens)):]
	return t
}

func (p *parser) infix(least, depth int) (Node, error) {
	if depth > deepest {
		return Node{}, fmt.Errorf("is nested more than %d deep", deepest)
	}
	left, err := p.prefix(depth)
	for err == nil {
		op := p.peek()
		if binding[op] == 0 || binding[op] <= least {
			break
		}
		p.next()
		var right Node
		right, err = p.infix(binding[op], depth+1)
		left = Node{Kind: OperatorNode, Text: op, Args: []Node{left, right}}
	}
	return left, err
}

func (p *parser) prefix(depth int) (Node, error) {
	switch token := p.next(); {
	case token == "":
		return Node{}, fmt.Errorf("ends where a value should stand")
	case token == "-":
		of, err := p.infix(7, depth+1)
		return Node{Kind: OperatorNode, Text: "-", Args: []Node{{Kind: NumberNode}, of}}, err
	case token == "(":
		n, err := p.infix(0, depth+1)
		if err == nil && p.next() != ")" {
			err = fmt.Errorf("lacks a )")
		}
		return n, err
	case token == "[":
		args, err := p.list("]", depth)
		return Node{Kind: ListNode, Args: args}, err
	case token[0] >= '0' && token[0] <= '9':
		v, err := strconv.ParseFloat(token, 64)
		if err != nil {
			return Node{}, fmt.Errorf("has the number %s, which is too large", brief(token))
		}
		return Node{Kind: NumberNode, Value: v}, nil
	case token[0] == '\'' || token[0] == '"':
		return Node{Kind: TextNode, Text: token[1 : len(token)-1]}, nil
	case token[0] >= 'a' && token[0] <= 'z':
		return Node{Kind: SeriesNode, Text: token}, nil
	case p.peek() == "(" && token[0] >= 'A' && token[0] <= 'Z':
		return p.call(token, depth)
	case keywords[token]:
		return Node{Kind: KeywordNode, Text: token}, nil
	default:
		return Node{}, fmt.Errorf("has %q where a value should stand", brief(token))
	}
}

func (p *parser) call(name string, depth int) (Node, error) {
	p.next()
	takes, known := functions[name]
	if !known {
		return Node{}, fmt.Errorf("calls %s, which is no function of metric math", brief(name))
	}
	args, err := p.list(")", depth)
	if err == nil && (len(args) < takes[0] || len(args) > takes[1]) {
		err = fmt.Errorf("gives %s %d arguments, and it takes %d to %d", name, len(args), takes[0], takes[1])
	}
	return Node{Kind: CallNode, Text: name, Args: args}, err
}

func (p *parser) list(end string, depth int) ([]Node, error) {
	var all []Node
	if p.peek() == end {
		p.next()
		return nil, nil
	}
	for {
		n, err := p.infix(0, depth+1)
		if err != nil {
			return nil, err
		}
		all = append(all, n)
		switch p.next() {
		case end:
			return all, nil
		case ",":
		default:
			return nil, fmt.Errorf("lacks a %s", end)
		}
	}
}

// Walk calls see for the part and all within it.
func (n Node) Walk(see func(Node)) {
	see(n)
	for _, a := range n.Args {
		a.Walk(see)
	}
}
