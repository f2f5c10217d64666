//go:build race

package main

// promiseRuns is less where the race detector slows everything down tenfold.
const promiseRuns = 40
