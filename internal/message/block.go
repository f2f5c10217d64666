package message

// The blocks of a message as Slack reads them, as far as cutover needs them.
// Source: docs.slack.dev/reference/block-kit. They are written by this package
// alone, which holds the limits; see build.go.

// Block is one block: Header, Section, Context, Actions, Image or Divider.
type Block interface{ block() }

// Text is a text object. Only words of cutover's own are ever of type mrkdwn,
// which Slack parses for bold, links and mentions; a stranger's text is
// plain_text, which it does not.
type Text struct {
	Type string `json:"type" jsonschema:"enum=plain_text,enum=mrkdwn"`
	Text string `json:"text" jsonschema:"minLength=1,maxLength=3000"`
	// Emoji false keeps :smile: as it was written. Slack allows it on
	// plain_text only.
	Emoji *bool `json:"emoji,omitempty"`
	// Verbatim keeps Slack from making links of names. On mrkdwn only.
	Verbatim *bool `json:"verbatim,omitempty"`
}

// HeaderBlock is a large line of plain text.
type HeaderBlock struct {
	Type string `json:"type" jsonschema:"enum=header"`
	Text Text   `json:"text"`
}

// SectionBlock is a paragraph, or up to ten fields in two columns.
type SectionBlock struct {
	Type   string `json:"type" jsonschema:"enum=section"`
	Text   *Text  `json:"text,omitempty"`
	Fields []Text `json:"fields,omitempty" jsonschema:"maxItems=10"`
}

// ContextBlock is up to ten small texts in a row.
type ContextBlock struct {
	Type     string `json:"type" jsonschema:"enum=context"`
	Elements []Text `json:"elements" jsonschema:"minItems=1,maxItems=10"`
}

// ActionsBlock is a row of buttons.
type ActionsBlock struct {
	Type     string   `json:"type" jsonschema:"enum=actions"`
	Elements []Button `json:"elements" jsonschema:"minItems=1,maxItems=25"`
}

// Button opens an address.
type Button struct {
	Type     string `json:"type" jsonschema:"enum=button"`
	Text     Text   `json:"text"`
	URL      string `json:"url" jsonschema:"maxLength=3000"`
	ActionID string `json:"action_id" jsonschema:"maxLength=255"`
	Style    string `json:"style,omitempty" jsonschema:"enum=primary"`
}

// ImageBlock is a picture that Slack fetches by its address.
type ImageBlock struct {
	Type     string `json:"type" jsonschema:"enum=image"`
	ImageURL string `json:"image_url" jsonschema:"maxLength=3000"`
	AltText  string `json:"alt_text" jsonschema:"maxLength=2000"`
}

// DividerBlock is a line.
type DividerBlock struct {
	Type string `json:"type" jsonschema:"enum=divider"`
}

func (HeaderBlock) block()  {}
func (SectionBlock) block() {}
func (ContextBlock) block() {}
func (ActionsBlock) block() {}
func (ImageBlock) block()   {}
func (DividerBlock) block() {}

var no, yes = false, true

// plain makes a text that nothing acts on, cut to most characters.
func plain(s string, most int) Text {
	cut, _ := fit(s, most, most*2)
	return Text{Type: "plain_text", Text: escape(cut), Emoji: &no}
}

// marked makes a text that Slack parses. Only for words written here.
func marked(s string) Text { return Text{Type: "mrkdwn", Text: s, Verbatim: &yes} }

func header(s string) Block {
	return HeaderBlock{Type: "header", Text: plain(line(s), maxHeader)}
}

func paragraph(t Text) Block { return SectionBlock{Type: "section", Text: &t} }

func columns(fields []Text) Block { return SectionBlock{Type: "section", Fields: fields} }

func small(elements ...Text) Block { return ContextBlock{Type: "context", Elements: elements} }

func divider() Block { return DividerBlock{Type: "divider"} }
