package migration

import (
	"slices"
	"strconv"
	"strings"
)

// datatype is a column's type: its name in one spelling, what stands in its
// parentheses, and whether it is an array.
type datatype struct {
	name  string
	args  []string
	array bool
}

func (t datatype) String() string {
	text := t.name
	if len(t.args) > 0 {
		text += "(" + strings.Join(t.args, ", ") + ")"
	}
	if t.array {
		text += "[]"
	}
	return text
}

// spellings are the names of one type; source: PostgreSQL documentation, "Data
// Types"; MySQL Reference Manual, "Data Types".
var spellings = map[string]string{
	"character varying": "varchar", "char varying": "varchar", "character": "char", "bpchar": "char",
	"int2": "smallint", "int": "integer", "int4": "integer", "int8": "bigint", "serial": "integer", "bigserial": "bigint", "smallserial": "smallint",
	"float4": "real", "float8": "double precision", "double": "double precision", "float": "double precision", "decimal": "numeric", "bool": "boolean",
	"timestamp with time zone": "timestamptz", "timestamp without time zone": "timestamp", "time without time zone": "time", "time with time zone": "timetz",
}

// phrases are the types of several words, longest first.
var phrases = [][]string{
	{"CHARACTER", "VARYING"}, {"CHAR", "VARYING"}, {"DOUBLE", "PRECISION"},
}

// datatype reads a type.
func (c *cursor) datatype() datatype {
	var t datatype
	for _, p := range phrases {
		if t.name == "" && c.take(p...) {
			t.name = strings.ToLower(strings.Join(p, " "))
		}
	}
	if t.name == "" {
		t.name = c.name()
	}
	if c.peek().text == "(" && c.peek().kind == symbol {
		for _, p := range c.inner().parts() {
			var arg strings.Builder
			for _, x := range p.tokens {
				arg.WriteString(x.text)
			}
			t.args = append(t.args, arg.String())
		}
	}
	for _, zone := range []string{"WITH", "WITHOUT"} {
		if c.take(zone, "TIME", "ZONE") {
			t.name += " " + strings.ToLower(zone) + " time zone"
		}
	}
	if c.take("UNSIGNED") {
		t.name += " unsigned"
	}
	if c.symbol("[") || c.any("ARRAY") != "" {
		t.array = true
	}
	if one, ok := spellings[t.name]; ok {
		t.name = one
	}
	if t.name == "numeric" && len(t.args) == 1 {
		t.args = append(t.args, "0")
	}
	return t
}

// ladders are types of which each holds all values of those before it.
var ladders = [][]string{{"smallint", "integer", "bigint"}, {"real", "double precision"}, {"tinyint", "smallint", "mediumint", "integer", "bigint"}}

// within says whether whoever reads and writes t can go on where the column is
// of type to. Whatever is not known is not.
func (t datatype) within(to datatype) bool {
	if t.array != to.array {
		return false
	}
	switch {
	case t.name == to.name && slices.Equal(t.args, to.args):
		return true
	case t.name == "enum" && to.name == "enum":
		return !slices.ContainsFunc(t.args, func(v string) bool { return !slices.Contains(to.args, v) })
	case t.name == "numeric" && to.name == "numeric":
		return wider(t.args, to.args)
	case (t.name == "varchar" || t.name == "char") && to.name == "text", t.name == "varchar" && to.name == "varchar":
		return to.name == "text" || shorter(t.args, to.args)
	}
	for _, l := range ladders {
		if a, b := slices.Index(l, t.name), slices.Index(l, to.name); a >= 0 && b >= 0 && len(t.args)+len(to.args) == 0 {
			return a <= b
		}
	}
	return false
}

// shorter compares lengths; none is without an end.
func shorter(a, b []string) bool {
	if len(b) == 0 {
		return true
	}
	if len(a) == 0 {
		return false
	}
	from, err := strconv.Atoi(a[0])
	to, wrong := strconv.Atoi(b[0])
	return err == nil && wrong == nil && from <= to
}

// wider compares digits before and behind the point; none is without an end.
func wider(a, b []string) bool {
	if len(b) == 0 {
		return true
	}
	if len(a) != 2 || len(b) != 2 {
		return false
	}
	var n [4]int
	for i, s := range []string{a[0], a[1], b[0], b[1]} {
		v, err := strconv.Atoi(s)
		if err != nil {
			return false
		}
		n[i] = v
	}
	return n[1] <= n[3] && n[0]-n[1] <= n[2]-n[3]
}
