package archive

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// rowsShown bounds the tables; the JSON result has everything.
const rowsShown = 40

// Document shows the result: what it comes to, then a picture, then the files.
func (r Result) Document() report.Document {
	d := report.Document{Title: "Archive: " + r.Command, Lead: r.Lead()}
	if r.Command == "verify" || r.Command == "fetch" {
		d.Verdict = r.Verdict
	}
	var blocks []report.Block
	switch r.Command {
	case "list":
		blocks = append(blocks, r.releasesTable())
	case "prune":
		blocks = r.pruneBlocks()
	case "lifecycle":
		var pretty strings.Builder
		encoder := json.NewEncoder(&pretty)
		encoder.SetIndent("", "  ")
		if encoder.Encode(r.Lifecycle) == nil {
			blocks = append(blocks, report.Log{Caption: "Lifecycle configuration", Body: pretty.String(), Open: true})
		}
	default:
		blocks = append(blocks, r.bars(), r.problemsTable(), r.filesTable())
	}
	for _, b := range blocks {
		if !empty(b) {
			d.Blocks = append(d.Blocks, b)
		}
	}
	for _, note := range r.Notes {
		d.Blocks = append(d.Blocks, report.Text{Body: note})
	}
	return d
}

func empty(b report.Block) bool {
	switch b := b.(type) {
	case report.Table:
		return len(b.Rows) == 0
	case report.Bars:
		return len(b.Rows) == 0
	}
	return false
}

// Lead is the result in one sentence, and what would mend it in a second.
func (r Result) Lead() string {
	at := r.where + "/" + r.Prefix
	switch r.Command {
	case "archive":
		fresh, sent := r.Sum(New)
		there, spared := r.Sum(There)
		if r.again {
			return fmt.Sprintf("%s was archived already, the same %s: nothing had to be done.", r.Release, report.Count(len(r.Files), "file"))
		}
		already := "nothing like them was there"
		if there > 0 {
			already = fmt.Sprintf("%s there already (%s)", report.Count(there, "file"), Size(spared))
		}
		return fmt.Sprintf("%s of %s is archived at %s: %s stored now (%s), %s.", r.Release, r.Stage, at, report.Count(fresh, "file"), Size(sent), already)
	case "verify", "fetch":
		return r.proved()
	case "list":
		if len(r.Releases) == 0 {
			return "No release is archived at " + at + "."
		}
		return report.Count(len(r.Releases), "release") + " at " + at + ", newest first."
	case "prune":
		return r.Prune.lead()
	}
	return "The lifecycle rule for " + at + "."
}

func (r Result) proved() string {
	good, bytes := r.Sum(Intact, Fetched, There)
	if r.Verdict == verdict.Pass {
		if r.Command == "fetch" {
			fetched, _ := r.Sum(Fetched)
			return fmt.Sprintf("%s is whole: %s brought back, %s were here already.", r.Release, report.Count(fetched, "file"), report.Count(good-fetched, "file"))
		}
		return fmt.Sprintf("%s is whole: %s (%s) read again, and each is what the manifest says.", r.Release, report.Count(good, "file"), Size(bytes))
	}
	if len(r.Files) == 0 {
		return r.Release + " cannot be trusted: its manifest is damaged. " + r.change()
	}
	return fmt.Sprintf("%s is damaged: %d of %s missing or not what the manifest says. %s", r.Release, len(r.Files)-good, report.Count(len(r.Files), "file"), r.change())
}

// change is what would mend the first finding that failed.
func (r Result) change() string {
	for _, f := range r.Findings {
		if f.Verdict == verdict.Fail {
			return f.Change
		}
	}
	return ""
}

// Size writes a number of bytes as people read it: 48.2 MiB.
func Size(bytes int64) string {
	units := []string{"bytes", "KiB", "MiB", "GiB", "TiB"}
	value, unit := float64(bytes), 0
	for value >= 1024 && unit < len(units)-1 {
		value, unit = value/1024, unit+1
	}
	if unit == 0 {
		return report.Count(int(bytes), "byte")
	}
	return fmt.Sprintf("%.1f %s", value, units[unit])
}

// bars shows the bytes of each role.
func (r Result) bars() report.Bars {
	byRole := map[Role]int64{}
	files := map[Role]int{}
	var most int64
	for _, f := range r.Files {
		byRole[f.Role] += f.Size
		files[f.Role]++
		most = max(most, byRole[f.Role])
	}
	const mebi = 1 << 20
	b := report.Bars{Caption: "Size by role", Unit: " MiB", Max: float64(most) / mebi}
	for _, role := range Roles {
		if files[role] > 0 {
			b.Rows = append(b.Rows, report.Bar{Label: fmt.Sprintf("%s (%s, %s)", role, report.Count(files[role], "file"), Size(byRole[role])), Value: float64(byRole[role]) / mebi})
		}
	}
	return b
}

func (r Result) problemsTable() report.Table {
	t := report.Table{Caption: "Damaged", Columns: []report.Column{{Title: "file"}, {Title: "what is wrong"}, {Title: "size", Numeric: true}, {Title: "SHA-256 promised"}}}
	for _, f := range r.Files {
		if fileProblem(f.Status) == "" {
			continue
		}
		if len(t.Rows) == rowsShown {
			t.More++
			continue
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: f.Path, Code: true}, {Text: strings.ReplaceAll(string(f.Status), "-", " "), Tone: report.Bad}, {Text: Size(f.Size)}, {Text: f.SHA256[:min(16, len(f.SHA256))], Code: true}})
	}
	return t
}

func (r Result) filesTable() report.Table {
	words := map[Status]string{New: "new", There: "already there", Intact: "intact", Fetched: "brought back"}
	t := report.Table{Caption: "Files", Columns: []report.Column{{Title: "file"}, {Title: "role"}, {Title: "size", Numeric: true}, {Title: "status"}, {Title: "SHA-256"}, {Title: "secrets taken out", Numeric: true}}}
	files := slices.Clone(r.Files)
	slices.SortStableFunc(files, func(a, b FileResult) int { return cmp.Compare(b.Size, a.Size) })
	for _, f := range files {
		if fileProblem(f.Status) != "" {
			continue
		}
		if len(t.Rows) == rowsShown {
			t.More++
			continue
		}
		redacted := ""
		if f.Role.secretive() {
			redacted = fmt.Sprint(f.Redacted)
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: f.Path, Code: true}, {Text: string(f.Role)}, {Text: Size(f.Size)}, {Text: words[f.Status]}, {Text: f.SHA256[:min(16, len(f.SHA256))], Code: true}, {Text: redacted}})
	}
	return t
}

func (r Result) releasesTable() report.Table {
	t := report.Table{Columns: []report.Column{{Title: "release"}, {Title: "stage"}, {Title: "date"}, {Title: "commit"}, {Title: "files", Numeric: true}, {Title: "size", Numeric: true}, {Title: "by"}}}
	for _, s := range r.Releases {
		row := []report.Cell{{Text: s.Release, Code: true, Href: s.RunURL}, {Text: s.Stage}, {Text: s.Created.UTC().Format("2006-01-02 15:04 UTC")}}
		if s.Damaged {
			row = append(row, report.Cell{Text: "the manifest is damaged", Tone: report.Bad})
		} else {
			row = append(row, report.Cell{Text: s.Commit[:min(12, len(s.Commit))], Code: true}, report.Cell{Text: report.Grouped(int64(s.Files))}, report.Cell{Text: Size(s.Bytes)}, report.Cell{Text: s.Actor})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (plan *PruneResult) lead() string {
	gone := 0
	for _, p := range plan.Releases {
		if !p.Kept {
			gone++
		}
	}
	verb := "would go; nothing was deleted, since apply is not set"
	if plan.Applied {
		verb = "were deleted"
	}
	return fmt.Sprintf("%s and %s (%s) that only they named %s. %s and %s (%s) stay.", report.Count(gone, "expired release"), report.Count(len(plan.Delete), "content"), Size(plan.DeleteBytes), verb,
		report.Count(len(plan.Releases)-gone, "release"), report.Count(plan.KeptContents, "content"), Size(plan.KeptBytes))
}

func (r Result) pruneBlocks() []report.Block {
	const mebi = 1 << 20
	t := report.Table{Columns: []report.Column{{Title: "release"}, {Title: "stage"}, {Title: "stored"}, {Title: "stays"}, {Title: "why"}}}
	for _, p := range r.Prune.Releases {
		if len(t.Rows) == rowsShown {
			t.More++
			continue
		}
		stays, tone := "yes", report.Plain
		if !p.Kept {
			stays, tone = "no", report.Doubt
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: p.Release, Code: true}, {Text: p.Stage}, {Text: p.Stored.Format(time.DateOnly)}, {Text: stays, Tone: tone}, {Text: p.Why}})
	}
	kept, gone := float64(r.Prune.KeptBytes)/mebi, float64(r.Prune.DeleteBytes)/mebi
	return []report.Block{
		report.Bars{Caption: "Stored contents", Unit: " MiB", Max: max(kept, gone), Rows: []report.Bar{{Label: "stay", Value: kept}, {Label: "go", Value: gone, Tone: report.Doubt}}},
		t,
	}
}
