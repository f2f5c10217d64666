package message_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/adapter/slack/slacktest"
	"github.com/cutover-dev/cutover/internal/message"
)

var update = flag.Bool("update", false, "write the wanted payloads anew")

// golden is what stands in testdata/<case>.json; <case>.want.json is the
// payload. A new case is a new file pair.
type golden struct {
	Announcement message.Announcement
	Users        map[string]string
	Key          string
	Webhook      bool
}

func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	kinds, cases := map[message.Kind]bool{}, 0
	for _, file := range files {
		if strings.HasSuffix(file, ".want.json") {
			continue
		}
		cases++
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			in, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var g golden
			d := json.NewDecoder(bytes.NewReader(in))
			d.DisallowUnknownFields()
			if err := d.Decode(&g); err != nil {
				t.Fatal(err)
			}
			kinds[g.Announcement.Kind] = true
			p := message.Draft(message.Order{Announcement: g.Announcement, Users: g.Users, Key: g.Key}, g.Webhook)
			got := pretty(t, p)
			name := strings.TrimSuffix(file, ".json") + ".want.json"
			if *update {
				if err := os.WriteFile(name, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			blocks, _ := json.Marshal(p.Blocks)
			if code, detail := slacktest.Check(p.Text, blocks); code != "" {
				t.Errorf("Slack would say %s: %s", code, detail)
			}
		})
	}
	for _, k := range message.Kinds() {
		if !kinds[message.Kind(k)] {
			t.Errorf("no case shows the kind %s", k)
		}
	}
	if cases < len(message.Kinds()) {
		t.Errorf("only %d cases", cases)
	}
}

func pretty(t *testing.T, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestThePreviewHoldsTheBlocks(t *testing.T) {
	p := message.Draft(message.Order{Announcement: message.Announcement{Kind: message.Failed, Stage: "production", Title: `50% <of> "all" & 漢 😀 #1`}}, false)
	u, err := url.Parse(p.Preview())
	if err != nil || u.Host != "app.slack.com" || u.Path != "/block-kit-builder/" {
		t.Fatalf("%v, %v", u, err)
	}
	var back struct{ Blocks json.RawMessage }
	if err := json.Unmarshal([]byte(u.Fragment), &back); err != nil {
		t.Fatal(err)
	}
	blocks, _ := json.Marshal(p.Blocks)
	if !bytes.Equal(back.Blocks, blocks) {
		var a, b any
		_, _ = json.Unmarshal(back.Blocks, &a), json.Unmarshal(blocks, &b)
		if string(pretty(t, a)) != string(pretty(t, b)) {
			t.Errorf("got %s\nwant %s", back.Blocks, blocks)
		}
	}
}
