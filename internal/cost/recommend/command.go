package recommend

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// nameRE holds names of functions, instances, buckets, log groups and gateways.
// Source: the naming rules in the API references of Lambda, RDS, ElastiCache, S3,
// CloudWatch Logs and EC2; the AWS CLI would read one that begins with file:// as a
// file, so that a colon has no place in it.
var nameRE = pattern.New(`^[A-Za-z0-9_./#][A-Za-z0-9_./#-]{0,511}$`)

func plain(name string) bool { return nameRE.MatchString(name) }

func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// quoted is a word of a POSIX shell that is s, whatever s is.
func quoted(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// option is --name='value': a value that begins with a dash is no option then.
func option(name, value string) string { return "--" + name + "=" + quoted(value) }

// command is one line of a shell; what it is given is quoted before.
func command(words ...string) string { return strings.Join(words, " ") }

// edit is a diff of one property in sst.config.ts.
func edit(thing, property, was, now string) Change {
	name, _ := json.Marshal(thing) // a string always can be
	return Change{File: "sst.config.ts", Text: fmt.Sprintf("// the function %s\n-  %s: %s,\n+  %s: %s,", name, property, was, property, now)}
}

// rule adds one rule to a bucket's lifecycle. The last of these calls replaces the
// rules as a whole, so that those of today are read first.
func rule(bucket string, r any) Change {
	text, _ := json.Marshal(r) // made of maps and texts
	return Change{Text: strings.Join([]string{
		"# Where the first call says NoSuchLifecycleConfiguration: echo '{\"Rules\": []}' > lifecycle.json, and go on with the second.",
		command("aws s3api get-bucket-lifecycle-configuration", option("bucket", bucket), "--query='{Rules: Rules}' --output=json > lifecycle.json &&"),
		command("jq", quoted(".Rules += ["+string(text)+"]"), "lifecycle.json > lifecycle.next.json &&"),
		command("aws s3api put-bucket-lifecycle-configuration", option("bucket", bucket), "--lifecycle-configuration=file://lifecycle.next.json"),
	}, "\n")}
}
