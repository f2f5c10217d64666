package adopt

import (
	"regexp"
	"strconv"
	"strings"
)

// SST is what the files of an SST app tell without being run.
type SST struct {
	// Generation is 2, or 3 for everything since: v3 and v4 look alike.
	Generation int
	// Version is the one that package.json names, as it stands there.
	Version string
	// Name, Region and Domain are as they stand there as plain texts, else "".
	Name, Region, Domain string
	// API is http, rest or "", as API Gateway names its kinds.
	API string
	// ECS says that the app itself has a service there.
	ECS bool
	// Health says that it names the path /health.
	Health bool
	// Dist says that functions are taken from what a build left in dist.
	Dist bool
	// Boundary says that its roles carry the boundary that our roles ask for.
	Boundary bool
}

var (
	quoted     = "(?:\"([^\"\\\\\\n]*)\"|'([^'\\\\\\n]*)'|`([^`\\\\$\\n]*)`)"
	nameKey    = regexp.MustCompile(`\bname\s*:\s*` + quoted)
	regionKey  = regexp.MustCompile(`\bregion\s*:\s*` + quoted)
	domainKey  = regexp.MustCompile(`\b(?:customDomain|domainName|domain)\s*[:=]\s*([^;\n]*(?:\n[^;\n]*)?)`)
	anyText    = regexp.MustCompile(quoted)
	configCall = regexp.MustCompile(`\$config\s*\(`)
	opening    = regexp.MustCompile(`\b(?:app|config)\s*(?:\([^)]*\)|:\s*(?:async\s*)?\([^)]*\)\s*=>)`)
	closing    = regexp.MustCompile(`\b(?:async\s+)?(?:run|stacks)\s*[(:]`)
	restKind   = regexp.MustCompile(`\bApiGatewayV1(?:Api)?\b`)
	httpKind   = regexp.MustCompile(`\bApiGatewayV2\b|\bnew\s+Api\s*\(`)
	ecsKind    = regexp.MustCompile(`\bsst\.aws\.(?:Cluster|Service)\b|\baws\.ecs\.|\baws_ecs\b|\bnew\s+Service\s*\(`)
	healthPath = regexp.MustCompile(`["'\x60 ]/health["'\x60]`)
	distFolder = regexp.MustCompile(`["'\x60](?:\./)?dist/`)
	major      = regexp.MustCompile(`^[\^~>=v ]*([0-9]+)(?:\.|$)`)
)

// ReadSST reads sst.config.ts, and with it the files that it is split into. The
// text is TypeScript, which only SST itself runs: what is computed is not known.
func ReadSST(config string, more ...string) SST {
	config = plain(config)
	s := SST{Generation: 2}
	if configCall.MatchString(config) {
		s.Generation = 3
	}
	head := config
	if at := opening.FindStringIndex(config); at != nil {
		head = config[at[1]:]
	}
	if at := closing.FindStringIndex(head); at != nil {
		head = head[:at[0]]
	}
	s.Name, s.Region = first(nameKey, head), first(regionKey, head)
	all := config
	for _, text := range more {
		all += "\n" + plain(text)
	}
	s.Domain = domainOf(all)
	switch {
	case restKind.MatchString(all):
		s.API = "rest"
	case httpKind.MatchString(all):
		s.API = "http"
	}
	s.ECS = ecsKind.MatchString(all)
	s.Health = healthPath.MatchString(all)
	s.Boundary = strings.Contains(all, "APP_BOUNDARY")
	s.Dist = distFolder.MatchString(all)
	return s
}

// generationOf is the generation that a version in package.json means, 0 if it
// says none.
func generationOf(version string) int {
	m := major.FindStringSubmatch(version)
	if m == nil {
		return 0
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return 0
	}
	return min(n, 3)
}

// first is the plain text after a key.
func first(key *regexp.Regexp, text string) string {
	if m := key.FindStringSubmatch(text); m != nil {
		return m[1] + m[2] + m[3]
	}
	return ""
}

// domainOf is the first host that is given to a domain as a plain text.
func domainOf(text string) string {
	for _, m := range domainKey.FindAllStringSubmatch(text, 100) {
		for _, q := range anyText.FindAllStringSubmatch(m[1], 10) {
			if host := strings.ToLower(q[1] + q[2] + q[3]); hostRE.MatchString(host) {
				return host
			}
		}
	}
	return ""
}

// plain takes the comments out, and leaves strings with slashes in them alone.
func plain(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case strings.HasPrefix(text[i:], "//"):
			i += lengthUntil(text[i:], "\n")
		case strings.HasPrefix(text[i:], "/*"):
			i = min(i+2+lengthUntil(text[i+2:], "*/")+2, len(text))
			b.WriteByte(' ')
		case c == '"' || c == '\'' || c == '`':
			n := stringLength(text[i:])
			b.WriteString(text[i : i+n])
			i += n
		default:
			b.WriteByte(c)
			i++
		}
	}
	return b.String()
}

func lengthUntil(text, end string) int {
	if n := strings.Index(text, end); n >= 0 {
		return n
	}
	return len(text)
}

// stringLength is how long the string is that text begins with. One in " or '
// ends with its line at the latest.
func stringLength(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case text[0]:
			return i + 1
		case '\n':
			if text[0] != '`' {
				return i
			}
		}
	}
	return len(text)
}
