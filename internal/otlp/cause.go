package otlp

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/cutover-dev/cutover/internal/trace"
)

// mostExceptions and mostFrames keep a document within its 64 KiB.
const (
	mostExceptions = 20
	mostFrames     = 50
)

// causeOf is what was thrown: an exception for each event, and behind it what it
// was caused by, as far as the stack tells. A span that failed and threw nothing
// has its message.
func causeOf(s Span) trace.Cause {
	var all []trace.Exception
	for _, e := range s.Events {
		if e.Name != "exception" {
			continue
		}
		kind, _ := e.Attributes["exception.type"].(string)
		message, _ := e.Attributes["exception.message"].(string)
		stack, _ := e.Attributes["exception.stacktrace"].(string)
		more := chain(s, len(all), trace.Exception{Type: kind, Message: message}, stack)
		// What the app itself says is the cause of the one before it.
		if depth, _ := e.Attributes["exception.cause.depth"].(int64); depth > 0 && len(all) > 0 {
			all[len(all)-1].Cause = more[0].ID
		}
		if all = append(all, more...); len(all) >= mostExceptions {
			break
		}
	}
	if len(all) == 0 && s.Status == Error && s.Message != "" {
		all = []trace.Exception{{ID: exceptionID(s, 0), Message: s.Message, Remote: s.Kind == Client}}
	}
	if len(all) == 0 {
		return trace.Cause{}
	}
	return trace.Cause{Exceptions: all}
}

// caused is where the stack of a cause begins: as Node prints an error's cause,
// and as most other languages do.
var caused = regexp.MustCompile(`^\s*(?:\[cause\]: |Caused by: )([\w.$]+)(?:: ?(.*))?$`)

// frame is a line of V8's; source: V8, "Stack trace API".
var frame = regexp.MustCompile(`^\s+at (?:(.+?) \()?((?:file://|node:|[A-Za-z]:[\\/])?[^():]*|native|<anonymous>)(?::(\d+))?(?::\d+)?\)?$`)

// chain is an exception with its causes, each naming the next one; before is how
// many exceptions the span has already.
func chain(s Span, before int, first trace.Exception, stack string) []trace.Exception {
	all := []trace.Exception{first}
	for line := range strings.SplitSeq(stack, "\n") {
		if m := caused.FindStringSubmatch(line); m != nil {
			if before+len(all) >= mostExceptions {
				break
			}
			all = append(all, trace.Exception{Type: m[1], Message: strings.TrimSuffix(m[2], " {")})
			continue
		}
		last := &all[len(all)-1]
		if m := frame.FindStringSubmatch(strings.TrimSuffix(line, " {")); m != nil && len(last.Stack) < mostFrames {
			n, _ := strconv.Atoi(m[3]) // 0 where it names no line
			last.Stack = append(last.Stack, trace.Frame{Path: cmp.Or(m[2], "native"), Line: n, Label: m[1]})
		}
	}
	for i := range all {
		all[i].ID, all[i].Remote = exceptionID(s, before+i), s.Kind == Client || s.Kind == Producer
		if i > 0 {
			all[i-1].Cause = all[i].ID
		}
	}
	return all
}

// exceptionID is 16 hexadecimal digits, the same for the same exception.
func exceptionID(s Span, n int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s exception %d", s.TraceID, s.ID, n))
	return hex.EncodeToString(sum[:8])
}
