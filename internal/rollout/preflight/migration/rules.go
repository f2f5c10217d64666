package migration

import "strings"

// rules say what a statement is by its first word. Those without a finding in
// them leave the old version as it was.
var rules map[string]func(*scanner, *cursor)

func init() {
	harmless := func(*scanner, *cursor) {}
	rules = map[string]func(*scanner, *cursor){
		"ALTER": (*scanner).alter, "DROP": (*scanner).drop, "CREATE": (*scanner).create, "RENAME": (*scanner).rename,
		"TRUNCATE": (*scanner).truncate, "DELETE": (*scanner).remove,
		"DO":      opaque("a DO block runs statements that were not read"),
		"CALL":    opaque("a procedure runs statements that were not read"),
		"EXECUTE": opaque("EXECUTE runs a statement that was not read"),
		"REVOKE":  opaque("REVOKE takes a right that the old version may use"),
		"LOCK":    opaque("LOCK keeps the old version waiting"),
	}
	for _, w := range strings.Fields("ABORT ANALYZE BEGIN CHECKPOINT CLUSTER COMMENT COMMIT COPY DEALLOCATE DISCARD END EXPLAIN GRANT INSERT MERGE NOTIFY PREPARE REFRESH REINDEX RELEASE REPLACE RESET ROLLBACK SAVEPOINT SECURITY SELECT SET SHOW START UNLOCK UPDATE USE VACUUM VALUES WITH PRAGMA") {
		rules[w] = harmless
	}
}

func opaque(what string) func(*scanner, *cursor) {
	return func(s *scanner, c *cursor) { s.found(c.tokens[0].line, false, what) }
}

// The kinds of what can be dropped, by whether the old version surely misses it.
var (
	missed  = []string{"TABLE", "VIEW", "TYPE", "DOMAIN", "SCHEMA", "SEQUENCE", "FUNCTION", "PROCEDURE", "ROUTINE", "DATABASE", "EXTENSION", "COLUMN"}
	perhaps = []string{"INDEX", "TRIGGER", "RULE", "POLICY", "AGGREGATE", "CAST", "OPERATOR", "COLLATION", "ROLE", "USER", "OWNED", "SERVER", "EVENT", "PUBLICATION", "SUBSCRIPTION", "STATISTICS"}
)

// object reads the kind of what a statement is about.
func (c *cursor) object() string {
	for c.any("MATERIALIZED", "FOREIGN", "TEMPORARY", "TEMP", "UNLOGGED", "GLOBAL", "LOCAL") != "" {
		continue
	}
	t := c.peek()
	if t.kind == word {
		c.at++
	}
	return t.key
}

func (s *scanner) drop(c *cursor) {
	line := c.line()
	kind := c.object()
	c.any("CONCURRENTLY")
	c.take("IF", "EXISTS")
	var old []string
	for {
		name := c.name()
		if c.peek().text == "(" {
			c.inner() // a function's arguments
		}
		if name != "" && !s.created[kind+" "+name] {
			old = append(old, name)
		}
		delete(s.schema, name)
		if !c.symbol(",") {
			break
		}
	}
	switch what := "drops " + strings.ToLower(kind) + " " + clip(strings.Join(old, ", ")); {
	case len(old) == 0:
	case contains(missed, kind):
		s.found(line, true, what)
	case contains(perhaps, kind):
		s.found(line, false, what+", on which a statement of the old version may rely")
	default:
		s.found(line, false, "nothing is known of DROP "+clip(kind))
	}
}

func contains(list []string, w string) bool {
	for _, l := range list {
		if l == w {
			return true
		}
	}
	return false
}

func (s *scanner) create(c *cursor) {
	line := c.line()
	replaces := c.take("OR", "REPLACE")
	unique := c.take("UNIQUE")
	kind := c.object()
	c.any("CONCURRENTLY")
	exists := c.take("IF", "NOT", "EXISTS")
	if kind == "INDEX" {
		if table := s.indexed(c); unique && !s.created["TABLE "+table] {
			s.found(line, false, "a unique index on "+clip(table)+" refuses what the old version may write")
		}
		return
	}
	name := c.name()
	switch {
	case replaces:
		s.found(line, false, "replaces "+strings.ToLower(kind)+" "+clip(name)+", which the old version may use")
	case kind == "TRIGGER" || kind == "RULE" || kind == "POLICY":
		s.found(line, false, strings.ToLower(kind)+" "+clip(name)+" changes what the old version's statements do")
	}
	if !s.file.Applied && !s.file.Unknown && !exists && !replaces {
		s.created[kind+" "+name] = true
	}
	if kind == "TABLE" && c.peek().text == "(" {
		s.schema.define(name, c.inner())
	}
}

// indexed reads the table of an index, whose own name may be left out.
func (s *scanner) indexed(c *cursor) string {
	for !c.done() && !c.take("ON") {
		c.at++
	}
	c.any("ONLY")
	return c.name()
}

// rename is MySQL's RENAME TABLE a TO b, c TO d.
func (s *scanner) rename(c *cursor) {
	line := c.line()
	if c.any("TABLE", "TABLES") == "" {
		s.found(line, false, "RENAME of something that is no table")
		return
	}
	for _, p := range c.parts() {
		if name := p.name(); !s.created["TABLE "+name] {
			s.found(line, true, "renames table "+clip(name))
		}
	}
}

func (s *scanner) truncate(c *cursor) {
	line := c.line()
	c.any("TABLE")
	for _, p := range c.parts() {
		p.any("ONLY")
		if name := p.name(); !s.created["TABLE "+name] {
			s.found(line, true, "empties table "+clip(name))
		}
	}
}

func (s *scanner) remove(c *cursor) {
	line := c.line()
	c.take("FROM")
	c.any("ONLY")
	if name := c.name(); !c.has("WHERE") && !s.created["TABLE "+name] {
		s.found(line, true, "deletes every row of "+clip(name))
	}
}

func (s *scanner) alter(c *cursor) {
	line := c.line()
	kind := c.object()
	c.take("IF", "EXISTS")
	c.any("ONLY")
	name := c.name()
	if s.created[kind+" "+name] {
		if kind == "TABLE" && c.take("RENAME", "TO") {
			s.created["TABLE "+c.name()] = true
		}
		return
	}
	c.symbol("*")
	if kind == "TABLE" {
		for _, action := range c.parts() {
			s.action(name, action)
		}
		return
	}
	what := strings.ToLower(kind) + " " + clip(name)
	switch {
	case c.take("RENAME", "VALUE"), c.take("DROP", "VALUE"):
		s.found(line, true, what+" loses a value")
	case c.take("RENAME"), c.take("SET", "SCHEMA"):
		s.found(line, kind != "INDEX" && kind != "TRIGGER" && kind != "POLICY", what+" gets another name")
	case c.take("DROP", "ATTRIBUTE"):
		s.found(line, true, what+" loses an attribute")
	case kind == "TYPE" && c.take("ADD", "VALUE"):
	case contains([]string{"SYSTEM", "DEFAULT", "DATABASE", "EXTENSION", "STATISTICS", "INDEX"}, kind):
	default:
		s.found(line, false, what+" is changed, which the old version may not expect")
	}
}
