package migration

import "strings"

// constraints begin what is no column.
var constraints = []string{"CONSTRAINT", "CHECK", "UNIQUE", "PRIMARY", "FOREIGN", "EXCLUDE", "INDEX", "KEY", "FULLTEXT", "SPATIAL"}

// quiet actions leave the old version as it was.
var quiet = [][]string{
	{"VALIDATE"}, {"ATTACH"}, {"INHERIT"}, {"CLUSTER"}, {"RESET"}, {"SET", "STATISTICS"}, {"SET", "TABLESPACE"}, {"SET", "LOGGED"}, {"SET", "UNLOGGED"},
	{"SET", "WITHOUT"}, {"REPLICA"}, {"ENGINE"}, {"COMMENT"}, {"AUTO_INCREMENT"}, {"ALGORITHM"}, {"LOCK"}, {"ENABLE", "TRIGGER"}, {"RENAME", "CONSTRAINT"}, {"RENAME", "INDEX"}, {"RENAME", "KEY"},
}

// action judges one action of ALTER TABLE.
func (s *scanner) action(table string, c *cursor) {
	line := c.line()
	for _, words := range quiet {
		if c.take(words...) {
			return
		}
	}
	what := func(sure bool, text string) { s.found(line, sure, text) }
	switch {
	case c.take("ADD"):
		s.add(table, c)
	case c.take("DROP"):
		s.dropPart(table, c)
	case c.take("RENAME", "COLUMN"):
		what(true, "renames column "+clip(table+"."+c.name()))
	case c.take("RENAME"):
		if len(c.tokens) > c.at+1 && c.tokens[c.at+1].key == "TO" && c.peek().key != "TO" {
			what(true, "renames column "+clip(table+"."+c.name()))
			return
		}
		what(true, "renames table "+clip(table))
	case c.take("SET", "SCHEMA"):
		what(true, "moves table "+clip(table)+" into another schema")
	case c.take("SET") && c.peek().text == "(":
	case c.take("ALTER"):
		s.column(table, c)
	case c.take("MODIFY"):
		c.any("COLUMN")
		s.retype(table, c.name(), c)
	case c.take("CHANGE"):
		c.any("COLUMN")
		old := c.name()
		if name := c.name(); name != old {
			what(true, "renames column "+clip(table+"."+old))
			return
		}
		s.retype(table, old, c)
	default:
		what(false, "changes table "+clip(table)+" in a way of which nothing is known: "+clip(c.peek().text))
	}
}

// dropPart judges what is dropped from a table. KEY and INDEX are words that a
// column may be called, too: then nothing follows them.
func (s *scanner) dropPart(table string, c *cursor) {
	line := c.line()
	if kind := c.peek().key; contains([]string{"CONSTRAINT", "INDEX", "KEY", "FOREIGN", "PRIMARY", "CHECK"}, kind) && c.at+1 < len(c.tokens) {
		s.found(line, false, "drops a constraint or an index of "+clip(table)+", on which a statement of the old version may rely")
		return
	}
	if c.take("PARTITION") && !c.done() {
		s.found(line, true, "drops a partition of "+clip(table))
		return
	}
	c.any("COLUMN")
	c.take("IF", "EXISTS")
	name := c.name()
	s.found(line, true, "drops column "+clip(table+"."+name))
	delete(s.schema[table], name)
}

// add judges what is added to a table.
func (s *scanner) add(table string, c *cursor) {
	line := c.line()
	if c.take("PARTITION") {
		return
	}
	if c.any("COLUMN") == "" && c.peek().kind == word && contains(constraints, c.peek().key) {
		s.found(line, false, "a new constraint on "+clip(table)+" refuses what the old version may write")
		return
	}
	c.take("IF", "NOT", "EXISTS")
	if c.peek().text == "(" {
		for _, p := range c.inner().parts() {
			s.addColumn(table, p)
		}
		return
	}
	s.addColumn(table, c)
}

func (s *scanner) addColumn(table string, c *cursor) {
	line := c.line()
	name := c.name()
	needed := required(c)
	s.schema.set(table, name, c.datatype())
	full := clip(table + "." + name)
	if needed {
		s.found(line, true, "column "+full+" must not be NULL and has no default, so that the old version cannot insert")
	}
	if c.has("UNIQUE") {
		s.found(line, false, "column "+full+" is unique, which what the old version inserts may not be")
	}
}

// required says whether who inserts must give a value.
func required(c *cursor) bool {
	generated := c.has("GENERATED") || c.has("AUTO_INCREMENT") || c.has("SERIAL") || c.has("BIGSERIAL") || c.has("SMALLSERIAL") || c.has("IDENTITY")
	given := c.has("DEFAULT") && !c.has("DEFAULT", "NULL")
	return (c.has("NOT", "NULL") || c.has("PRIMARY", "KEY")) && !generated && !given
}

// column judges ALTER TABLE … ALTER COLUMN.
func (s *scanner) column(table string, c *cursor) {
	line := c.line()
	if c.any("INDEX", "CONSTRAINT") != "" {
		s.found(line, false, "changes a constraint or an index of "+clip(table))
		return
	}
	c.any("COLUMN")
	name := c.name()
	full := clip(table + "." + name)
	switch {
	case c.take("SET", "NOT", "NULL"):
		s.found(line, true, "column "+full+" must not be NULL any more, which the old version may write")
	case c.take("DROP", "NOT", "NULL"):
		s.found(line, false, "column "+full+" may be NULL now, which the old version may not expect")
	case c.take("DROP", "DEFAULT"), c.take("DROP", "IDENTITY"), c.take("DROP", "EXPRESSION"):
		s.found(line, false, "column "+full+" has no default any more, on which the old version's inserts may rely")
	case c.take("SET", "DEFAULT"), c.take("SET", "STATISTICS"), c.take("SET", "STORAGE"), c.take("SET", "COMPRESSION"), c.take("RESET"):
	case c.take("SET", "DATA", "TYPE"), c.take("TYPE"):
		s.retype(table, name, c)
	default:
		s.found(line, false, "changes column "+full+" in a way of which nothing is known")
	}
}

// retype judges a new type of a column, as far as the old one is known.
func (s *scanner) retype(table, name string, c *cursor) {
	line := c.line()
	old, known := s.schema[table][name]
	next := c.datatype()
	s.schema.set(table, name, next)
	full := clip(table + "." + name)
	if required(c) {
		s.found(line, false, "column "+full+" must not be NULL, which the old version may write")
	}
	switch {
	case !known:
		s.found(line, false, "column "+full+" becomes "+clip(next.String())+"; what it was is not known")
	case old.within(next):
	case next.within(old):
		s.found(line, true, "column "+full+" narrows from "+clip(old.String())+" to "+clip(next.String()))
	default:
		s.found(line, true, "column "+full+" changes from "+clip(old.String())+" to "+clip(next.String())+", which the old version may not read or write")
	}
}

// schema is what is known of columns: of each table the type by the column's name.
type schema map[string]map[string]datatype

func (s schema) set(table, column string, t datatype) {
	if s[table] == nil {
		s[table] = map[string]datatype{}
	}
	s[table][column] = t
}

func (s schema) define(table string, c *cursor) {
	delete(s, table)
	for _, p := range c.parts() {
		if t := p.peek(); t.kind == word && contains(constraints, t.key) || strings.EqualFold(t.text, "LIKE") {
			continue
		}
		s.set(table, p.name(), p.datatype())
	}
}
