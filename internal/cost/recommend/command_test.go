package recommend

import (
	"os/exec"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/cost/price"
	"github.com/cutover-dev/cutover/internal/unit"
)

// A shell sees every text as the one word that it was.
func TestQuoted(t *testing.T) {
	for _, text := range []string{"", "a", "it's", `"; rm -rf / #`, "$(reboot)", "`reboot`", "a\nb", "$HOME ~ * ? [a]", `\'`, "''", "--version", "é\tü", "!!"} {
		out, err := exec.Command("bash", "-c", "printf %s "+quoted(text)).Output()
		if err != nil || string(out) != text {
			t.Errorf("%q became %q, %v", text, out, err)
		}
		out, err = exec.Command("bash", "-c", "printf -- "+"%s "+option("name", text)).Output()
		if err != nil || string(out) != "--name="+text {
			t.Errorf("--name=%q became %q, %v", text, out, err)
		}
	}
}

func TestNames(t *testing.T) {
	for name, ok := range map[string]bool{
		"/aws/lambda/a-b_c.d#1": true, "lego.images": true, "nat-0a1b": true, "": false, "-a": false, "--x": false, "a b": false, "a'b": false, "a\nb": false, "file://x": false, "$(x)": false, "ä": false,
	} {
		if plain(name) != ok {
			t.Errorf("%q: %v", name, !ok)
		}
	}
}

// Every command is one that a shell reads.
func TestCommandsAreRead(t *testing.T) {
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	old := unit.Bytes(1 << 40)
	e := Estate{
		Region: "us-east-1", From: from, To: from.AddDate(0, 0, 30), Offers: map[string]price.Rate{"db.t4g.micro": 1e8, "cache.t4g.micro": 1e8},
		Databases: []Database{{ID: "d", Class: "db.t4g.micro", Engine: "postgres", Hours: 720, CPUMost: 50, Since: from}},
		Caches:    []Cache{{ID: "c", Type: "cache.t4g.micro", Hours: 720, CPUMost: 50, MemoryMost: 50, Since: from}},
		Buckets:   []Bucket{{Name: "b", Bytes: map[string]unit.Bytes{"StandardStorage": 1 << 42}, Objects: 10, Versioned: true, Unfinished: 1 << 40, Noncurrent: &old}},
		LogGroups: []LogGroup{{Name: "/a", Stored: 1 << 40}}, Gateways: []Gateway{{ID: "n", Hours: 720, Out: 1 << 40}, {ID: "m", Hours: 720}},
	}
	a := Of(e, price.BuiltIn(), Settings{})
	if len(a.Items) != 8 {
		t.Fatalf("%d pieces of advice: %+v", len(a.Items), a.NotJudged)
	}
	for _, i := range a.Items {
		if out, err := exec.Command("bash", "-n", "-c", i.Change.Text).CombinedOutput(); err != nil {
			t.Errorf("%s: %v %s\n%s", i.Kind, err, out, i.Change.Text)
		}
	}
}
