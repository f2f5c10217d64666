//go:build !race

package s3_test

// schedules is how many rollouts are killed.
const schedules = 200
