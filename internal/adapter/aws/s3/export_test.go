package s3

import "time"

// Hurried makes options that wait hardly at all between two tries.
func Hurried(endpoint string) Options {
	return Options{Endpoint: endpoint, Region: "eu-central-1", backoff: time.Millisecond}
}
