package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// kinds are the reports that are generated: 400 lines a file, in the shape in
// which the usual tools write them.
var kinds = []struct {
	name, title string
	write       func(w *counter, r *rand.Rand)
}{
	{"lcov.info", "LCOV", writeLCOV},
	{"cobertura.xml", "Cobertura", writeCobertura},
	{"cover.out", "Go profile", writeProfile},
}

// linesInFile is how many executable lines each generated file has.
const linesInFile = 400

// counter counts what was written.
type counter struct {
	*bufio.Writer
	n int
	// files is how many source files the report is of.
	files int
}

func (c *counter) printf(format string, args ...any) {
	n, _ := fmt.Fprintf(c.Writer, format, args...) // bufio keeps the error for Flush
	c.n += n
}

// generate writes a report of the wanted size, the same each time, and returns
// of how many files it is.
func generate(path string, write func(*counter, *rand.Rand)) (files int, err error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	w := &counter{Writer: bufio.NewWriterSize(f, 1<<20)}
	write(w, rand.New(rand.NewPCG(1, 2)))
	if err := w.Flush(); err != nil {
		return 0, err
	}
	return w.files, f.Close()
}

func hits(r *rand.Rand) int { return []int{0, 1, 5, 12, 140}[r.IntN(5)] }

// writeLCOV writes what Vitest or Jest would.
func writeLCOV(w *counter, r *rand.Rand) {
	for i := 0; w.n < size; i++ {
		w.files++
		w.printf("TN:\nSF:packages/app-%d/src/module-%d/handler-%d.ts\n", i%50, i%700, i)
		for k := range 12 {
			w.printf("FN:%d,handle%d\n", 10+k*50, k)
		}
		w.printf("FNF:12\nFNH:12\n")
		for k := range 12 {
			w.printf("FNDA:%d,handle%d\n", 1+r.IntN(90), k)
		}
		line, hit := 0, 0
		for range linesInFile {
			line += 1 + r.IntN(3)
			n := hits(r)
			w.printf("DA:%d,%d\n", line, n)
			hit += min(n, 1)
		}
		w.printf("LF:%d\nLH:%d\n", linesInFile, hit)
		for k := range 40 {
			w.printf("BRDA:%d,%d,%d,%d\n", 10+k/2*20, k/2, k%2, hits(r))
		}
		w.printf("BRF:40\nBRH:20\nend_of_record\n")
	}
}

// writeCobertura writes what coverage.py or istanbul would.
func writeCobertura(w *counter, r *rand.Rand) {
	w.printf("<?xml version=\"1.0\" ?>\n<!DOCTYPE coverage SYSTEM \"http://cobertura.sourceforge.net/xml/coverage-04.dtd\">\n")
	w.printf("<coverage line-rate=\"0.8\" branch-rate=\"0.5\" version=\"1\" timestamp=\"1\">\n  <sources>\n    <source>/app</source>\n  </sources>\n  <packages>\n    <package name=\"app\" line-rate=\"0.8\">\n      <classes>\n")
	for i := 0; w.n < size; i++ {
		w.files++
		w.printf("        <class name=\"handler-%d.ts\" filename=\"src/module-%d/handler-%d.ts\" line-rate=\"0.8\" branch-rate=\"0.5\">\n          <methods>\n", i, i%700, i)
		for k := range 12 {
			w.printf("            <method name=\"handle%d\" hits=\"3\" signature=\"()V\">\n              <lines>\n                <line number=\"%d\" hits=\"3\"/>\n              </lines>\n            </method>\n", k, 10+k*50)
		}
		w.printf("          </methods>\n          <lines>\n")
		line := 0
		for k := range linesInFile {
			line += 1 + r.IntN(3)
			if k%20 == 0 {
				w.printf("            <line number=\"%d\" hits=\"%d\" branch=\"true\" condition-coverage=\"50%% (1/2)\"/>\n", line, hits(r))
				continue
			}
			w.printf("            <line number=\"%d\" hits=\"%d\" branch=\"false\"/>\n", line, hits(r))
		}
		w.printf("          </lines>\n        </class>\n")
	}
	w.printf("      </classes>\n    </package>\n  </packages>\n</coverage>\n")
}

// writeProfile writes what go test -covermode=count would.
func writeProfile(w *counter, r *rand.Rand) {
	w.printf("mode: count\n")
	for i := 0; w.n < size; i++ {
		w.files++
		for line := 10; line < 10+3*linesInFile/2; {
			end := line + 1 + r.IntN(4)
			w.printf("github.com/example/store/%s:%d.%d,%d.%d %d %d\n", profiled(i), line, 2+r.IntN(60), end, 2+r.IntN(60), 1+r.IntN(4), hits(r))
			line = end
		}
	}
}

func profiled(i int) string { return fmt.Sprintf("internal/module%d/handler%d.go", i%700, i) }

// writeSources writes the module that the profile is of, because go tool cover
// looks up the functions in it.
func writeSources(folder string, files int) error {
	if err := os.WriteFile(filepath.Join(folder, "go.mod"), []byte("module github.com/example/store\n\ngo 1.26\n"), 0o600); err != nil {
		return err
	}
	for i := range files {
		path := filepath.Join(folder, profiled(i))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		source := fmt.Sprintf("package module\n\nfunc handle%d() {\n%s}\n", i, strings.Repeat("\t_ = 1\n", 3*linesInFile/2+20))
		if err := os.WriteFile(path, []byte(source), 0o600); err != nil {
			return err
		}
	}
	return nil
}
