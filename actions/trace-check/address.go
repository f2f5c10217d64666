package main

import (
	"strings"

	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/unit"
)

// address is where the requests go: the input url, such as the output of the
// deployment, else the stage's own. They make things where they go, so that an
// address which is none of the stage's is refused: a misspelt output must not
// send them to a stranger.
func address(file *config.File, stage, region, given string) (string, error) {
	own := []unit.URL{file.Stages[stage].URL}
	if t := file.Traffic; t != nil && t.Stage == stage {
		own = append(own, t.Green.Direct, t.Blue.Direct)
	}
	if given == "" {
		return own[0].String(), nil
	}
	to, err := unit.ParseURL(given)
	if err != nil {
		return "", &fault.Fault{Kind: fault.Input, Name: "url", What: "is no address of an API", Got: bare(given), Allowed: unit.URLSyntax.Allowed}
	}
	// Plain HTTP is to this machine alone, as in a rehearsal.
	if strings.HasPrefix(given, "http://") || gateway(origin(to), region) {
		return given, nil
	}
	var allowed []string
	for _, o := range own {
		if origin(o) == origin(to) {
			return given, nil
		}
		allowed = append(allowed, origin(o))
	}
	return "", &fault.Fault{
		Kind: fault.Refused, Name: "url", What: "is no address of " + stage + ", and the requests make things where they go", Got: given,
		Allowed: strings.Join(allowed, ", ") + " or https://*.execute-api." + region + ".amazonaws.com", Next: "Pass the output url of sst-deploy, or name the address under stages in cutover.yaml.",
	}
}

// bare leaves out what stands before an @, which may be a password, and what may
// be one in a query.
func bare(text string) string {
	if i := strings.LastIndex(text, "@"); i >= 0 {
		text = "…" + text[i:]
	}
	text, _, _ = strings.Cut(text, "?")
	return text
}

// origin is an address without its path.
func origin(u unit.URL) string {
	scheme, rest, _ := strings.Cut(u.String(), "://")
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host
}

// gateway says whether the host is one that API Gateway gives to each API in the
// region; source: API Gateway Developer Guide, "Invoke a REST API".
func gateway(origin, region string) bool {
	id, rest, _ := strings.Cut(strings.TrimPrefix(origin, "https://"), ".")
	return region != "" && id != "" && rest == "execute-api."+region+".amazonaws.com"
}
