package migration_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/rollout/preflight/migration"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func show(r migration.Report) string {
	var b strings.Builder
	for _, f := range r.Findings {
		sure := "open"
		if f.Sure {
			sure = "sure"
		}
		fmt.Fprintf(&b, "%s:%d %s: %s\n", f.File, f.Line, sure, f.What)
	}
	fmt.Fprintf(&b, "%d files, %d statements\n", r.Files, r.Statements)
	return b.String()
}

// Each .sql file below testdata is read by itself; those whose names begin with
// a digit are one history, of which the applied one is only known.
//
// Shows: 5.5.3
func TestScan(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.sql")
	if err != nil || len(paths) < 6 {
		t.Fatalf("%d files: %v", len(paths), err)
	}
	cases := map[string][]migration.File{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		base := filepath.Base(path)
		name := strings.TrimSuffix(base, ".sql")
		if base[0] >= '0' && base[0] <= '9' {
			name = "history"
		}
		cases[name] = append(cases[name], migration.File{Path: base, Text: string(text), Applied: strings.Contains(base, "applied")})
	}
	for name, files := range cases {
		t.Run(name, func(t *testing.T) {
			golden := "testdata/" + name + ".findings"
			got := show(migration.Scan(files))
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || got != string(want) {
				t.Errorf("%v\n--- want\n%s--- got\n%s", err, want, got)
			}
		})
	}
}

// Where nobody knows what the database has, a table that a file creates may be
// one that the old version lives on, and what drops it may be long done.
func TestUnknown(t *testing.T) {
	for unknown, want := range map[bool]string{false: "2 files, 2 statements\n", true: "b:1 open: drops table mocs\n2 files, 2 statements\n"} {
		if got := show(migration.Scan([]migration.File{{Path: "a", Text: "CREATE TABLE mocs (id int)", Unknown: unknown}, {Path: "b", Text: "DROP TABLE mocs", Unknown: unknown}})); got != want {
			t.Errorf("unknown %v: %s", unknown, got)
		}
	}
}

// What cannot be read is open, never silent.
func TestUnreadable(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"too large":      {strings.Repeat("-", 4<<20+1), "was not read"},
		"UTF-16":         {"\xff\xfeD\x00", "no UTF-8"},
		"open comment":   {"/* DROP TABLE a;", "no end"},
		"open dollar":    {"SELECT $a$ DROP TABLE a; $b$", "never closed"},
		"open name":      {`DROP TABLE "a`, "never closed"},
		"open data":      {"COPY a FROM STDIN;\n1\n", "no end"},
		"no SQL at all":  {"hello", "nothing is known"},
		"only a symbol":  {"{", "nothing is known"},
		"nested comment": {"/* /* */ */ SELECT 1", "different places"},
	} {
		r := migration.Scan([]migration.File{{Path: "a.sql", Text: c.text}})
		if len(r.Findings) == 0 || !strings.Contains(r.Findings[0].What, c.want) || r.Findings[0].Sure {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if r := migration.Scan([]migration.File{{Path: "a.sql", Text: "SELECT $$\n\n$$;\nDROP TABLE a"}}); len(r.Findings) != 1 || r.Findings[0].Line != 4 {
		t.Errorf("%+v", r)
	}
	// A byte order mark hides nothing, nor does Windows.
	if r := migration.Scan([]migration.File{{Path: "a.sql", Text: "\uFEFFDROP\r\nTABLE a;\r\n"}}); len(r.Findings) != 1 || !r.Findings[0].Sure {
		t.Errorf("%+v", r)
	}
}

// A statement that breaks is found whatever stands around it, unless that is a
// string, a comment, or a text in dollars.
func TestFoundAnywhere(t *testing.T) {
	const drop = "DROP TABLE mocs"
	for _, around := range []string{"%s", "SELECT 1; %s", "-- a\n%s", "/* a */%s", "SELECT ';' ;%s", "SELECT $$;$$;%s;", "SELECT E'\\';';%s", `SELECT ";" ; %s`, "BEGIN;%s;COMMIT", ";;;%s", "SELECT (1;%s", "SELECT `;`;%s", "SELECT 1 # 2;%s", "SELECT a\n#> b; %s", "COPY a FROM STDIN;\n;\n\\.\n%s"} {
		if r := migration.Scan([]migration.File{{Path: "a", Text: fmt.Sprintf(around, drop)}}); !sure(r) {
			t.Errorf("%q hides it: %+v", around, r)
		}
	}
	for _, around := range []string{"SELECT '%s'", "-- %s", "/* %s; */", "SELECT $a$%s;$a$", `SELECT "%s"`, "COPY a FROM STDIN;\n%s;\n\\.\n", "# %s", "SELECT ''';%s;'"} {
		if r := migration.Scan([]migration.File{{Path: "a", Text: fmt.Sprintf(around, drop)}}); sure(r) {
			t.Errorf("%q is no statement: %+v", around, r)
		}
	}
}

func sure(r migration.Report) bool {
	for _, f := range r.Findings {
		if f.Sure {
			return true
		}
	}
	return false
}

func FuzzScan(f *testing.F) {
	paths, _ := filepath.Glob("testdata/*.sql")
	for _, path := range paths {
		text, _ := os.ReadFile(path)
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		one := migration.Scan([]migration.File{{Path: "a", Text: text}})
		for _, x := range one.Findings {
			if x.Line < 1 || x.Line > strings.Count(text, "\n")+1 || x.What == "" || len(x.What) > 1000 {
				t.Errorf("%+v", x)
			}
		}
		// What the database has already is found nothing in.
		if r := migration.Scan([]migration.File{{Path: "a", Text: text, Applied: true}}); len(r.Findings)+r.Files+r.Statements > 0 {
			t.Errorf("%+v", r)
		}
	})
}
