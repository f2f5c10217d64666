package message

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// Slack's limits, in characters. Sources: docs.slack.dev/reference/block-kit,
// the page of each block; maxTotal stands nowhere in them and is what users
// measured (bolt-js issues 2509 and 2867: msg_blocks_too_long from about 13,200
// on, structure counted), so it is held for the blocks as JSON.
const (
	maxHeader   = 150
	maxSection  = 3000
	maxFields   = 10
	maxField    = 2000
	maxBlocks   = 50
	maxElements = 10
	maxButton   = 75
	maxURL      = 3000
	maxAlt      = 2000
	maxTotal    = 13_000
)

// What is given to the parts, so that a flood in one leaves room for the
// others.
const (
	mostTitle  = 600    // characters of a title
	mostSmall  = 200    // characters of one element of the context line
	mostName   = 100    // characters of a field's name
	mostRun    = 300    // characters of the run's address
	mostLinks  = 10     // buttons
	roomLinks  = 4_000  // JSON characters of all buttons
	roomFields = 5_000  // JSON characters of all fields
	roomNote   = 400    // JSON characters of the line that says what was cut
	mostText   = 40_000 // characters of a text that are looked at at all
)

// shape says what a payload is for.
type shape struct {
	// member is the Slack member ID of the actor, "" for none known.
	member string
	// threaded messages show one section of text; the thread has all of it.
	threaded bool
	// entry is the form for the thread: no context line that repeats the
	// message above it, unless somebody has to act.
	entry bool
}

// build lays an announcement out and cuts it to Slack's limits.
func build(a Announcement, s shape) Payload {
	b := &builder{}
	b.add(header(manners[a.Kind].sign + " " + a.Kind.Heading(a.Stage)))
	if title := line(a.Title); title != "" {
		b.add(paragraph(plain(title, mostTitle)))
	}
	if p := a.Progress; p != nil {
		b.add(paragraph(marked(p.String())))
	}
	var tail builder
	if i := a.Image; i != nil && len(i.URL) <= maxURL {
		alt, _ := fit(line(i.Alt), maxAlt, 2*maxAlt)
		tail.add(ImageBlock{Type: "image", ImageURL: i.URL, AltText: orDash(escape(alt))})
	}
	if !s.entry || manners[a.Kind].loud {
		tail.context(a, s.member)
	}
	tail.links(a.Kind, a.links())
	var fields builder
	fields.fields(a.Fields)
	b.left = append(append(b.left, fields.left...), tail.left...)
	b.text(a.Text, maxTotal-roomNote-b.used-fields.used-tail.used, s.threaded)
	b.blocks = append(append(b.blocks, fields.blocks...), tail.blocks...)
	if len(b.left) > 0 {
		b.add(small(plain("Cut to fit: "+strings.Join(b.left, ", ")+".", mostSmall)))
	}
	return Payload{Text: fallback(a), Blocks: b.blocks}
}

// builder collects blocks and knows what they take as JSON.
type builder struct {
	blocks []Block
	used   int
	// left says what did not fit, for people.
	left []string
}

func (b *builder) add(block Block) {
	b.blocks = append(b.blocks, block)
	b.used += size(string(encode(block))) + len(",")
}

// overhead is what a section takes as JSON besides its text, generously.
const overhead = 100

// text adds s as sections within room characters of JSON.
func (b *builder) text(s string, room int, once bool) {
	rest := clean(s)
	runes := []rune(rest)
	beyond := max(0, len(runes)-mostText)
	rest = string(runes[:len(runes)-beyond])
	for rest != "" && room > overhead+maxSection/10 {
		piece, left := fit(rest, maxSection, room-overhead)
		if left == 0 || once {
			b.add(paragraph(Text{Type: "plain_text", Text: escape(piece), Emoji: &no}))
			beyond += left
			rest = ""
			break
		}
		piece, rest = breakNear(rest, len(strings.TrimSuffix(piece, ellipsis)))
		before := b.used
		b.add(paragraph(Text{Type: "plain_text", Text: escape(piece), Emoji: &no}))
		room -= b.used - before
	}
	if beyond += len([]rune(rest)); beyond == 0 {
		return
	}
	if once {
		b.left = append(b.left, number(beyond, "character")+" of text, see the thread")
		return
	}
	b.left = append(b.left, number(beyond, "character")+" of text")
}

// breakNear parts s at a line's end or a space in the last tenth before at, or
// at at itself.
func breakNear(s string, at int) (head, rest string) {
	for _, mark := range []string{"\n", " "} {
		if i := strings.LastIndex(s[:at], mark); i > at-at/10 {
			at = i
			break
		}
	}
	return strings.TrimSpace(s[:at]), strings.TrimSpace(s[at:])
}

// simple names can be shown bold: they hold nothing that Slack acts on.
var simple = pattern.New(`^[\pL\pN](?:[\pL\pN ().,/%+-]*[\pL\pN)%])?$`)

// fields adds name and value side by side, five pairs a section.
func (b *builder) fields(fields []Field) {
	var texts []Text
	width, dropped := 0, 0
	for _, f := range fields {
		name, value := plain(orDash(line(f.Name)), mostName), plain(orDash(clean(f.Value)), maxField)
		if simple.MatchString(name.Text) {
			name = marked("*" + name.Text + "*")
		}
		w := size(string(encode(columns([]Text{name, value}))))
		if width+w > roomFields {
			dropped++
			continue
		}
		width += w
		texts = append(texts, name, value)
	}
	for len(texts) > 0 {
		n := min(maxFields, len(texts))
		b.add(columns(texts[:n]))
		texts = texts[n:]
	}
	if dropped > 0 {
		b.left = append(b.left, number(dropped, "field"))
	}
}

// links adds the buttons. Their labels are plain text, which a link within
// marked text would not be.
func (b *builder) links(kind Kind, links []Link) {
	var buttons []Button
	width, dropped := 0, 0
	for _, l := range links {
		button := Button{
			Type: "button", Text: plain(orDash(line(l.Label)), maxButton), URL: l.URL,
			ActionID: "link-" + strconv.Itoa(len(buttons)+1),
		}
		if kind == Awaiting && len(buttons) == 0 {
			button.Style = "primary"
		}
		w := size(string(encode(ActionsBlock{Elements: []Button{button}})))
		if len(buttons) == mostLinks || len(l.URL) > maxURL || width+w > roomLinks {
			dropped++
			continue
		}
		width += w
		buttons = append(buttons, button)
	}
	if len(buttons) > 0 {
		b.add(ActionsBlock{Type: "actions", Elements: buttons})
	}
	if dropped > 0 {
		b.left = append(b.left, number(dropped, "link"))
	}
}

// context adds who and where from, in small letters.
func (b *builder) context(a Announcement, member string) {
	var texts []Text
	if name := line(a.Actor.Name()); member != "" {
		texts = append(texts, marked("By <@"+member+">"))
	} else if name != "" {
		texts = append(texts, plain("By "+name, mostSmall))
	}
	if repository := line(a.Run.Repository); repository != "" {
		texts = append(texts, plain(repository, mostSmall))
	}
	source := line(a.Run.Ref)
	if sha := a.Run.SHA; commit.MatchString(sha) {
		source = strings.TrimSpace(source + " " + sha[:7])
	}
	if source != "" {
		texts = append(texts, plain(source, mostSmall))
	}
	if url := a.Run.URL; webAddress.MatchString(url) && len(url) <= mostRun {
		texts = append(texts, marked("<"+escape(url)+"|"+runLabel(a.Run.Number)+">"))
	}
	if len(texts) > 0 {
		b.add(divider())
		b.add(small(texts...))
	}
}

// commit is a full or short SHA.
var commit = pattern.New(`^[0-9a-f]{7,64}$`)

func runLabel(n string) string {
	if _, err := strconv.Atoi(n); err != nil {
		return "Run"
	}
	return "Run " + n
}

// fallback is what notifications and screen readers show instead of blocks.
func fallback(a Announcement) string {
	s := manners[a.Kind].sign + " " + a.Kind.Heading(a.Stage)
	if title := line(a.Title); title != "" {
		s += " – " + title
	}
	if p := a.Progress; p != nil {
		s += " – " + p.words()
	}
	cut, _ := fit(s, mostTitle, maxTotal)
	return escape(cut)
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// number counts things in English: 1 field, 1,204 characters.
func number(n int, thing string) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%s %s", digits, thing)
}

// mostCells is how wide a bar of steps gets before it shows shares instead.
const mostCells = 20

// String is the progress as a bar with its words.
func (p Progress) String() string {
	cells := p.Total
	if cells > mostCells {
		cells = 10
	}
	full := p.Done * cells / p.Total
	return strings.Repeat("▰", full) + strings.Repeat("▱", cells-full) + "  " + p.words()
}

func (p Progress) words() string {
	if p.Total == 100 {
		return strconv.Itoa(p.Done) + "%"
	}
	return fmt.Sprintf("%d of %d", p.Done, p.Total)
}
