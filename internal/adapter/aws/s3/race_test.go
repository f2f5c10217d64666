//go:build race

package s3_test

// schedules is how many rollouts are killed; the race detector is slow.
const schedules = 40
