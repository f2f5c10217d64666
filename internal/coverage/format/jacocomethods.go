package format

import "github.com/cutover-dev/cutover/internal/coverage"

// jacocoMethods gathers the methods of a package's classes, which stand before
// the source files that they belong to.
type jacocoMethods struct {
	// file and class are the open class's, method is the open method.
	file   string
	class  []byte
	method struct {
		line, key uint32
		count     coverage.Count
	}
	all   map[string][]coverage.Point // by source file
	total int
}

func (j *jacocoMethods) reset() {
	j.file, j.class, j.all, j.total = "", j.class[:0], nil, 0
}

// begin reads <method name desc [line]>.
func (j *jacocoMethods) begin(x *xmlReader) error {
	j.method.count, j.method.line = coverage.Count{}, 0
	if x.attribute("line") != nil {
		line, err := x.line("line")
		if err != nil {
			return err
		}
		j.method.line = line
	}
	j.method.key = keyOf(append(append(append([]byte{}, j.class...), x.attribute("name")...), x.attribute("desc")...))
	return nil
}

func (j *jacocoMethods) count(kind string, c coverage.Count) {
	if kind == "METHOD" {
		j.method.count = c
	}
}

func (j *jacocoMethods) end(x *xmlReader) error {
	if j.method.count.Total > 1 {
		return x.damaged("a method that counts as %d", j.method.count.Total)
	}
	if j.method.count.Total == 0 || j.file == "" {
		return nil // classes built without debug information name no file
	}
	if j.total++; j.total > mostInFile {
		return tooMuch("more methods of one package than any has")
	}
	if j.all == nil {
		j.all = map[string][]coverage.Point{}
	}
	j.all[j.file] = append(j.all[j.file], coverage.NewPoint(j.method.line, j.method.key, j.method.count.Covered > 0))
	return nil
}
