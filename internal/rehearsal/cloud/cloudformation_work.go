package cloud

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// work is one creation or update of a stack while it runs.
type work struct {
	c      *Cloud
	s      *cfnStack
	set    *changeSet
	update bool
	// keep leaves everything as it is when something fails.
	keep bool
	plan *blueprint
	// What was there before, for the way back.
	old       *blueprint
	oldTags   map[string]string
	begun     []string // of the wave that is being made
	made      []string // newly there
	changed   map[string]declared
	replaced  []*stackResource
	failed    []string
	resources map[string]declared
}

func asHandler(err error, h **handlerError) bool { return errors.As(err, h) }

// execute begins what a change set asks for. Each look lets a step happen.
func (c *Cloud) execute(s *cfnStack, set *changeSet, keep bool) {
	w := &work{c: c, keep: keep, s: s, set: set, plan: set.plan, old: s.plan, oldTags: s.tags, update: set.kind == "UPDATE", changed: map[string]declared{}, resources: map[string]declared{}}
	set.execution = "EXECUTE_IN_PROGRESS"
	// Other change sets of the stack are no longer valid; source: API reference,
	// ExecuteChangeSet.
	s.sets = slices.DeleteFunc(s.sets, func(o *changeSet) bool { return o != set })
	if s.updated = time.Now(); w.update {
		s.turn("UPDATE_IN_PROGRESS", "User Initiated")
	} else {
		s.turn("CREATE_IN_PROGRESS", "User Initiated")
	}
	s.tags, s.plan = set.tags, set.plan
	w.wave(0)
}

// wave makes the resources that only depend on ones that are there.
func (w *work) wave(n int) {
	if n == len(w.plan.waves) {
		w.s.then(w.finish)
		return
	}
	w.s.then(func() {
		w.begun = nil
		for _, id := range w.plan.waves[n] {
			w.begin(id)
		}
		for _, id := range slices.Clone(w.begun) {
			w.s.then(func() { w.make(id) })
		}
		w.s.then(func() { w.wave(n + 1) })
	})
}

// begin says that work on a resource starts, if there is any.
func (w *work) begin(id string) {
	r := w.s.resources[id]
	if r == nil || r.status == "DELETE_COMPLETE" {
		r = &stackResource{logical: id, kind: w.plan.Resources[id].Type}
		w.s.resources[id] = r
		w.begun = append(w.begun, id)
		w.s.show(r, "CREATE_IN_PROGRESS", "")
		return
	}
	d, err := w.s.declare(w.plan, id, w.s.value)
	if err == nil && r.kind == d.kind && same(d.properties, r.properties) {
		return
	}
	w.begun = append(w.begun, id)
	reason := ""
	if err == nil && differs(r.properties, d.properties, kinds[r.kind].fixed) {
		reason = "Requested update requires the creation of a new physical resource; hence creating one."
	}
	w.s.show(r, "UPDATE_IN_PROGRESS", reason)
}

func (w *work) make(id string) {
	r := w.s.resources[id]
	d, err := w.s.declare(w.plan, id, w.s.value)
	if err == nil {
		err = kinds[d.kind].fault(id, d.properties)
	}
	if why := w.c.failing[id]; err == nil && why != "" {
		err = errors.New(why)
	}
	fresh := r.id == ""
	if err == nil {
		if fresh {
			err = w.create(r, d)
		} else {
			err = w.change(r, d)
		}
	}
	w.begun = slices.DeleteFunc(w.begun, func(o string) bool { return o == id })
	if err == nil {
		w.s.show(r, map[bool]string{true: "CREATE_COMPLETE", false: "UPDATE_COMPLETE"}[fresh], "")
		return
	}
	w.failed = append(w.failed, id)
	w.s.show(r, map[bool]string{true: "CREATE_FAILED", false: "UPDATE_FAILED"}[fresh], err.Error())
	// What runs beside it is given up; source: CloudFormation User Guide,
	// "Troubleshooting", and the events of failed stacks in public.
	for _, other := range w.begun {
		o := w.s.resources[other]
		if o.id == "" {
			w.s.show(o, "CREATE_FAILED", "Resource creation cancelled")
		} else {
			w.s.show(o, "UPDATE_FAILED", "Resource update cancelled")
		}
		w.failed = append(w.failed, other)
	}
	w.s.steps = nil
	w.back()
}

func (w *work) create(r *stackResource, d declared) error {
	m, err := w.c.provision(d.kind).create(w.c, d)
	if err != nil {
		return err
	}
	r.id, r.attributes, r.properties = m.id, m.attributes, d.properties
	w.made = append(w.made, r.logical)
	w.s.show(r, "CREATE_IN_PROGRESS", "Resource creation Initiated")
	return nil
}

// change changes a resource in place, or makes another and keeps the old one
// until the end.
func (w *work) change(r *stackResource, d declared) error {
	k := kinds[r.kind]
	if r.kind == d.kind && !differs(r.properties, d.properties, k.fixed) {
		before := declared{stack: w.s.name, logical: r.logical, kind: r.kind, properties: r.properties}
		if err := w.c.provision(r.kind).update(w.c, r.id, d); err != nil {
			return err
		}
		w.changed[r.logical], r.properties = before, d.properties
		return nil
	}
	if name, ok := at(r.properties, strings.Join(k.names, "")).(string); ok && r.kind == d.kind && len(k.names) > 0 && !differs(r.properties, d.properties, k.names) {
		// Source: CloudFormation User Guide, "Update behaviors of stack resources".
		return refused("CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename %s and update the stack again.", name)
	}
	m, err := w.c.provision(d.kind).create(w.c, d)
	if err != nil {
		return err
	}
	old := *r
	w.replaced = append(w.replaced, &old)
	r.id, r.attributes, r.properties, r.kind = m.id, m.attributes, d.properties, d.kind
	return nil
}

// finish ends a creation, or cleans up after an update.
func (w *work) finish() {
	w.s.settle()
	w.set.execution = "EXECUTE_COMPLETE"
	if !w.update {
		w.s.turn("CREATE_COMPLETE", "")
		return
	}
	w.s.turn("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "")
	for _, old := range w.replaced {
		w.s.then(func() { w.c.drop(w.s, old) })
	}
	for _, id := range w.s.reversed(w.old) {
		if _, still := w.plan.Resources[id]; !still {
			w.s.then(func() { w.c.drop(w.s, w.s.resources[id]); delete(w.s.resources, id) })
		}
	}
	w.s.then(func() { w.s.turn("UPDATE_COMPLETE", "") })
}

// back undoes what was done, the last first.
func (w *work) back() {
	w.set.execution = "EXECUTE_FAILED"
	list := "[" + strings.Join(w.failed, ", ") + "]. "
	if w.keep {
		w.s.turn(map[bool]string{false: "CREATE_FAILED", true: "UPDATE_FAILED"}[w.update], "The following resource(s) failed: "+list)
		return
	}
	if !w.update {
		w.s.turn("ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: "+list+"Rollback requested by user.")
		w.undo(func(ok bool) {
			w.s.turn(map[bool]string{true: "ROLLBACK_COMPLETE", false: "ROLLBACK_FAILED"}[ok], "")
		})
		return
	}
	w.s.turn("UPDATE_ROLLBACK_IN_PROGRESS", "The following resource(s) failed to update: "+list)
	w.s.plan, w.s.tags = w.old, w.oldTags
	w.s.then(func() {
		if !w.restore() {
			w.s.turn("UPDATE_ROLLBACK_FAILED", "The following resource(s) failed to update: "+list)
			return
		}
		w.s.turn("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "")
		w.undo(func(bool) { w.s.turn("UPDATE_ROLLBACK_COMPLETE", "") })
	})
}

// restore puts changed and replaced resources back; false if one cannot be.
func (w *work) restore() bool {
	for id, before := range w.changed {
		r := w.s.resources[id]
		w.s.show(r, "UPDATE_IN_PROGRESS", "")
		if why := w.c.stuck[id]; why != "" {
			w.s.show(r, "UPDATE_FAILED", why)
			return false
		}
		_ = w.c.provision(r.kind).update(w.c, r.id, before) // it had these before
		r.properties = before.properties
		w.s.show(r, "UPDATE_COMPLETE", "")
	}
	for _, old := range w.replaced {
		r := w.s.resources[old.logical]
		_ = w.c.provision(r.kind).remove(w.c, r.id) // it was made just now
		*r = *old
		w.s.show(r, "UPDATE_COMPLETE", "")
	}
	for _, id := range w.failed {
		if r := w.s.resources[id]; r != nil && r.id != "" {
			w.s.show(r, "UPDATE_COMPLETE", "")
		}
	}
	return true
}

// undo removes what was made, the last first.
func (w *work) undo(end func(ok bool)) {
	ok := true
	for _, id := range slices.Backward(w.made) {
		w.s.then(func() {
			if w.c.drop(w.s, w.s.resources[id]) {
				if w.update {
					delete(w.s.resources, id)
				}
				return
			}
			ok = false
		})
	}
	w.s.then(func() {
		for id, r := range w.s.resources {
			if r.id == "" { // it was never made
				delete(w.s.resources, id)
			}
		}
		end(ok)
	})
}
