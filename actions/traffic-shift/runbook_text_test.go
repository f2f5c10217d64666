package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
)

// live is a marked block of the runbook: which text it shows, and how much of it.
var live = regexp.MustCompile("(?ms)^( *)<!-- live: ([a-z ]+?)(?:, (\\d+) lines)? -->\n *```([a-z]+)\n(.*?)^ *```$")

const (
	widest = 150 // of a line that the runbook shows
	most   = 30  // lines, unless the block says otherwise
	sure   = 80  // of a line that was cut
)

// shown is the text as the block has it. What is pasted is whole.
func shown(text, indent, lines, language string) string {
	limit, _ := strconv.Atoi(lines)
	if limit == 0 {
		limit = most
	}
	var b strings.Builder
	for n, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if n == limit && language != "json" {
			b.WriteString(indent + "…\n")
			break
		}
		if r := []rune(line); len(r) > widest && line[0] != '$' && language != "json" {
			line = string(r[:widest-1]) + "…"
		}
		b.WriteString(strings.TrimRight(indent+line, " ") + "\n")
	}
	return b.String()
}

// moving is what differs from one run of the same night to the next: how long
// something took, at what time it was, how much users asked for meanwhile, and
// the room that the figure needs.
var moving = regexp.MustCompile(`green answered +\d+|has \d+% of|\b\d\d:\d\d(:\d\d)?\b|\b\d+(\.\d+)? ?(h|min|m|s|ms)(\d+s)?\b|[ ▁▂▃▄▅▆▇█·]+`)

// still is a text without it. Of a line that was cut the end depends on it too.
func still(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		whole := strings.TrimRight(line, "\n")
		if r := []rune(moving.ReplaceAllString(whole, " ")); strings.HasSuffix(whole, "…") && len(r) > sure {
			b.WriteString(string(r[:sure]))
		} else {
			b.WriteString(string(r))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// current holds the runbook to the texts. A block in which only times have moved
// is left as it is, so that making it anew changes nothing.
func current(t *testing.T, texts map[string]string) {
	t.Helper()
	runbook, err := os.ReadFile(runbookFile)
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	now := live.ReplaceAllStringFunc(string(runbook), func(block string) string {
		parts := live.FindStringSubmatch(block)
		text, known := texts[parts[2]]
		if !known {
			t.Errorf("the runbook wants %q, which nobody plays", parts[2])
			return block
		}
		used[strings.TrimSuffix(parts[2], " with progress")] = true
		fresh := shown(text, parts[1], parts[3], parts[4])
		if still(fresh) == still(parts[5]) {
			return block
		}
		if !*update {
			t.Errorf("%s is not what the runbook shows; run make generate\n%s", parts[2], fresh)
		}
		fence := parts[1] + "```"
		return strings.TrimSuffix(block, parts[5]+fence) + fresh + fence
	})
	for name := range texts {
		if !used[strings.TrimSuffix(name, " with progress")] {
			t.Errorf("the runbook does not show %q", name)
		}
	}
	if now == string(runbook) {
		return
	}
	if !*update {
		return // it was said above
	}
	if err := os.WriteFile(runbookFile, []byte(now), 0o644); err != nil {
		t.Fatal(err)
	}
}

// batch is a change batch as people paste it.
type batch struct {
	Comment string
	Changes []change
}

type change struct {
	Action            string
	ResourceRecordSet set
}

type set struct {
	Name, Type, SetIdentifier string
	Weight                    int64
	AliasTarget               *types.AliasTarget `json:",omitempty"`
	HealthCheckId             string             `json:",omitempty"`
}

// wish is the filter by which the runbook makes the batch out of what stands.
var wish = regexp.MustCompile(`jq '([^']*)' record\.json`)

// byBatch gives blue everything with no binary of ours: the batch that the runbook
// shows is sent as it stands, and then the weights are set back.
func byBatch(w *world, all scenes) {
	w.t.Helper()
	endpoint := ""
	for _, v := range w.env {
		if rest, ok := strings.CutPrefix(v, "AWS_ENDPOINT_URL="); ok {
			endpoint = rest
		}
	}
	client := route53.New(route53.Options{Region: "us-east-1", BaseEndpoint: &endpoint, Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: "the-secret"}, nil
	})})
	before := w.weights()
	listed, err := client.ListResourceRecordSets(w.t.Context(), &route53.ListResourceRecordSetsInput{HostedZoneId: aws.String(zone)})
	if err != nil {
		w.t.Fatal(err)
	}
	b := batch{Comment: "blue gets everything, by hand"}
	for _, s := range listed.ResourceRecordSets {
		if s.SetIdentifier == nil {
			continue
		}
		b.Changes = append(b.Changes, change{"UPSERT", set{*s.Name, string(s.Type), *s.SetIdentifier, 0, s.AliasTarget, aws.ToString(s.HealthCheckId)}})
	}
	record, err := json.Marshal(b.sets())
	if err != nil {
		w.t.Fatal(err)
	}
	for i := range b.Changes {
		if strings.HasSuffix(b.Changes[i].ResourceRecordSet.SetIdentifier, "-blue") {
			b.Changes[i].ResourceRecordSet.Weight = 100
		}
	}
	text, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		w.t.Fatal(err)
	}
	// As short as the alias's members are one line.
	text = regexp.MustCompile(`(?s)"AliasTarget": \{\s+(.*?),\s+(.*?),\s+(.*?)\s+\}`).ReplaceAll(text, []byte(`"AliasTarget": { $1, $2, $3 }`))
	all.texts["batch"] = string(text) + "\n"
	for _, text := range []string{string(text), filtered(w.t, record)} {
		if text == "" {
			continue
		}
		w.pastes(client, text)
		if got := w.weights(); !strings.Contains(got["A"], "green 0") || !strings.Contains(got["A"], "blue 100") || got["A"] != got["AAAA"] {
			w.t.Errorf("the batch left %v of %v", got, before)
		}
		for _, kind := range []string{"A", "AAAA"} {
			w.cloud.Reweigh(zone, "LEGO-API-green", kind, 10)
			w.cloud.Reweigh(zone, "LEGO-API-blue", kind, 90)
		}
	}
	if got := w.weights(); got["A"] != before["A"] {
		w.t.Fatalf("set back to %v, not %v", got, before)
	}
}

// sets are those of the batch as they stand, which is what the list prints.
func (b batch) sets() (all []set) {
	for _, c := range b.Changes {
		s := c.ResourceRecordSet
		s.Weight = 50
		all = append(all, s)
	}
	return all
}

// pastes sends a batch as the aws command does, which knows every member.
func (w *world) pastes(client *route53.Client, text string) {
	w.t.Helper()
	var b types.ChangeBatch
	in := json.NewDecoder(strings.NewReader(text))
	in.DisallowUnknownFields()
	if err := in.Decode(&b); err != nil {
		w.t.Fatalf("%v\n%s", err, text)
	}
	if _, err := client.ChangeResourceRecordSets(w.t.Context(), &route53.ChangeResourceRecordSetsInput{HostedZoneId: aws.String(zone), ChangeBatch: &b}); err != nil {
		w.t.Fatal(err)
	}
}

// filtered is what the runbook's own filter makes of the record; empty where this
// machine has no jq.
func filtered(t *testing.T, record []byte) string {
	t.Helper()
	runbook, err := os.ReadFile(runbookFile)
	if err != nil {
		t.Fatal(err)
	}
	found := wish.FindSubmatch(runbook)
	if found == nil {
		t.Fatal("the runbook makes no batch out of record.json")
	}
	if _, err := exec.LookPath("jq"); err != nil {
		t.Log("the filter was not run: ", err)
		return ""
	}
	jq := exec.CommandContext(t.Context(), "jq", string(found[1]))
	jq.Stdin = strings.NewReader(string(record))
	out, err := jq.Output()
	if err != nil {
		t.Fatalf("the runbook's filter: %v", err)
	}
	return string(out)
}
