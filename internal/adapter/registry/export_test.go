package registry

import "time"

// Hurried are options that wait hardly at all between two tries.
func Hurried() Options { return Options{Push: true, pause: time.Millisecond} }
