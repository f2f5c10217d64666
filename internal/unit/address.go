package unit

import (
	"strings"

	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// URL is the base address of a service: https, or http on the loopback
// interface so that a rehearsal needs no certificate. It has no user, query
// or fragment, since paths are appended to it and secrets hide there.
type URL string

// Email is the address of one mailbox.
type Email string

// Host is a DNS name in lower case with at least two labels and no final dot.
type Host string

const (
	label     = `[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`
	port      = `(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?`
	path      = `(/[A-Za-z0-9._~!&()*+,;=:@%-]*)*`
	localhost = `http://(localhost|127\.0\.0\.1|\[::1\])`
)

// URLSyntax says how base addresses are written.
var URLSyntax = Syntax{
	Name:     "a URL",
	Pattern:  `^(https://` + label + `(\.` + label + `)*|` + localhost + `)` + port + path + `$`,
	Allowed:  "an https URL (http only on localhost) without user, query or fragment",
	Examples: []string{"https://api.example.com"},
}

// EmailSyntax says how e-mail addresses are written.
var EmailSyntax = Syntax{
	Name:     "an e-mail address",
	Pattern:  `^[A-Za-z0-9_%+-]+(\.[A-Za-z0-9_%+-]+)*@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$`,
	Allowed:  "one address such as devops@example.com",
	Examples: []string{"devops@example.com"},
}

// HostSyntax says how DNS names are written.
var HostSyntax = Syntax{
	Name:     "a DNS name",
	Pattern:  `^` + label + `(\.` + label + `)+$`,
	Allowed:  "a DNS name in lower case without scheme, port, path or final dot",
	Examples: []string{"api.example.com"},
}

var (
	urlRE   = pattern.New(URLSyntax.Pattern)
	emailRE = pattern.New(EmailSyntax.Pattern)
	hostRE  = pattern.New(HostSyntax.Pattern)
)

// ParseURL reads a base address. The error is an [*Error].
func ParseURL(text string) (URL, error) {
	switch {
	case urlRE.MatchString(text):
		return URL(text), nil
	case strings.TrimSpace(text) == "":
		return "", URLSyntax.fail("is empty")
	case strings.HasPrefix(text, "http://"):
		return "", URLSyntax.fail("is not encrypted", "https://"+strings.TrimPrefix(text, "http://"))
	case !strings.Contains(text, "://") && hostRE.MatchString(strings.Split(text, "/")[0]):
		return "", URLSyntax.fail("has no scheme", "https://"+text)
	case !strings.Contains(text, "://"):
		return "", URLSyntax.fail("has no scheme")
	case strings.ContainsAny(text, "?#"):
		return "", URLSyntax.fail("has a query or fragment", text[:strings.IndexAny(text, "?#")])
	}
	return "", URLSyntax.fail("is not a URL", strings.ToLower(strings.TrimSpace(text)))
}

// Host returns the host without scheme, port and path.
func (u URL) Host() Host {
	_, rest, _ := strings.Cut(string(u), "://")
	rest, _, _ = strings.Cut(rest, "/")
	if colon := strings.LastIndexByte(rest, ':'); colon > strings.LastIndexByte(rest, ']') {
		rest = rest[:colon]
	}
	return Host(rest)
}

// String returns the address as written.
func (u URL) String() string { return string(u) }

// UnmarshalText makes URL readable by the configuration engine.
func (u *URL) UnmarshalText(text []byte) (err error) {
	*u, err = ParseURL(string(text))
	return err
}

// Syntax returns [URLSyntax].
func (URL) Syntax() Syntax { return URLSyntax }

// ParseEmail reads an e-mail address. The error is an [*Error].
func ParseEmail(text string) (Email, error) {
	switch {
	case emailRE.MatchString(text):
		return Email(text), nil
	case strings.TrimSpace(text) == "":
		return "", EmailSyntax.fail("is empty")
	case strings.ContainsAny(text, ",; "):
		return "", EmailSyntax.fail("is more than one address; give each its own entry", strings.TrimSpace(text))
	}
	return "", EmailSyntax.fail("is not an e-mail address")
}

// String returns the address as written.
func (e Email) String() string { return string(e) }

// UnmarshalText makes Email readable by the configuration engine.
func (e *Email) UnmarshalText(text []byte) (err error) {
	*e, err = ParseEmail(string(text))
	return err
}

// Syntax returns [EmailSyntax].
func (Email) Syntax() Syntax { return EmailSyntax }

// ParseHost reads a DNS name. The error is an [*Error].
func ParseHost(text string) (Host, error) {
	switch {
	case hostRE.MatchString(text):
		return Host(text), nil
	case strings.TrimSpace(text) == "":
		return "", HostSyntax.fail("is empty")
	case strings.Contains(text, "://"):
		return "", HostSyntax.fail("is a URL", string(URL(strings.ToLower(text)).Host()))
	}
	return "", HostSyntax.fail("is not a DNS name", strings.ToLower(strings.Trim(text, ". ")))
}

// String returns the name as written.
func (h Host) String() string { return string(h) }

// UnmarshalText makes Host readable by the configuration engine.
func (h *Host) UnmarshalText(text []byte) (err error) {
	*h, err = ParseHost(string(text))
	return err
}

// Syntax returns [HostSyntax].
func (Host) Syntax() Syntax { return HostSyntax }
