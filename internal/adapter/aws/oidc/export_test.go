package oidc

import "time"

// Hasty has little patience.
func (o Options) Hasty() Options {
	o.first = 20 * time.Millisecond
	return o
}
