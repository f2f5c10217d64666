package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/message"
)

// Webhook is one incoming webhook: it posts to its channel and can do nothing
// else. It is a message.Poster. The SDK's function for webhooks is no use here:
// its errors hold the address, which is a secret, and it drops the code that
// says why Slack refused.
type Webhook struct {
	core
	address string
}

// NewWebhook returns the webhook at an address. It calls nobody yet.
func NewWebhook(address string, o Options) (*Webhook, error) {
	if _, err := safeAddress(address); err != nil {
		return nil, &fault.Fault{
			Kind: fault.Input, Name: "webhook-url", What: err.Error(), Allowed: "https://hooks.slack.com/services/…",
			Next: "Copy it from the app's page “Incoming Webhooks” into a secret.",
		}
	}
	return &Webhook{core: newCore(o), address: address}, nil
}

// webhookRefusal is the code in the body of an answer that is not 200.
type webhookRefusal string

func (w webhookRefusal) Error() string { return string(w) }

// Post sends the message. A webhook tells nothing of it, and cannot be asked
// afterwards: when the answer is lost, the message is not sent again.
func (w *Webhook) Post(ctx context.Context, _ message.Target, p message.Payload) (message.Place, error) {
	p.Metadata = nil
	body, err := json.Marshal(p)
	if err != nil {
		return message.Place{}, fmt.Errorf("encoding the message: %w", err)
	}
	return message.Place{}, w.call(ctx, try{once: true}, func(ctx context.Context) error { return w.send(ctx, body) })
}

// errRefused is an answer without a code that is known to be one.
var errRefused = errors.New("refused")

func (w *Webhook) send(ctx context.Context, body []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	answer, err := w.http.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }() // only read from
	const longest = 200                        // a code is far shorter
	said, err := io.ReadAll(io.LimitReader(answer.Body, longest))
	text := strings.TrimSpace(string(said))
	switch {
	case answer.StatusCode == http.StatusOK && err == nil && text == "ok":
		return nil
	case code.MatchString(text) && advices[text].kind != 0:
		return webhookRefusal(text)
	}
	return errRefused
}
