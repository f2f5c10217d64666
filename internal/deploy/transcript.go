package deploy

import (
	"regexp"
	"strings"
	"sync"
)

// Transcript follows what sst prints, line by line, for what stands nowhere
// else: that it was locked out, which app it works on, what the network said.
// It decides no success. Its methods are safe for use by several goroutines.
type Transcript struct {
	mu      sync.Mutex
	app     string
	stage   string
	version string
	locked  bool
	changed int
	passing string
	tail    []string
}

// mostTail is how many of the last lines are kept for the summary.
const mostTail = 30

var (
	escapes = regexp.MustCompile(`\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07|\r`)
	// ui.go, header.
	header   = regexp.MustCompile(`^(?:➜\s+)?(App|Stage):\s+(\S+)$`)
	greeting = regexp.MustCompile(`^SST (\S+)(?: \(experimental\))?\s+ready!$`)
	// ui.go, printProgress: these are printed as each resource is done.
	progress = regexp.MustCompile(`^\|\s+(?:Created|Updated|Deleted|Imported)\s`)
)

// The words of ui.go at a ConcurrentUpdateEvent: a bar, the label, the message.
const (
	lockedLabel = "Locked"
	lockedWords = "A concurrent update was detected on the app."
)

// Line takes in one line of either stream.
func (t *Transcript) Line(line string) {
	line = strings.TrimRight(escapes.ReplaceAllString(line, ""), " \t\n")
	text := strings.TrimSpace(line)
	t.mu.Lock()
	defer t.mu.Unlock()
	if text == "" {
		return
	}
	t.tail = append(t.tail, line)
	if len(t.tail) > mostTail {
		t.tail = t.tail[1:]
	}
	if m := header.FindStringSubmatch(text); m != nil {
		if m[1] == "App" && t.app == "" {
			t.app = m[2]
		} else if m[1] == "Stage" && t.stage == "" {
			t.stage = m[2]
		}
	}
	if m := greeting.FindStringSubmatch(text); m != nil && t.version == "" {
		t.version = m[1]
	}
	if strings.HasPrefix(text, "|") && strings.Contains(text, lockedLabel) && strings.Contains(text, lockedWords) {
		t.locked = true
	}
	if progress.MatchString(text) {
		t.changed++
	}
	if p := passing(text); p != "" {
		t.passing = p
	}
}

// Heard is what a Transcript has gathered.
type Heard struct {
	App, Stage, Version string
	// Locked says that sst was locked out by another update.
	Locked bool
	// Changed counts the resources that it said to have changed.
	Changed int
	// Passing names what looked like a passing trouble, empty if nothing did.
	Passing string
	Tail    []string
}

// Heard returns what was gathered so far.
func (t *Transcript) Heard() Heard {
	t.mu.Lock()
	defer t.mu.Unlock()
	return Heard{t.app, t.stage, t.version, t.locked, t.changed, t.passing, append([]string(nil), t.tail...)}
}

// troubles are words of passing troubles: error codes of AWS (AWS General
// Reference, common errors; each service's throttling codes), of Go's and
// Node's network layers, and SST's own about downloads (cmd/sst/main.go).
var troubles = []struct {
	words []string
	is    string
}{
	{[]string{"ThrottlingException", "Throttling:", "ThrottledException", "Rate exceeded", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown", "RequestThrottled", "StatusCode: 429"}, "AWS throttled the calls"},
	{[]string{"ServiceUnavailable", "InternalServerError", "InternalFailure", "StatusCode: 500", "StatusCode: 502", "StatusCode: 503", "502 Bad Gateway", "503 Service Unavailable"}, "a service was down"},
	{[]string{
		"connection reset by peer", "connection refused", "i/o timeout", "TLS handshake timeout", "no such host", "network is unreachable", "unexpected EOF",
		"ECONNRESET", "ECONNREFUSED", "ETIMEDOUT", "EAI_AGAIN", "ENOTFOUND", "socket hang up", "RequestTimeout", "Client.Timeout exceeded", "temporary failure in name resolution",
	}, "the network failed"},
	{[]string{"Could not install pulumi", "Could not install bun"}, "a download failed"},
}

// passing names the passing trouble that a text tells of, or "".
func passing(text string) string {
	for _, t := range troubles {
		for _, w := range t.words {
			if strings.Contains(text, w) {
				return t.is
			}
		}
	}
	return ""
}
