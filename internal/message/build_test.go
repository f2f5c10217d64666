package message

import (
	"encoding/json"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/adapter/slack/slacktest"
)

// ours is every form of marked text that this package writes itself.
var ours = regexp.MustCompile(`^(\*[\pL\pN ().,/%+-]+\*|By <@[UW][A-Z0-9]{8,20}>|<https?://[^<>|\s]+\|Run( \d+)?>|[▰▱]+  (\d+%|\d+ of \d+))$`)

// texts collects every text object of a payload by its type.
func texts(t *testing.T, p Payload, kind string) []string {
	t.Helper()
	var found []string
	var visit func(v any)
	visit = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				visit(e)
			}
		case map[string]any:
			if v["type"] == kind {
				found = append(found, v["text"].(string))
			}
			for _, e := range v {
				visit(e)
			}
		}
	}
	var blocks any
	if err := json.Unmarshal(encode(p.Blocks), &blocks); err != nil {
		t.Fatal(err)
	}
	visit(blocks)
	return found
}

// sound fails the test when Slack would refuse the payload, or when it holds
// marked text that is not of this package's making.
func sound(t *testing.T, p Payload) {
	t.Helper()
	if p.Text == "" {
		t.Error("there is no text for notifications")
	}
	if code, detail := slacktest.Check(p.Text, encode(p.Blocks)); code != "" {
		t.Errorf("Slack would say %s: %s", code, detail)
	}
	if n := units(string(encode(p.Blocks))); n > maxTotal {
		t.Errorf("%d characters of blocks, more than %d", n, maxTotal)
	}
	for _, s := range texts(t, p, "mrkdwn") {
		if !ours.MatchString(s) {
			t.Errorf("Slack would parse %q", s)
		}
	}
	if p.Markup || p.UnfurlLinks || p.UnfurlMedia {
		t.Error("the text for notifications would be parsed or unfolded")
	}
}

func TestNoTextBreaksALimit(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	cut := 0
	for n := range 160 {
		size := []int{3, 60, 1200, 8_000}[n%4]
		a := Announcement{
			Kind: Kind(Kinds()[n%len(manners)]), Stage: noise(r, 20), Title: noise(r, size), Text: noise(r, size),
			Actor: Actor{Login: noise(r, size)}, Run: Run{Repository: noise(r, size), Ref: noise(r, size), SHA: noise(r, 9), URL: "https://github.com/o/r/actions/runs/1?a=1&b=2", Number: noise(r, 2)},
		}
		for range r.IntN(size) % 150 {
			a.Fields = append(a.Fields, Field{noise(r, 30), noise(r, min(size, 900))})
		}
		for i := range r.IntN(size) % 60 {
			a.Links = append(a.Links, Link{noise(r, 30), "https://x.y/" + strings.Repeat("z", r.IntN(200)*i)})
		}
		if n%3 == 0 {
			a.Progress = &Progress{Done: n % 100, Total: 100}
			a.Image = &Image{URL: "https://x.y/z.png", Alt: noise(r, size)}
		}
		p := build(a, shape{threaded: n%2 == 0, entry: n%5 == 0})
		sound(t, p)
		if strings.Contains(string(encode(p.Blocks)), "Cut to fit: ") {
			cut++
		}
		if t.Failed() {
			t.Fatalf("at announcement %d", n)
		}
	}
	if cut < 30 || cut > 140 {
		t.Errorf("%d of 160 were cut: this test does not see both sides", cut)
	}
}

// FuzzHostileText: whatever strangers write, Slack takes it and acts on none.
func FuzzHostileText(f *testing.F) {
	f.Add("<!channel>", "<@U0123456789> *bold* `code`", "*name*", "<https://evil|good>", "&lt;!here&gt;")
	f.Add(strings.Repeat("&", 200), strings.Repeat("<", 4000), "a\nb", "\xff", "😀")
	f.Fuzz(func(t *testing.T, title, text, name, value, label string) {
		for _, s := range []shape{{}, {threaded: true}, {entry: true}} {
			sound(t, build(Announcement{
				Kind: Alarm, Stage: value, Title: title, Text: text, Fields: []Field{{name, value}, {value, name}},
				Links: []Link{{label, "https://example.com"}}, Actor: Actor{Login: name}, Run: Run{Repository: label, Ref: title, SHA: value, Number: name},
			}, s))
		}
	})
}

// Attack: slack-injection
func TestHostileTextIsShownAndNotActedOn(t *testing.T) {
	for _, hostile := range []string{"<!channel> deploy", "<@U0123456789>", "*bold* _it_ ~no~ `code`", "<https://evil.example|https://good.example>", "&lt;!here&gt;"} {
		p := build(Announcement{Kind: Failed, Stage: hostile, Title: hostile, Text: hostile, Fields: []Field{{hostile, hostile}}, Actor: Actor{Login: hostile}, Run: Run{Ref: hostile}}, shape{})
		sound(t, p)
		shown := strings.Join(texts(t, p, "plain_text"), "\n")
		if n := strings.Count(shown, escape(hostile)); n < 7 {
			t.Errorf("%q is shown %d times as it is, want 7:\n%s", hostile, n, shown)
		}
		if !strings.Contains(p.Text, escape(hostile)) {
			t.Errorf("the text for notifications lacks %q: %s", hostile, p.Text)
		}
	}
}

// The check itself must see marked text of a stranger, and a limit broken.
func TestSoundnessCanFail(t *testing.T) {
	for name, blocks := range map[string][]Block{
		"a mention by a stranger":   {paragraph(marked("<!channel> hi"))},
		"a bold word of a stranger": {paragraph(marked("*now* or never"))},
	} {
		p, fine := Payload{Text: "x", Blocks: blocks}, true
		for _, s := range texts(t, p, "mrkdwn") {
			fine = fine && ours.MatchString(s)
		}
		if fine {
			t.Errorf("%s is not seen", name)
		}
	}
}

func TestLongTextGoesOnAndSaysWhatIsMissing(t *testing.T) {
	words := strings.TrimSpace(strings.Repeat("0123456 89\n", 900)) // 9,899 characters
	a := Announcement{Kind: Report, Title: "t", Text: words}
	whole := build(a, shape{})
	sound(t, whole)
	var back []string
	for _, s := range texts(t, whole, "plain_text")[0:] {
		if strings.HasPrefix(s, "0123456") {
			back = append(back, s)
		}
	}
	if strings.Join(strings.Fields(strings.Join(back, " ")), " ") != strings.Join(strings.Fields(words), " ") {
		t.Errorf("%d sections do not hold the whole text", len(back))
	}
	threaded := string(encode(build(a, shape{threaded: true}).Blocks))
	if !strings.Contains(threaded, "characters of text, see the thread") {
		t.Errorf("the thread is not pointed at: %s", threaded)
	}
	a.Text = strings.Repeat(words, 5)
	if cut := string(encode(build(a, shape{}).Blocks)); !regexp.MustCompile(`Cut to fit: 3\d,\d\d\d characters of text\.`).MatchString(cut) {
		t.Errorf("what was cut is not said: %s", cut[len(cut)-200:])
	}
}

func TestProgressIsABarWithItsWords(t *testing.T) {
	for in, want := range map[string]string{
		"50%": "▰▰▰▰▰▱▱▱▱▱  50%", "0%": "▱▱▱▱▱▱▱▱▱▱  0%", "100%": "▰▰▰▰▰▰▰▰▰▰  100%",
		"2/3": "▰▰▱  2 of 3", "30/60": "▰▰▰▰▰▱▱▱▱▱  30 of 60",
	} {
		p, err := ParseProgress(in)
		if err != nil || p.String() != want {
			t.Errorf("%s: %v, %v; want %s", in, p, err, want)
		}
	}
	for _, in := range []string{"", "half", "101%", "3/2", "0/0", "-1%", "1/2/3", "1.5%"} {
		if p, err := ParseProgress(in); err == nil {
			t.Errorf("%q was read as %v", in, p)
		}
	}
}

func TestEveryKindHasItsWords(t *testing.T) {
	if len(Kinds()) != len(manners) {
		t.Fatalf("%d kinds are listed and %d known", len(Kinds()), len(manners))
	}
	seen := map[string]bool{}
	for _, name := range Kinds() {
		m := manners[Kind(name)]
		if m.word == "" || m.sign == "" || seen[m.word] || seen[m.sign] {
			t.Errorf("%s has no sign and word of its own: %+v", name, m)
		}
		seen[m.word], seen[m.sign] = true, true
		if k, err := ParseKind(name); err != nil || string(k) != name {
			t.Errorf("%s: %v, %v", name, k, err)
		}
	}
	if _, err := ParseKind("deployment-faild"); err == nil || !strings.Contains(err.Error(), `"deployment-failed"`) {
		t.Errorf("a misspelt kind: %v", err)
	}
	if _, err := ParseKind("party"); err == nil {
		t.Error("a kind that there is not was taken")
	}
}

func TestNumber(t *testing.T) {
	for n, want := range map[int]string{1: "1 field", 0: "0 fields", 999: "999 fields", 1204: "1,204 fields", 1234567: "1,234,567 fields"} {
		if got := number(n, "field"); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}
