package adopt

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
)

// The first line of each file says who wrote it, with which parts, and carries
// the digest of the rest: a file that still matches was not touched since, and
// may be replaced.
var stampRE = regexp.MustCompile(`^# Written by cutover init(?: of [0-9a-zA-Z.-]+)? with ([a-z,]*); change it, and init leaves it alone\. sha256:([0-9a-f]{64})\n`)

func stamp(version string, parts []Part, body string) string {
	var names []string
	for _, p := range parts {
		names = append(names, string(p))
	}
	return "# Written by cutover init of " + version + " with " + strings.Join(names, ",") + "; change it, and init leaves it alone. sha256:" + digest(body) + "\n" + body
}

// partsOf are the parts that a file of init's was written with.
func partsOf(text string) []Part {
	m := stampRE.FindStringSubmatch(strings.ReplaceAll(text, "\r\n", "\n"))
	if m == nil {
		return nil
	}
	parts, err := ParseParts(m[1])
	if err != nil {
		return nil // of a version with other parts
	}
	return parts
}

func digest(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

// stamped says whether init wrote text, whoever changed it since.
func stamped(text string) bool { return strings.HasPrefix(text, "# Written by cutover init") }

// untouched says whether text is what init wrote. A checkout on Windows may
// have other line ends: they are nobody's change.
func untouched(text string) bool {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	m := stampRE.FindStringSubmatch(text)
	return m != nil && digest(text[len(m[0]):]) == m[2]
}
