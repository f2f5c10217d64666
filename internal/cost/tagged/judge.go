package tagged

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Services are those whose resources cost something in an app of SST's, with the
// names that people know them by. Source of the short names: the service part of
// ARNs in the Service Authorization Reference.
var Services = map[string]string{
	"lambda": "Lambda", "rds": "RDS", "s3": "S3", "es": "OpenSearch", "elasticache": "ElastiCache", "apigateway": "API Gateway", "logs": "CloudWatch Logs",
}

// Thing is one resource that does not pass, and why.
type Thing struct {
	ARN     string          `json:"arn"`
	Verdict verdict.Verdict `json:"verdict" jsonschema:"enum=pass,enum=fail,enum=inconclusive"`
	Why     string          `json:"why"`
}

// Row is what was seen of one service.
type Row struct {
	Service string          `json:"service"`
	Name    string          `json:"name"`
	Verdict verdict.Verdict `json:"verdict" jsonschema:"enum=pass,enum=fail,enum=inconclusive"`
	// Of is how many resources there are, Tagged how many are as they should be.
	Of     int     `json:"of"`
	Tagged int     `json:"tagged"`
	Why    string  `json:"why"`
	Things []Thing `json:"things"`
}

// Unseen is a cost that no tag of a resource ever shows.
type Unseen struct {
	What string `json:"what"`
	Why  string `json:"why"`
}

// Verdict is the answer: a row for each service, and what tags cannot show.
type Verdict struct {
	Verdict verdict.Verdict   `json:"verdict" jsonschema:"enum=pass,enum=fail,enum=inconclusive"`
	Want    map[string]string `json:"want"`
	Rows    []Row             `json:"rows"`
	Unseen  []Unseen          `json:"unseen"`
}

// unseen are costs without a resource that carries a tag. Source: AWS Billing User
// Guide, "Using user-defined cost allocation tags"; the services' tagging pages.
var unseen = []Unseen{
	{"tax, support, and fees that are paid once", "They belong to the account. A budget that goes by the tag does not see them."},
	{"what an account pays for asking Cost Explorer", "Each request costs $0.01, and no resource stands behind it."},
	{"custom metrics, alarms' checks and dashboards of CloudWatch", "Metrics and dashboards carry no tags that billing reads."},
	{"traces of X-Ray", "A trace carries annotations, which billing does not read."},
	{"elastic network interfaces and data between zones", "They are billed by account; the function's tag does not reach them."},
	{"what was spent before a tag was there and active", "Only a backfill shows it, for twelve months at most, and only where the resource carried the tag then."},
}

// Judge holds that every resource carries the tags that are wanted, service by
// service. Expect are services of which there must be some: where none is found,
// nothing is known, and nothing passes.
func Judge(resources []Resource, want map[string]string, expect ...string) Verdict {
	v := Verdict{Want: maps.Clone(want), Rows: []Row{}, Unseen: slices.Clone(unseen)}
	by := map[string][]Resource{}
	for _, s := range expect {
		by[s] = nil
	}
	for _, r := range resources {
		by[r.Service] = append(by[r.Service], r)
	}
	for _, service := range slices.Sorted(maps.Keys(by)) {
		v.Rows = append(v.Rows, row(service, by[service], want))
	}
	findings := make([]verdict.Finding, 0, len(v.Rows))
	for _, r := range v.Rows {
		findings = append(findings, verdict.Finding{Verdict: r.Verdict})
	}
	if v.Verdict = verdict.Worst(findings); len(want) == 0 {
		v.Verdict = verdict.Inconclusive // nothing wanted is nothing held
	}
	return v
}

func row(service string, of []Resource, want map[string]string) Row {
	r := Row{Service: service, Name: nameOf(service), Verdict: verdict.Pass, Of: len(of), Things: []Thing{}}
	if len(of) == 0 {
		r.Verdict, r.Why = verdict.Inconclusive, "none is found: that the app has none, or that it could not be seen, cannot be told apart"
		return r
	}
	failed, open := 0, 0
	for _, x := range of {
		t := Thing{ARN: x.ARN, Verdict: verdict.Pass}
		if x.Tags == nil {
			t.Verdict, t.Why = verdict.Inconclusive, "its tags could not be read"
			open++
		} else if wrong := amiss(x.Tags, want); len(wrong) > 0 {
			t.Verdict, t.Why = verdict.Fail, strings.Join(wrong, "; ")
			failed++
		}
		if t.Verdict == verdict.Pass {
			r.Tagged++
			continue
		}
		r.Things = append(r.Things, t)
	}
	slices.SortFunc(r.Things, func(a, b Thing) int { return strings.Compare(a.ARN+"\x00"+a.Why, b.ARN+"\x00"+b.Why) })
	switch {
	case failed > 0:
		r.Verdict, r.Why = verdict.Fail, fmt.Sprintf("%d of %d do not carry the tags", failed, len(of))
	case open > 0:
		r.Verdict, r.Why = verdict.Inconclusive, fmt.Sprintf("the tags of %d of %d could not be read", open, len(of))
	}
	return r
}

// amiss says what is wrong with a resource's tags, and what was probably meant.
func amiss(tags, want map[string]string) (wrong []string) {
	for _, key := range slices.Sorted(maps.Keys(want)) {
		got, ok := tags[key]
		switch {
		case ok && got == want[key]:
		case ok && got == "":
			wrong = append(wrong, key+" is empty")
		case ok && alike(got, want[key]):
			wrong = append(wrong, fmt.Sprintf("%s is %q, not %q: billing tells capitals and spaces apart", key, clip(got), want[key]))
		case ok && key == "Environment":
			wrong = append(wrong, fmt.Sprintf("%s is %q, not %q: that is another stage", key, clip(got), want[key]))
		case ok:
			wrong = append(wrong, fmt.Sprintf("%s is %q, not %q", key, clip(got), want[key]))
		default:
			wrong = append(wrong, missing(tags, key))
		}
	}
	return wrong
}

// missing says that a key is not there, and which one it was confused with.
func missing(tags map[string]string, key string) string {
	for _, other := range slices.Sorted(maps.Keys(tags)) {
		if alike(other, key) {
			return fmt.Sprintf("%s is missing, but there is %q: billing tells capitals and spaces apart", key, clip(other))
		}
	}
	return key + " is missing"
}

// alike says whether two texts differ in capitals, spaces and dashes alone.
func alike(a, b string) bool {
	same := strings.NewReplacer(" ", "", "-", "", "_", "", "\t", "", "\u00a0", "")
	return strings.EqualFold(same.Replace(a), same.Replace(b))
}

func nameOf(service string) string {
	if name, ok := Services[service]; ok {
		return name
	}
	return service
}

// clip bounds what a stranger wrote.
func clip(s string) string {
	if r := []rune(s); len(r) > 64 {
		return string(r[:64]) + "…"
	}
	return s
}

// mostThings is how many resources a document lists of a service.
const mostThings = 20

// Document shows the verdict.
func (v Verdict) Document() report.Document {
	var wanted []string
	for _, key := range slices.Sorted(maps.Keys(v.Want)) {
		wanted = append(wanted, key+":"+v.Want[key])
	}
	d := report.Document{Title: "Tags by which costs are told apart", Verdict: v.Verdict, Lead: v.headline()}
	t := report.Table{Columns: []report.Column{{Title: "service"}, {Title: "verdict"}, {Title: "tagged", Numeric: true}, {Title: "of", Numeric: true}, {Title: "why"}}}
	things := report.Table{Caption: "Which are not", Columns: []report.Column{{Title: "resource"}, {Title: "why"}}}
	for _, r := range v.Rows {
		t.Rows = append(t.Rows, []report.Cell{{Text: r.Name}, {Text: string(r.Verdict), Tone: report.ToneOf(r.Verdict)}, {Text: fmt.Sprint(r.Tagged)}, {Text: fmt.Sprint(r.Of)}, {Text: r.Why}})
		for n, x := range r.Things {
			if n == mostThings {
				things.More += len(r.Things) - mostThings
				break
			}
			things.Rows = append(things.Rows, []report.Cell{{Text: x.ARN, Code: true}, {Text: x.Why, Tone: report.ToneOf(x.Verdict)}})
		}
	}
	d.Blocks = append(d.Blocks, report.Text{Body: "Wanted: " + strings.Join(wanted, ", ") + "."}, t)
	if len(things.Rows) > 0 {
		d.Blocks = append(d.Blocks, things)
	}
	if v.Verdict == verdict.Fail {
		d.Blocks = append(d.Blocks, report.Text{Body: "Set them at one place: providers.aws.defaultTags.tags in app() of sst.config.ts. What was made by hand is tagged by hand: aws resourcegroupstaggingapi tag-resources."})
	}
	u := report.Table{Caption: "What tags never show", Columns: []report.Column{{Title: "what"}, {Title: "why"}}}
	for _, x := range v.Unseen {
		u.Rows = append(u.Rows, []report.Cell{{Text: x.What}, {Text: x.Why}})
	}
	d.Blocks = append(d.Blocks, u)
	return d
}

func (v Verdict) headline() string {
	of, good := 0, 0
	var empty []string
	for _, r := range v.Rows {
		if of, good = of+r.Of, good+r.Tagged; r.Of == 0 {
			empty = append(empty, r.Name)
		}
	}
	text := fmt.Sprintf("%d of %d resources carry the tags.", good, of)
	if len(empty) > 0 {
		text += " None is found of " + strings.Join(empty, ", ") + "."
	}
	return text
}
