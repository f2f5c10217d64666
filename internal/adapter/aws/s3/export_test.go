package s3

import "time"

// Hurried makes options that wait hardly at all between two tries.
func Hurried(endpoint string) Options {
	return Options{Endpoint: endpoint, Region: "eu-central-1", backoff: time.Millisecond}
}

// PartsOf sets from which size in bytes a shelf writes in parts, and of which size.
func PartsOf(s *Shelf, whole, part int64) { s.whole, s.part = whole, part }
