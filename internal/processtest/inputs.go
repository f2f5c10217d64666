package processtest

import "os"

// DependsOn is for tests that start a program which make test installs: they run anew
// when the file that stands for it has changed. Go's test cache sees what a test looks
// at itself, and nothing of what it starts.
func DependsOn(path string) { _, _ = os.Stat(path) }

// DependsOnAll is for tests that start programs made of more than the test's own
// package, such as a rehearsal or a server of the tools: it reads what stands for
// the whole tree. Go's test cache sees that, and runs the test anew where make test
// says that a file has changed.
func DependsOnAll() { os.Getenv("CUTOVER_INPUTS") }
