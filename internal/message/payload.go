package message

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
)

// Payload is a message as Slack takes it.
type Payload struct {
	// Text is shown where blocks are not: in notifications, by screen readers.
	Text   string  `json:"text"`
	Blocks []Block `json:"blocks"`
	// Metadata lets a later run find the message again; nil for webhooks,
	// which take none.
	Metadata *Metadata `json:"metadata,omitempty"`
	// The rest is always false: Text is no markup, and links unfold to nothing.
	Markup      bool `json:"mrkdwn"`
	UnfurlLinks bool `json:"unfurl_links"`
	UnfurlMedia bool `json:"unfurl_media"`
}

// Metadata is what Slack keeps beside a message and shows to nobody. Source:
// docs.slack.dev/messaging/message-metadata.
type Metadata struct {
	EventType    string `json:"event_type"`
	EventPayload Mark   `json:"event_payload"`
}

// Mark tells messages apart.
type Mark struct {
	// Key names the deployment; empty for a message that stands alone.
	Key string `json:"key"`
	// Digest stands for the content: equal digests, equal messages.
	Digest string `json:"digest"`
	// Entry says that the message's thread has, or is about to get, an entry
	// for this content. It tells a message that was posted as it stands from
	// one whose thread a killed run left incomplete.
	Entry bool `json:"entry"`
}

// EventType marks the messages that cutover wrote.
const EventType = "cutover_announcement"

// encode is JSON without the escapes for HTML that Go would add: they make
// text longer than Slack sees it.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // structs of strings and booleans always encode
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// keyed marks the payload with a key and the digest of its content.
func (p Payload) keyed(key string) Payload {
	p.Metadata = nil
	digest := sha256.Sum256(encode(p))
	p.Metadata = &Metadata{EventType, Mark{Key: key, Digest: hex.EncodeToString(digest[:8])}}
	return p
}

func (p Payload) digest() string {
	if p.Metadata == nil {
		return ""
	}
	return p.Metadata.EventPayload.Digest
}

// Preview is the address at which Slack's Block Kit Builder shows the blocks.
// The blocks stand behind the #, which a browser does not send.
func (p Payload) Preview() string {
	type blocks struct {
		Blocks []Block `json:"blocks"`
	}
	return "https://app.slack.com/block-kit-builder/#" + percent(encode(blocks{p.Blocks}))
}

// percent encodes every byte but letters, digits and -._~ (RFC 3986).
func percent(b []byte) string {
	const hexadecimal = "0123456789ABCDEF"
	var out strings.Builder
	for _, c := range b {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '.', c == '_', c == '~':
			out.WriteByte(c)
		default:
			out.WriteByte('%')
			out.WriteByte(hexadecimal[c>>4])
			out.WriteByte(hexadecimal[c&15])
		}
	}
	return out.String()
}
