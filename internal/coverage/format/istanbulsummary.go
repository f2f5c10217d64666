package format

import (
	"bufio"
	"bytes"

	"github.com/cutover-dev/cutover/internal/coverage"
)

// Istanbul's json-summary: one object with the member "total" and one member a
// file, each with lines, statements, functions and branches as
// {total, covered, skipped, pct}. Sums only, no line detail.
func init() {
	register(Format{
		Name: "istanbul-summary", Made: "Vitest, Jest, nyc: the json-summary reporter",
		Detect: isIstanbulSummary,
		Parse: func(r *bufio.Reader, emit func(coverage.File) error) error {
			p := &summaryParser{jsonReader: jsonReader{r: r}, emit: emit, seen: map[string]bool{}, sum: coverage.Counts{}}
			if err := p.object(p.member); err != nil {
				return err
			}
			if err := p.end(); err != nil {
				return err
			}
			return p.checkTotal()
		},
	})
}

// isIstanbulSummary looks for the first member "total"; other reports in JSON
// begin otherwise. An object without members says nothing either way.
func isIstanbulSummary(head []byte) bool {
	rest, ok := bytes.CutPrefix(head, []byte("{"))
	rest = bytes.TrimLeft(rest, " \t\r\n")
	return ok && (bytes.HasPrefix(rest, []byte(`"total"`)) || bytes.HasPrefix(rest, []byte("}")))
}

type summaryParser struct {
	jsonReader
	emit func(coverage.File) error
	seen map[string]bool
	// total is what the report says, sum what its files add up to.
	total, sum coverage.Counts
}

func (p *summaryParser) member(key []byte) error {
	path := string(key)
	if p.seen[path] {
		return damaged(0, "%q stands in it twice", clipped(key))
	}
	p.seen[path] = true
	counts, err := p.counts(path)
	if err != nil {
		return err
	}
	if path == "total" {
		p.total = counts
		return nil
	}
	if err := checkName(0, path); err != nil {
		return err
	}
	for m, c := range counts {
		p.sum[m] = coverage.Count{Covered: p.sum[m].Covered + c.Covered, Total: p.sum[m].Total + c.Total}
	}
	return p.emit(coverage.File{Path: path, Counts: counts})
}

func (p *summaryParser) counts(path string) (coverage.Counts, error) {
	counts, once := coverage.Counts{}, members{}
	err := p.object(func(key []byte) error {
		switch m := coverage.Metric(key); m {
		case coverage.Lines, coverage.Branches, coverage.Functions, coverage.Statements:
			if err := once.once(&p.jsonReader, string(m)); err != nil {
				return err
			}
			c, err := p.count()
			if err == nil && (c.Covered < 0 || c.Covered > c.Total || c.Total > 1<<40) {
				err = damaged(0, "%q has %s without a total and a covered count that fit", clipped([]byte(path)), m)
			}
			counts[m] = c
			return err
		}
		return p.skip()
	})
	if _, ok := counts[coverage.Lines]; err == nil && !ok {
		err = damaged(0, "%q has no lines", clipped([]byte(path)))
	}
	return counts, err
}

// count reads {total, covered}; what it lacks is -1.
func (p *summaryParser) count() (coverage.Count, error) {
	c, once := coverage.Count{Covered: -1, Total: -1}, members{}
	err := p.object(func(key []byte) (err error) {
		switch name := string(key); name {
		case "total", "covered":
			target := &c.Total
			if name == "covered" {
				target = &c.Covered
			}
			return after(once.once(&p.jsonReader, name), func() error {
				*target, err = p.whole()
				return err
			})
		}
		return p.skip()
	})
	return c, err
}

// checkTotal holds the report's own total against the files. They part where a
// report was cut or edited.
func (p *summaryParser) checkTotal() error {
	if p.total == nil || len(p.seen) == 1 {
		return nil // no file at all: Read says so
	}
	for _, m := range coverage.Metrics {
		if p.total[m] != p.sum[m] {
			return damaged(0, "its total says %d of %d %s, its files add up to %d of %d",
				p.total[m].Covered, p.total[m].Total, m, p.sum[m].Covered, p.sum[m].Total)
		}
	}
	return nil
}
