package rehearsal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/slack/slacktest"
	"github.com/cutover-dev/cutover/internal/report"
)

// What the rehearsed workflow finds as its Slack: names that open nothing but
// the server on loopback.
const (
	slackToken   = "xoxb-rehearsal-opens-nothing" //nolint:gosec // it opens nothing
	slackChannel = "C0REHEARSAL"
)

// slackServer is a Slack on loopback that holds what it was told.
type slackServer struct {
	*slacktest.Server
	http    *http.Server
	address string
}

func startSlack() (*slackServer, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening on loopback: %w", err)
	}
	s := &slackServer{
		Server: slacktest.New(slacktest.Workspace{
			Token: slackToken, Scopes: []string{"chat:write"},
			Channels: []slacktest.Channel{{ID: slackChannel, Name: "deployments", Member: true}},
		}),
		address: "http://" + l.Addr().String() + "/api/",
	}
	s.http = &http.Server{Handler: s.Server, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.http.Serve(l) }() // ends with Close
	return s, nil
}

// slackCard is one message, laid out as Slack lays it out.
var slackCard = template.Must(template.New("card").Funcs(template.FuncMap{"shown": shown}).Parse(`
<div class="slack{{if .Reply}} reply{{end}}"><div class="who"><b>cutover</b> <span>app{{if .Reply}}, in the thread{{end}}{{if .Edited}}, updated {{.Edited}}×{{end}}</span></div>
{{- range .Blocks}}
{{- if eq .Type "header"}}<div class="head">{{shown .Text}}</div>
{{- else if eq .Type "divider"}}<hr>
{{- else if eq .Type "section"}}{{if .Text}}<div>{{shown .Text}}</div>{{end}}{{if .Fields}}<div class="fields">{{range .Fields}}<div>{{shown .}}</div>{{end}}</div>{{end}}
{{- else if eq .Type "context"}}<div class="context">{{range .Elements}}{{if .Body.Text}}<span>{{shown .Body}}</span> {{end}}{{end}}</div>
{{- else if eq .Type "actions"}}<div class="buttons">{{range .Elements}}<span class="button">{{shown .Body}}</span> {{end}}</div>
{{- end}}
{{- else}}<div>{{.Text}}</div>
{{- end}}</div>`))

// slackText is a text object; slackElement is one too, or an element (a button)
// that holds one.
type slackText struct{ Type, Text string }

type slackElement struct{ Body slackText }

// UnmarshalJSON reads {"text": "…"} and {"text": {"text": "…"}} alike.
func (e *slackElement) UnmarshalJSON(raw []byte) error {
	var plain slackText
	if json.Unmarshal(raw, &plain) == nil {
		e.Body = plain
		return nil
	}
	var nested struct{ Text slackText }
	err := json.Unmarshal(raw, &nested)
	e.Body = nested.Text
	return err
}

type slackBlock struct {
	Type     string
	Text     *slackText
	Fields   []slackText
	Elements []slackElement
}

type slackMessage slacktest.Message

// reply says whether the message stands in another one's thread.
func (m slackMessage) reply() bool { return m.ThreadTS != "" && m.ThreadTS != m.TS }

// slackBlocks shows the messages as pictures of what Slack would show.
func slackBlocks(messages []slacktest.Message) ([]report.Block, error) {
	if len(messages) == 0 {
		return nil, nil
	}
	var html bytes.Buffer
	table := report.Table{Columns: []report.Column{{Title: "where"}, {Title: "message"}, {Title: "updated", Numeric: true}}}
	for _, sent := range messages {
		m := slackMessage(sent)
		where := "channel"
		if m.reply() {
			where = "its thread"
		}
		table.Rows = append(table.Rows, []report.Cell{{Text: where}, {Text: m.Text}, {Text: fmt.Sprint(len(m.Before))}})
		var blocks []slackBlock
		if len(m.Blocks) > 0 {
			if err := json.Unmarshal(m.Blocks, &blocks); err != nil {
				return nil, fmt.Errorf("reading a Slack message: %w", err)
			}
		}
		err := slackCard.Execute(&html, struct {
			Reply  bool
			Edited int
			Text   string
			Blocks []slackBlock
		}{m.reply(), len(m.Before), m.Text, blocks})
		if err != nil {
			return nil, fmt.Errorf("showing a Slack message: %w", err)
		}
	}
	return []report.Block{
		report.Section{Title: "What Slack shows"}, table,
		report.Rich{Caption: "#deployments: one message a deployment, updated in place, details in its thread", HTML: template.HTML(html.String())}, //nolint:gosec // made by the template above, which escapes
	}, nil
}

var (
	slackBold = regexp.MustCompile(`\*([^*\n]+)\*`)
	slackCode = regexp.MustCompile("`([^`\n]+)`")
	slackLink = regexp.MustCompile(`&lt;(https?://[^|&\s]+)\|([^&]*)&gt;`)
)

// shown renders a text object: of Slack's markup the part that cutover writes
// (bold, code, links), and in plain text none. The text arrives with & < >
// escaped by Slack's rules, once more than HTML needs.
func shown(value any) template.HTML {
	var t slackText
	switch v := value.(type) {
	case slackText:
		t = v
	case *slackText:
		t = *v
	}
	s := template.HTMLEscapeString(t.Text)
	if t.Type == "mrkdwn" {
		// What Slack sent as < is HTML's &lt;, what it escaped is &amp;lt;.
		s = slackLink.ReplaceAllString(s, `<a href="$1">$2</a>`)
		s = slackBold.ReplaceAllString(s, "<b>$1</b>")
		s = slackCode.ReplaceAllString(s, "<code>$1</code>")
	}
	for _, entity := range []string{"amp", "lt", "gt"} {
		s = strings.ReplaceAll(s, "&amp;"+entity+";", "&"+entity+";")
	}
	return template.HTML(strings.ReplaceAll(s, "\n", "<br>")) //nolint:gosec // escaped above
}
