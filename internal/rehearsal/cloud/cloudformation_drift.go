package cloud

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// detection is one look for drift.
type detection struct {
	id, status string
	at         time.Time
	todo       []string
	drifts     map[string]map[string]any
}

// detectDrift begins to look; source: API reference, DetectStackDrift.
func (q call) detectDrift() {
	s := q.found("Stack [%s] does not exist")
	switch {
	case s == nil:
	case s.detection != nil && s.detection.status == "DETECTION_IN_PROGRESS":
		q.invalid("Drift detection is already in progress for stack %s", s.id)
	case !takesUpdates(s.status):
		q.invalid("Drift detection cannot be performed on stack [%s] in %s state", s.id, s.status)
	default:
		q.serial++
		s.detection = &detection{
			id: fmt.Sprintf("%08d-drift", q.serial), status: "DETECTION_IN_PROGRESS", at: time.Now(),
			todo: slices.Sorted(maps.Keys(s.resources)), drifts: map[string]map[string]any{},
		}
		q.give(map[string]any{"StackDriftDetectionId": s.detection.id})
	}
}

// describeDetection tells how far it is; each look does a part of it.
func (q call) describeDetection() {
	id := q.in.Get("StackDriftDetectionId")
	var s *cfnStack
	for _, o := range q.stacks {
		if o.detection != nil && o.detection.id == id {
			s = o
		}
	}
	if s == nil {
		q.invalid("Drift detection [%s] does not exist", id)
		return
	}
	d := s.detection
	for n := 0; len(d.todo) > 0 && (q.hasty || n < 3); n++ {
		q.check(s, d.todo[0])
		d.todo = d.todo[1:]
	}
	out := map[string]any{"StackDriftDetectionId": id, "StackId": s.id, "Timestamp": d.at, "DetectionStatus": "DETECTION_IN_PROGRESS"}
	if len(d.todo) == 0 {
		drifted, unknown := 0, ""
		for _, r := range d.drifts {
			switch r["StackResourceDriftStatus"] {
			case "MODIFIED", "DELETED":
				drifted++
			case "UNKNOWN":
				unknown = "Failed to detect drift on resource [" + fmt.Sprint(r["LogicalResourceId"]) + "]"
			}
		}
		d.status = "DETECTION_COMPLETE"
		out["StackDriftStatus"], out["DriftedStackResourceCount"] = map[bool]string{true: "DRIFTED", false: "IN_SYNC"}[drifted > 0], drifted
		if unknown != "" {
			d.status = "DETECTION_FAILED"
			out["DetectionStatusReason"], out["StackDriftStatus"] = unknown, map[bool]string{true: "DRIFTED", false: "UNKNOWN"}[drifted > 0]
		}
		out["DetectionStatus"] = d.status
	}
	q.give(out)
}

// check compares one resource as it is with what was declared. Only declared
// properties count; source: API reference, DetectStackDrift.
func (c *Cloud) check(s *cfnStack, id string) {
	r := s.resources[id]
	if kinds[r.kind].unseen {
		return
	}
	drift := map[string]any{"LogicalResourceId": id, "PhysicalResourceId": r.id, "ResourceType": r.kind, "StackId": s.id, "Timestamp": time.Now(), "StackResourceDriftStatus": "IN_SYNC"}
	s.detection.drifts[id] = drift
	actual, there := c.provision(r.kind).read(c, r.id)
	if why := c.failing[id]; why != "" {
		drift["StackResourceDriftStatus"], drift["DriftStatusReason"] = "UNKNOWN", why
	} else if !there {
		drift["StackResourceDriftStatus"] = "DELETED"
	} else {
		var differences []any
		for _, name := range slices.Sorted(maps.Keys(r.properties)) {
			differences = append(differences, parts("/"+name, r.properties[name], actual[name])...)
		}
		drift["ExpectedProperties"], drift["ActualProperties"] = encodedJSON(r.properties), encodedJSON(actual)
		if len(differences) > 0 {
			drift["StackResourceDriftStatus"], drift["PropertyDifferences"] = "MODIFIED", differences
		}
	}
	r.drift = fmt.Sprint(drift["StackResourceDriftStatus"])
}

// parts lists where two values differ; source: API reference,
// PropertyDifference.
func parts(path string, expected, actual any) []any {
	if same(expected, actual) {
		return nil
	}
	x, ok := expected.(map[string]any)
	y, also := actual.(map[string]any)
	if ok && also {
		var all []any
		for _, k := range slices.Sorted(maps.Keys(x)) {
			all = append(all, parts(path+"/"+k, x[k], y[k])...)
		}
		return all
	}
	how := "NOT_EQUAL"
	if actual == nil {
		how = "REMOVE"
	}
	return []any{map[string]any{"PropertyPath": path, "ExpectedValue": plain(expected), "ActualValue": plain(actual), "DifferenceType": how}}
}

func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return v
	}
	return encodedJSON(v)
}

func encodedJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}

func (q call) describeDrifts() {
	s := q.found("Stack [%s] does not exist")
	if s == nil {
		return
	}
	var shown []any
	if s.detection != nil {
		for _, id := range slices.Sorted(maps.Keys(s.detection.drifts)) {
			shown = append(shown, s.detection.drifts[id])
		}
	}
	out := map[string]any{}
	out["StackResourceDrifts"] = pageOf(q, shown, eventsAtOnce, out)
	q.give(out)
}

// StackResource is a resource of a stack as it is now: its physical id and its
// properties; false if there is none.
func (c *Cloud) StackResource(stack, logical string) (id string, properties map[string]any, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.stack(stack)
	if s == nil || s.resources[logical] == nil {
		return "", nil, false
	}
	r := s.resources[logical]
	if r.id == "" {
		return "", nil, false
	}
	properties, ok = c.provision(r.kind).read(c, r.id)
	return r.id, properties, ok
}

// Drift changes a property of a resource as somebody would by hand; a dot leads
// into a property, and the path "" takes the resource away. It says whether that
// worked.
func (c *Cloud) Drift(stack, logical, path string, value any) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.stack(stack)
	if s == nil || s.resources[logical] == nil {
		return false
	}
	r := s.resources[logical]
	if path == "" {
		return c.provision(r.kind).remove(c, r.id) == nil
	}
	properties := copied(r.properties)
	if now, ok := c.provision(r.kind).read(c, r.id); ok {
		maps.Copy(properties, now)
	}
	m, names := properties, strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		next, ok := m[name].(map[string]any)
		if !ok {
			return false
		}
		m = next
	}
	m[names[len(names)-1]] = value
	return c.provision(r.kind).update(c, r.id, declared{stack: stack, logical: logical, kind: r.kind, properties: properties}) == nil
}
