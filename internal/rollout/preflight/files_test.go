package preflight

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/cutover-dev/cutover/internal/fault"
)

func TestMigrations(t *testing.T) {
	app := fstest.MapFS{
		"migrations/0002.sql": {Data: []byte("SELECT 2")}, "migrations/0001.sql": {Data: []byte("SELECT 1")}, "migrations/meta/x.sql": {Data: []byte("no")}, "migrations/README.md": {Data: []byte("no")},
		"large/1.sql": {Data: []byte(strings.Repeat("-", 5<<20))}, "dirs/a.sql": {Mode: fs.ModeDir},
	}
	files, err := Migrations(app, "migrations/*.sql")
	if err != nil || len(files) != 2 || files[0].Path != "migrations/0001.sql" || files[0].Text != "SELECT 1" || files[1].Path != "migrations/0002.sql" {
		t.Errorf("%+v, %v", files, err)
	}
	// One byte more than the scanner takes, so that it says so.
	if files, err := Migrations(app, "large/*.sql"); err != nil || len(files[0].Text) != 4<<20+1 {
		t.Errorf("%v", err)
	}
	for pattern, want := range map[string]string{"none/*.sql": "names no file", "[.sql": "is no pattern", "dirs/*.sql": "cannot be read"} {
		if _, err := Migrations(app, pattern); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", pattern, err)
		}
	}
	many := fstest.MapFS{}
	for i := range 5001 {
		many["m/"+strings.Repeat("a", i%50)+string(rune('0'+i/50))+".sql"] = &fstest.MapFile{}
	}
	if _, err := Migrations(many, "m/*.sql"); err == nil || !strings.Contains(err.Error(), "more than 5000") {
		t.Errorf("%v", err)
	}
	var f *fault.Fault
	if _, err := Migrations(app, "none/*.sql"); !errors.As(err, &f) || f.Next == "" {
		t.Errorf("%v", err)
	}
}
