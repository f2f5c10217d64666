package ecr

import "time"

// Later lets time pass.
func Later(r *Registry, d time.Duration) {
	now := r.now
	r.now = func() time.Time { return now().Add(d) }
}
