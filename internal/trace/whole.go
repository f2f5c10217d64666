package trace

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"strings"
)

// part is a segment or subsegment that has found its place in its trace.
type part struct {
	Document
	// segment is the segment that it belongs to: itself where it is one.
	segment *part
	parent  *part // nil for a segment
	within  []*part
}

// whole is a trace in which every subsegment stands in its segment, also those
// that were sent by themselves.
type whole struct {
	id string
	// segments and all are in the order of their start, then of their ids.
	segments, all []*part
	byID          map[string]*part
	// orphans are parts whose parent did not come, or that stand in a circle.
	orphans int
}

// mostParts bounds what one trace may hold here; X-Ray takes 500 kB of one.
const mostParts = 20_000

// assemble puts the parts of a trace together. The order in which they came is
// of no account.
func assemble(t Trace) *whole {
	w := &whole{id: t.ID, byID: map[string]*part{}}
	for _, d := range t.Segments {
		w.take(d, "", 0)
	}
	for _, id := range sortedKeys(w.byID) {
		p := w.byID[id]
		if p.Type != typeSubsegment {
			p.segment = p
			w.segments = append(w.segments, p)
			continue
		}
		if parent := w.byID[p.ParentID]; parent != nil {
			p.parent = parent
			parent.within = append(parent.within, p)
		}
	}
	for _, s := range w.segments {
		w.own(s)
	}
	for _, p := range w.byID {
		if p.segment == nil {
			w.orphans++
			continue
		}
		w.all = append(w.all, p)
		slices.SortFunc(p.within, earlier)
		if p.parent == nil && p.ParentID != "" && w.byID[p.ParentID] == nil {
			w.orphans++
		}
	}
	slices.SortFunc(w.all, earlier)
	slices.SortFunc(w.segments, earlier)
	return w
}

// typeSubsegment is what a subsegment that stands alone says of itself.
const typeSubsegment = "subsegment"

// take keeps a document and what is within it. Of a part that came twice, in
// progress and then whole, the whole one counts.
func (w *whole) take(d Document, parent string, depth int) {
	if len(w.byID) >= mostParts || depth > mostDepth {
		w.orphans++
		return
	}
	inner := d.Subsegments
	d.Subsegments = nil
	if parent != "" {
		d.Type, d.ParentID = typeSubsegment, parent
	}
	if had := w.byID[d.ID]; had == nil || better(d, had.Document) {
		w.byID[d.ID] = &part{Document: d}
	}
	for _, s := range inner {
		w.take(s, d.ID, depth+1)
	}
}

// mostDepth bounds how deep subsegments may stand in one another.
const mostDepth = 100

// better says which of two documents with one id counts.
func better(a, b Document) bool {
	if a.InProgress != b.InProgress {
		return b.InProgress
	}
	if c := cmp.Or(cmp.Compare(a.End, b.End), cmp.Compare(a.Start, b.Start), cmp.Compare(len(a.Annotations), len(b.Annotations)),
		strings.Compare(a.ParentID, b.ParentID), strings.Compare(a.Name, b.Name), strings.Compare(a.Origin, b.Origin)); c != 0 {
		return c > 0
	}
	// What is the same so far hardly differs; the order in which both came must
	// still not decide.
	one, _ := json.Marshal(a)
	other, _ := json.Marshal(b)
	return bytes.Compare(one, other) > 0
}

// own gives everything below a segment to it. A circle is never reached, since
// each part has one parent and a segment has none.
func (w *whole) own(s *part) {
	open := []*part{s}
	for len(open) > 0 {
		p := open[len(open)-1]
		open = open[:len(open)-1]
		p.segment = s
		open = append(open, p.within...)
	}
}

func earlier(a, b *part) int {
	return cmp.Or(cmp.Compare(a.Start, b.Start), strings.Compare(a.ID, b.ID))
}

// micros is how long it took in millionths of a second, -1 if that is not
// known.
func (d Document) micros() int64 {
	if d.InProgress || d.End == 0 || d.End < d.Start {
		return -1
	}
	return int64(math.Round((d.End - d.Start) * 1e6))
}

// isCall says whether a subsegment is a call to something outside.
func (p *part) isCall() bool {
	return p.parent != nil && (p.Namespace == namespaceAWS || p.Namespace == namespaceRemote || p.SQL != nil)
}

// The namespaces of subsegments; source: X-Ray Developer Guide, "segment
// documents".
const (
	namespaceAWS    = "aws"
	namespaceRemote = "remote"
)

// functions are the segments of functions, as the function itself has sent them.
func (w *whole) functions() (f []*part) {
	for _, s := range w.segments {
		if s.Origin == typeFunction {
			f = append(f, s)
		}
	}
	return f
}
