package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/retire"
)

// What docs/retiring.md quotes is what the commands really print; -update writes it
// anew.
//
// Shows: 5.8.12
func TestTheRunbookQuotesWhatIsPrinted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	quotes := map[string]string{}
	w.pass(2 * time.Hour)
	p := w.approved()
	quotes["plan"] = p.Lead
	quotes["gate"] = w.must(0, cmdApply).Lead
	w.pass(7*24*time.Hour - time.Hour)
	quotes["hold"] = w.until(retire.Holding).Lead
	frozen, got := w.do(cmdFrozen)
	if got.Code != 4 {
		t.Fatalf("%d\n%s", got.Code, got.Stderr)
	}
	quotes["frozen"] = frozen.Lead
	const path = "../../docs/retiring.md"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	for name, says := range quotes {
		begin := "<!-- generated: " + name + " -->\n"
		head, rest, found := strings.Cut(page, begin)
		_, tail, ended := strings.Cut(rest, "<!-- end -->")
		if !found || !ended {
			t.Fatalf("%s has no block %s", path, name)
		}
		page = head + begin + "```text\n" + says + "\n```\n<!-- end -->" + tail
	}
	if page == string(text) {
		return
	}
	if !*update {
		t.Fatalf("%s does not say what is printed; run go test ./actions/decommission -run TestTheRunbookQuotes -update:\n%v", path, quotes)
	}
	if err := os.WriteFile(path, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
}
