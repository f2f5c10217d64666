package message

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// webAddress accepts what may stand in a message: http or https, a host, no
// user name or password before it, and no character that Slack's markup or a
// terminal would act on.
var webAddress = pattern.New(`^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?([/?#][!#-;=?-\[\]_a-z~]*)?$`)

// The syntaxes of inputs, in words.
const (
	FieldSyntax    = "lines of name: value"
	LinkSyntax     = "lines of label https://address"
	ActorSyntax    = "a GitHub login, an e-mail address, or both with the address in angle brackets"
	UserSyntax     = "lines of GitHub login=Slack member ID, such as octocat=U0123456789"
	ThreadSyntax   = "channel ID:timestamp, such as C0123456789:1700000000.000100"
	ProgressSyntax = "a share such as 50%, or steps such as 2/3"
)

// ParseField reads "name: value".
func ParseField(s string) (Field, error) {
	name, value, ok := strings.Cut(s, ":")
	if name = strings.TrimSpace(name); !ok || name == "" {
		return Field{}, errors.New("has no name before a colon")
	}
	return Field{Name: name, Value: strings.TrimSpace(value)}, nil
}

// ParseLink reads "label https://address" or an address alone. A colon after
// the label is no part of it.
func ParseLink(s string) (Link, error) {
	s = strings.TrimSpace(s)
	at := strings.LastIndexAny(s, " \t") + 1
	label, url := strings.TrimSpace(s[:at]), s[at:]
	if !webAddress.MatchString(url) {
		return Link{}, errors.New("does not end in an http or https address without credentials")
	}
	if len(url) > maxURL {
		return Link{}, fmt.Errorf("has an address of %d characters, and Slack takes %d", len(url), maxURL)
	}
	if label = strings.TrimSpace(strings.TrimSuffix(label, ":")); label == "" {
		label = strings.TrimPrefix(strings.TrimPrefix(url, "https://"), "http://")
	}
	return Link{Label: label, URL: url}, nil
}

var address = pattern.New(`^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$`)

// ParseActor reads a login, an address, or "login <address>".
func ParseActor(s string) (Actor, error) {
	s = strings.TrimSpace(s)
	login, rest, both := strings.Cut(s, "<")
	switch {
	case both && strings.HasSuffix(rest, ">") && address.MatchString(rest[:len(rest)-1]):
		return Actor{Login: strings.TrimSpace(login), Email: rest[:len(rest)-1]}, nil
	case both:
		return Actor{}, errors.New("has no e-mail address between < and >")
	case address.MatchString(s):
		return Actor{Email: s}, nil
	}
	return Actor{Login: s}, nil
}

var (
	member = pattern.New(`^[UW][A-Z0-9]{8,20}$`)
	place  = pattern.New(`^([CGD][A-Z0-9]{8,20}):([0-9]{10}\.[0-9]{6})$`)
)

// ParseUser reads "login=U0123456789".
func ParseUser(s string) (login, id string, err error) {
	login, id, ok := strings.Cut(s, "=")
	if login, id = strings.TrimSpace(login), strings.TrimSpace(id); !ok || login == "" {
		return "", "", errors.New("has no login before =")
	}
	if !member.MatchString(id) {
		return "", "", fmt.Errorf("names %q, which is no Slack member ID", id)
	}
	return login, id, nil
}

// Place is where a message stands: its channel's ID and its timestamp, which
// is its name at Slack.
type Place struct{ Channel, TS string }

// String is the place as ParsePlace reads it; empty for the zero Place.
func (p Place) String() string {
	if p.TS == "" {
		return ""
	}
	return p.Channel + ":" + p.TS
}

// ParsePlace reads "C0123456789:1700000000.000100".
func ParsePlace(s string) (Place, error) {
	m := place.FindStringSubmatch(s)
	if m == nil {
		return Place{}, errors.New("names no message")
	}
	return Place{Channel: m[1], TS: m[2]}, nil
}

var (
	share = pattern.New(`^([0-9]{1,3})%$`)
	steps = pattern.New(`^([0-9]{1,3})/([0-9]{1,3})$`)
)

// ParseProgress reads "50%" or "2/3".
func ParseProgress(s string) (*Progress, error) {
	p := Progress{Total: 100}
	if m := share.FindStringSubmatch(s); m != nil {
		p.Done, _ = strconv.Atoi(m[1]) // three digits always fit
	} else if m := steps.FindStringSubmatch(s); m != nil {
		p.Done, _ = strconv.Atoi(m[1])
		p.Total, _ = strconv.Atoi(m[2])
	} else {
		return nil, errors.New("is neither a share nor steps")
	}
	if p.Total == 0 || p.Done > p.Total {
		return nil, errors.New("is more than all")
	}
	return &p, nil
}
