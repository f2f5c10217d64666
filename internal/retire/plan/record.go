package plan

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// A record has no ARN at AWS; ours is record:<zone id>/<name>/<type>/<set identifier>.

// recordName returns the name of a record, lower case and without its last dot.
func recordName(arn string) string {
	part := strings.SplitN(arn, "/", 4)
	if len(part) < 4 {
		return ""
	}
	return strings.ToLower(strings.TrimSuffix(part[1], "."))
}

// simpleOf returns what a weighted record is called once it is a simple one.
func simpleOf(arn string) string {
	part := strings.SplitN(arn, "/", 4)
	if len(part) < 4 {
		return arn
	}
	return part[0] + "/" + part[1] + "/" + part[2] + "/"
}

func keys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
