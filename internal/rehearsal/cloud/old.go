package cloud

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// oldSide is what an application on ECS has besides its services: load balancers,
// networks, task definitions, stacks.
type oldSide struct {
	balancers   map[string]*Balancer // by the end of the ARN, as all that follow
	groups      map[string]*TargetGroup
	listeners   map[string]*Listener
	rules       map[string]*ListenerRule
	security    map[string]*SecurityGroup // by ID
	cards       []Card
	definitions map[string]*TaskDefinition // by family:revision
	clusters    map[string]bool            // by name; false once deleted
	lone        map[string]int             // tasks of no service, by cluster
	policies    map[string][]ScalingPolicy // by service/<cluster>/<service>
	stacks      map[string]*OldStack       // by name
	imports     map[string][]string        // names of stacks, by export
	versions    map[string][]string        // image URIs of a function's versions
	wears       map[string][]string        // security groups of functions
	assumes     map[string]string          // roles of functions
	tags        map[string]map[string]string
	acls        map[string]*WebACL // by ARN
	timers      map[string]Timer   // by group/name
	roles       map[string]*IAMRole
	documents   map[string]string   // policies by name
	registered  map[string][]string // addresses by the end of a target group's ARN, beside tasks
}

// ScalingPolicy is one of Application Auto Scaling, with the names of its alarms.
type ScalingPolicy struct {
	Name     string
	Tracking bool
	Alarms   []string
}

// Old changes the old side under the lock.
func (c *Cloud) Old(change func(o *OldSide)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&OldSide{c})
}

// OldSide is the old side as tests make and see it.
type OldSide struct{ c *Cloud }

func put[K comparable, V any](m *map[K]V, key K, value V) {
	if *m == nil {
		*m = map[K]V{}
	}
	(*m)[key] = value
}

// Tag puts tags on a thing of the old side, by its ARN.
func (o *OldSide) Tag(at string, tags map[string]string) { put(&o.c.old.tags, at, tags) }

// listed are a thing's tags, as most services write them.
func (c *Cloud) listed(at, key, value string) []any {
	list := []any{}
	for name, text := range c.old.tags[at] {
		list = append(list, map[string]any{key: name, value: text})
	}
	return list
}

// ask is a request in AWS's query protocol whose answer is written as XML.
type ask struct {
	*Cloud
	w    http.ResponseWriter
	r    *http.Request
	name string
}

// list reads a list of parameters: prefix1, prefix2 and so on.
func (q ask) list(prefix string) []string {
	var all []string
	for i := 1; q.r.Form.Get(fmt.Sprintf("%s%d", prefix, i)) != ""; i++ {
		all = append(all, q.r.Form.Get(fmt.Sprintf("%s%d", prefix, i)))
	}
	return all
}

func (q ask) fail(code, format string, args ...any) {
	failQuery(q.w, &denial{http.StatusBadRequest, code, fmt.Sprintf(format, args...)})
}

func (q ask) give(result map[string]any) {
	var b strings.Builder
	write(&b, q.name+"Result", result)
	q.w.Header().Set("Content-Type", "text/xml")
	_, _ = fmt.Fprintf(q.w, `<%sResponse>%s</%sResponse>`, q.name, b.String(), q.name) // the caller may be gone
}

// shown cuts a page out of a sorted list and writes its things.
func (q ask) shown(field string, sorted []string, show func(key string) any) {
	part, next := page(sorted, q.r.Form.Get("Marker"))
	list := []any{}
	for _, key := range part {
		list = append(list, show(key))
	}
	out := map[string]any{field: list}
	if next != "" {
		out["NextMarker"] = next
	}
	q.give(out)
}

// same says whether two lists hold the same, in whatever order.
func has(list []string, one string) bool { return slices.Contains(list, one) }
