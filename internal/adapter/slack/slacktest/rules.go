package slacktest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Check says why Slack would refuse a message with this text and these blocks:
// Slack's code and the reason, both empty if it would not.
func Check(text string, blocks json.RawMessage) (code, detail string) {
	return Content{Text: text, Blocks: blocks}.check()
}

func (c Content) check() (code, detail string) {
	if c.Text == "" && len(c.Blocks) == 0 {
		return "no_text", "neither text nor blocks"
	}
	if why := checkText(c.Text); c.Text != "" && why != nil {
		return "invalid_arguments", "text: " + why.Error()
	}
	if c.Metadata != nil {
		var m struct {
			EventType    string         `json:"event_type"`
			EventPayload map[string]any `json:"event_payload"`
		}
		// D/messaging/message-metadata: event_type of letters, digits and _,
		// event_payload an object.
		if json.Unmarshal(c.Metadata, &m) != nil || !regexp.MustCompile(`^\w+$`).MatchString(m.EventType) || m.EventPayload == nil {
			return "invalid_metadata_format", string(c.Metadata)
		}
	}
	if len(c.Blocks) == 0 {
		return "", ""
	}
	var blocks []json.RawMessage
	if err := json.Unmarshal(c.Blocks, &blocks); err != nil {
		return "invalid_blocks_format", err.Error()
	}
	// D/reference/block-kit/blocks: "up to 50 blocks in each message".
	if len(blocks) > 50 {
		return "invalid_blocks", fmt.Sprintf("%d blocks, more than 50", len(blocks))
	}
	// Undocumented; measured by users with the structure counted:
	// github.com/slackapi/bolt-js issues 2509 and 2867.
	if n := units(compact(c.Blocks)); n > 13_200 {
		return "msg_blocks_too_long", fmt.Sprintf("%d characters of blocks", n)
	}
	for i, b := range blocks {
		if err := checkBlock(b); err != nil {
			return "invalid_blocks", fmt.Sprintf("block %d: %v", i+1, err)
		}
	}
	return "", ""
}

// compact writes JSON as short as it gets, so that how a client escapes it
// does not count.
func compact(raw json.RawMessage) string {
	var v any
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if json.Unmarshal(raw, &v) != nil || e.Encode(v) != nil {
		return string(raw)
	}
	return strings.TrimSpace(b.String())
}

// units counts as UTF-16 does: the most that a character is counted as.
func units(s string) int { return len(utf16.Encode([]rune(s))) }

// text is D/reference/block-kit/composition-objects/text-object.
type text struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	Emoji    *bool  `json:"emoji"`
	Verbatim *bool  `json:"verbatim"`
}

// entity is what & may begin: "only the specific characters shown above"
// (D/messaging/formatting-message-text, "Escaping text").
var entity = regexp.MustCompile(`&(amp|lt|gt);`)

// control is what < may begin: a link or a mention
// (D/messaging/formatting-message-text, "Linking URLs", "Mentioning users").
var control = regexp.MustCompile(`<(https?://[^|<>\s]+(\|[^<>]*)?|@[UW][A-Z0-9]+|![a-z]+[^<>]*|#C[A-Z0-9]+)>`)

// checkText refuses broken UTF-8 and half an entity. Slack shows either wrong
// without a word; here a message must not hold it.
func checkText(s string) error {
	switch rest := entity.ReplaceAllString(s, ""); {
	case !utf8.ValidString(s) || strings.ContainsRune(s, '\uFFFE'):
		return fmt.Errorf("broken UTF-8")
	case strings.Contains(rest, "&"):
		return fmt.Errorf("& that begins no entity in %q", clip(s))
	}
	return nil
}

func clip(s string) string {
	if len(s) > 80 {
		return s[:80]
	}
	return s
}

func (t text) check(most int, kinds ...string) error {
	if !strings.Contains(strings.Join(kinds, " "), t.Type) || t.Type == "" {
		return fmt.Errorf("a text of type %q where %v may stand", t.Type, kinds)
	}
	if n := units(t.Text); n < 1 || n > most {
		return fmt.Errorf("a text of %d characters where 1 to %d may stand", n, most)
	}
	if err := checkText(t.Text); err != nil {
		return err
	}
	rest := t.Text
	switch t.Type {
	case "mrkdwn":
		if t.Emoji != nil {
			return fmt.Errorf("emoji on mrkdwn")
		}
		rest = control.ReplaceAllString(rest, "")
	case "plain_text":
		if t.Verbatim != nil {
			return fmt.Errorf("verbatim on plain_text")
		}
	}
	if strings.ContainsAny(rest, "<>") {
		return fmt.Errorf("a bare < or > in %q", clip(t.Text))
	}
	return nil
}
