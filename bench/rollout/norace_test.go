//go:build !race

package main

// promiseRuns is how often each promise is tried.
const promiseRuns = 300
