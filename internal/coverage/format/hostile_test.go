package format_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/cutover-dev/cutover/internal/coverage"
	"github.com/cutover-dev/cutover/internal/coverage/format"
	"github.com/cutover-dev/cutover/internal/fault"
)

// However a report is cut, it is never read as whole, unless only white space
// is gone from its end.
//
// Attack: coverage-bomb
func TestATruncatedReportIsNeverReadAsWhole(t *testing.T) {
	cut := bufio.NewReaderSize(nil, 256<<10) // as large as Read's own, which is then made once and not for each cut
	for _, name := range []string{
		"nyc.summary.json", "same-names-and-odd-counts.lcov", "nyc.final.json", "nyc.cobertura.xml",
		"nyc.clover.xml", "jacoco.xml",
	} {
		whole := strings.TrimRight(string(text(t, name)), "\n")
		for n := range len(whole) {
			cut.Reset(strings.NewReader(whole[:n]))
			if r, err := format.Read("cut", cut); err == nil {
				t.Fatalf("%s cut after %d bytes was read: %s", name, n, tell(r))
			} else if fault.KindOf(err) != fault.Input {
				t.Fatalf("%s cut after %d bytes: kind %v: %v", name, n, fault.KindOf(err), err)
			}
		}
	}
}

// Neither a profile nor a tracefile says how many files it should have: one that
// is cut between two of its lines or records cannot be told. Any other cut can.
func TestAProfileCutWithinALineIsNeverRead(t *testing.T) {
	whole, cut := string(text(t, "go-atomic.out")), bufio.NewReaderSize(nil, 256<<10)
	for n := range len(whole) {
		cut.Reset(strings.NewReader(whole[:n]))
		_, err := format.Read("cut", cut)
		atBreak := n > 0 && whole[n-1] == '\n' && n > len("mode: atomic\n")
		if (err == nil) != atBreak {
			t.Fatalf("cut after %d bytes: %v", n, err)
		}
	}
}

// endless repeats a text up to a size in bytes, between a beginning and an end.
func endless(begin, repeated string, size int64, end string) io.Reader {
	return io.MultiReader(strings.NewReader(begin), io.LimitReader(&cycle{text: repeated}, size), strings.NewReader(end))
}

type cycle struct {
	text string
	at   int
}

func (c *cycle) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		copied := copy(p[n:], c.text[c.at:])
		n += copied
		c.at = (c.at + copied) % len(c.text)
	}
	return n, nil
}

const (
	gigabyte    = 1 << 30
	oneFile     = `{"a.js":{"path":"a.js",`
	cobertura   = `<coverage line-rate="1"><packages><package><classes><class filename="a.py"><lines>`
	cloverFile  = `<coverage clover="1"><project><file name="a.php">`
	jacocoStart = `<report name="x"><package name="p"><sourcefile name="A.java">`
)

// Each of these is refused in words, in little memory and in little time.
//
// Attack: coverage-bomb, coverage-markup
func TestHostileReportsAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		report io.Reader
		want   string
	}{
		"LCOV: a line of a gigabyte":                  {endless("TN:\nSF:", "a", gigabyte, ""), "65536 bytes"},
		"LCOV: a name with a control character":       {strings.NewReader("TN:\nSF:a\x1b[2J.c\nend_of_record\n"), "control character"},
		"LCOV: a name with a zero byte":               {strings.NewReader("TN:\nSF:a\x00.c\nend_of_record\n"), "control character"},
		"LCOV: a name of 5,000 bytes":                 {strings.NewReader("TN:\nSF:" + strings.Repeat("a", 5000) + "\nend_of_record\n"), "5000 bytes"},
		"LCOV: endless lines of one file":             {endless("TN:\nSF:a.c\n", "DA:1,1\n", gigabyte, ""), "more than is read here"},
		"LCOV: endless records":                       {endless("TN:\n", "SF:a\nend_of_record\n", gigabyte, ""), "more than 1048576 records"},
		"LCOV: a line number beyond any file":         {strings.NewReader("SF:a.c\nDA:99999999,1\nend_of_record\n"), "no line"},
		"profile: a line of a gigabyte":               {endless("mode: set\n", "a", gigabyte, ""), "65536 bytes"},
		"profile: a block over all lines, often":      {endless("mode: set\n", "a.go:1.1,16777215.1 1 1\n", 24<<20, ""), "more than is read here"},
		"profile: a negative count":                   {strings.NewReader("mode: set\na.go:1.1,2.2 1 -1\n"), "no block"},
		"profile: a block that ends before it begins": {strings.NewReader("mode: set\na.go:3.1,2.2 1 1\n"), "no block"},
		"profile: another count of statements":        {strings.NewReader("mode: set\na.go:1.1,2.2 1 1\na.go:1.1,2.2 2 1\n"), "has 1 statements and 2"},
		"profile: huge numbers":                       {strings.NewReader("mode: set\na.go:1.1,2.2 99999999999999999999 1\n"), "no block"},
		"profile: a name with a control character":    {strings.NewReader("mode: set\na\x07.go:1.1,2.2 1 1\n"), "control character"},
		"XML: a billion laughs":                       {strings.NewReader(`<?xml version="1.0"?><!DOCTYPE coverage [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><coverage line-rate="1"><packages>&b;</packages></coverage>`), "a DOCTYPE with declarations of its own"},
		"XML: declarations behind the head":           {endless("<!--", " ", 8192, `--><!DOCTYPE coverage [<!ENTITY a "ha">]>`+cobertura), "is no coverage report"},
		"XML: a declaration within":                   {strings.NewReader(`<coverage line-rate="1"><packages/><!ENTITY a "ha"></coverage>`), "is not read here"},
		"XML: a DOCTYPE within":                       {strings.NewReader(`<coverage line-rate="1"><packages/><!DOCTYPE a></coverage>`), "is not read here"},
		"XML: an unknown entity":                      {strings.NewReader(`<coverage line-rate="1"><packages><package><classes><class filename="&boom;">`), "unknown entity"},
		"XML: a reference to a zero byte":             {strings.NewReader(`<coverage line-rate="1"><packages><package><classes><class filename="a&#0;b">`), "control character"},
		"XML: CDATA":                                  {strings.NewReader(`<coverage line-rate="1"><sources><source><![CDATA[x]]></source>`), "is not read here"},
		"XML: endless nesting":                        {endless(`<coverage line-rate="1"><packages>`, "<a>", gigabyte, ""), "nested deeper than 64"},
		"XML: an attribute of a gigabyte":             {endless(cobertura+`<line number="1" hits="`, "1", gigabyte, ""), "a tag of more than 65536 bytes"},
		"XML: endless attributes":                     {endless(cobertura+`<line `, `a="" `, gigabyte, ""), "a tag of more than 65536 bytes"},
		"XML: many attributes":                        {endless(cobertura+`<line `, `a="" `, 3000, "/>"), "stands in it twice"},
		"XML: a text of a gigabyte as a source":       {endless(`<coverage line-rate="1"><sources><source>`, "a", gigabyte, ""), "a text of more than 65536 bytes"},
		"XML: endless sources":                        {endless(`<coverage line-rate="1"><sources>`, "<source>/a</source>", gigabyte, ""), "more than 64 sources"},
		"XML: closed in the wrong order":              {strings.NewReader(`<coverage line-rate="1"><packages></coverage></packages>`), "closes what is not open"},
		"XML: two roots":                              {strings.NewReader(`<coverage line-rate="1"><packages/></coverage><coverage line-rate="1"/>`), "follows the end of the root"},
		"XML: text behind the root":                   {strings.NewReader(`<coverage line-rate="1"><packages/></coverage>x`), "outside of the root"},
		"XML: an attribute twice":                     {strings.NewReader(cobertura + `<line number="1" hits="0" hits="1"/>`), "stands in it twice"},
		"XML: an attribute without quotes":            {strings.NewReader(cobertura + `<line number=1 hits="1"/>`), "without quotes"},
		"Cobertura: a negative count":                 {strings.NewReader(cobertura + `<line number="1" hits="-1"/>`), "is no count"},
		"Cobertura: three of two conditions":          {strings.NewReader(cobertura + `<line number="1" hits="1" condition-coverage="100% (3/2)"/>`), "no count of conditions"},
		"Cobertura: a billion conditions":             {strings.NewReader(cobertura + `<line number="1" hits="1" condition-coverage="0% (0/1000000000)"/>`), "no count of conditions"},
		"Cobertura: lines lost":                       {strings.NewReader(`<coverage lines-valid="2" lines-covered="1"><packages><package><classes><class filename="a"><lines><line number="1" hits="1"/></lines></class></classes></package></packages></coverage>`), "has 2 lines and lists 1"},
		"Cobertura: more covered than there are":      {strings.NewReader(`<coverage lines-valid="1" lines-covered="2"><packages/></coverage>`), "2 of its 1 lines"},
		"Cobertura: endless lines of one file":        {endless(cobertura, `<line number="1" hits="1"/>`, gigabyte, ""), "more than is read here"},
		"Cobertura: no file":                          {strings.NewReader(`<coverage line-rate="1"><packages/></coverage>`), "names no source file"},
		"Cobertura: a class without a file":           {strings.NewReader(`<coverage line-rate="1"><packages><package><classes><class name="a">`), "without a name"},
		"Clover: sums that contradict each other":     {strings.NewReader(cloverFile + `<metrics methods="1" coveredmethods="2"/>`), "contradict each other"},
		"Clover: conditions that contradict":          {strings.NewReader(cloverFile + `<line num="1" type="cond" truecount="3" falsecount="0"/><metrics conditionals="2" coveredconditionals="0"/></file>`), "lines contradict"},
		"Clover: statements lost":                     {strings.NewReader(cloverFile + `<line num="1" type="stmt" count="1"/><metrics statements="5" coveredstatements="5"/></file>`), "count 5 statements, it lists 1"},
		"Clover: a line of another type":              {strings.NewReader(cloverFile + `<line num="1" type="x" count="1"/>`), "none of stmt, cond, method"},
		"Clover: only tests":                          {strings.NewReader(`<coverage clover="1"><testproject><file name="a"><line num="1" type="stmt" count="1"/></file></testproject></coverage>`), "names no source file"},
		"JaCoCo: a counter that is not met":           {strings.NewReader(jacocoStart + `<line nr="1" mi="0" ci="1" mb="0" cb="0"/><counter type="LINE" missed="0" covered="2"/></sourcefile>`), "counts 2 of 2 lines, it lists 1 of 1"},
		"JaCoCo: lines lost":                          {strings.NewReader(jacocoStart + `</sourcefile></package><counter type="LINE" missed="0" covered="2"/></report>`), "counts 2 lines and lists 0"},
		"JaCoCo: a billion branches":                  {strings.NewReader(jacocoStart + `<line nr="1" mi="0" ci="1" mb="999999999" cb="0"/>`), "more than can be"},
		"JSON: endless nesting":                       {endless(oneFile+`"x":`, "[", gigabyte, ""), "nested deeper than 64"},
		"JSON: nested a little too deep":              {strings.NewReader(oneFile + `"x":` + strings.Repeat("[", 70)), "nested deeper than 64"},
		"JSON: endless nesting of objects":            {endless(oneFile+`"x":`, `{"a":`, gigabyte, ""), "nested deeper than 64"},
		"JSON: a key of a gigabyte":                   {endless(oneFile+`"`, "a", gigabyte, ""), "more than 65536 bytes"},
		"JSON: a string of 16 megabytes, cut":         {endless(oneFile+`"x":"`, "a", 16<<20, ""), "it breaks off"},
		"JSON: a huge number":                         {endless(oneFile+`"s":{"0":`, "9", gigabyte, ""), "more than 400 digits"},
		"JSON: a negative count":                      {strings.NewReader(oneFile + `"s":{"0":-1}}}`), "is negative"},
		"JSON: a member twice":                        {strings.NewReader(oneFile + `"s":{},"s":{}}}`), "stands in it twice"},
		"JSON: a file twice":                          {strings.NewReader(oneFile + `"statementMap":{},"fnMap":{},"branchMap":{},"s":{},"f":{},"b":{}},"a.js":{"path":"a.js"}}`), "stands in it twice"},
		"JSON: a count twice":                         {strings.NewReader(oneFile + `"statementMap":{"0":{"start":{"line":1}}},"fnMap":{},"branchMap":{},"s":{"0":1,"0":0},"f":{},"b":{}}}`), "stands twice"},
		"JSON: a count of nothing":                    {strings.NewReader(oneFile + `"statementMap":{},"fnMap":{},"branchMap":{},"s":{"0":1},"f":{},"b":{}}}`), "not of the same things"},
		"JSON: a statement without a count":           {strings.NewReader(oneFile + `"statementMap":{"0":{"start":{"line":1}}},"fnMap":{},"branchMap":{},"s":{},"f":{},"b":{}}}`), "not of the same things"},
		"JSON: a statement on no line":                {strings.NewReader(oneFile + `"statementMap":{"0":{"start":{"line":0}}},"s":{"0":1}}}`), "begins on no line"},
		"JSON: counts lost":                           {strings.NewReader(oneFile + `"statementMap":{},"fnMap":{},"branchMap":{},"s":{},"f":{}}}`), "lacks branchMap or b"},
		"JSON: a name with a control character":       {strings.NewReader(`{"a\u0007.js":{"path":"a"}}`), "control character"},
		"JSON: endless files":                         {endless(`{"total":{"lines":{"total":0,"covered":0}}`, `,"a":{"lines":{"total":0,"covered":0}}`, 1<<20, "}"), "stands in it twice"},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			start := time.Now()
			r, err := format.Read("report", c.report)
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if err == nil {
				t.Fatalf("it was read: %.200s", tell(r))
			}
			if fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v: %v", fault.KindOf(err), err)
			}
			if len(err.Error()) > 1500 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
			// Allocated in all, not at once; far above what any of them takes, far below its size.
			if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 900 {
				t.Errorf("allocated %d MB", used)
			}
			if took > time.Minute {
				t.Errorf("took %v", took)
			}
		})
	}
}

// The count of blocks and records that overlap must not multiply.
func TestOverlapsCostLittle(t *testing.T) {
	for name, c := range map[string]struct {
		report io.Reader
		total  coverage.Count
	}{
		"one file between two others, often": {endless("mode: set\n", "a.go:1.1,9.1 1 0\nb.go:1.1,9.1 1 1\n", 34*50_000, ""), coverage.Count{Covered: 9, Total: 18}},
		"blocks over a million lines, often": {endless("mode: set\n", "a.go:1.1,1000000.1 1 1\n", 23*100_000, ""), coverage.Count{Covered: 1_000_000, Total: 1_000_000}},
		"a record again and again":           {endless("", "SF:a.c\nDA:1,0\nDA:2,1\nend_of_record\n", 35*50_000, ""), coverage.Count{Covered: 1, Total: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := format.Read("report", c.report)
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Total()[coverage.Lines]; got != c.total {
				t.Errorf("got %+v, want %+v", got, c.total)
			}
		})
	}
}

func TestReadersThatFailOrStutter(t *testing.T) {
	if _, err := format.Read("broken", iotest.ErrReader(os.ErrPermission)); fault.KindOf(err) != fault.Outside {
		t.Errorf("a disk that fails: %v", err)
	}
	for _, name := range cases(t, "valid") {
		b, err := os.ReadFile(name)
		if err != nil || len(b) > 20_000 {
			continue
		}
		whole, err := format.Read("whole", strings.NewReader(string(b)))
		if err != nil {
			t.Fatal(err)
		}
		slow, err := format.Read("whole", iotest.OneByteReader(strings.NewReader(string(b))))
		if err != nil || tell(slow) != tell(whole) {
			t.Errorf("%s one byte at a time: %v", name, err)
		}
		if len(b) > headAndMore {
			failing := io.MultiReader(strings.NewReader(string(b[:headAndMore])), iotest.ErrReader(os.ErrPermission))
			if _, err := format.Read("failing", failing); fault.KindOf(err) != fault.Outside {
				t.Errorf("%s from a disk that fails on the way: %v", name, err)
			}
		}
	}
}

// headAndMore is what is read before a format is chosen, and a little more.
const headAndMore = 4200

// A line, a tag or a string may lie across the ends of the reader's windows.
func TestWindowsDoNotShow(t *testing.T) {
	var lcov, profile, xml strings.Builder
	lcov.WriteString("TN:\nSF:a.c\n")
	profile.WriteString("mode: count\n")
	xml.WriteString(cobertura)
	const lines = 100_000
	for i := 1; i <= lines; i++ {
		fmt.Fprintf(&lcov, "DA:%d,%d\n", i, i%3)
		fmt.Fprintf(&profile, "a.go:%d.1,%d.9 1 %d\n", i, i, i%3)
		fmt.Fprintf(&xml, "<line number=\"%d\" hits=\"%d\"\n branch='a>b'/>\n", i, i%3)
	}
	lcov.WriteString("end_of_record\n")
	xml.WriteString("</lines></class></classes></package></packages></coverage>")
	want := coverage.Count{Covered: lines - lines/3, Total: lines}
	for name, report := range map[string]string{"LCOV": lcov.String(), "profile": profile.String(), "XML": xml.String()} {
		r, err := format.Read(name, strings.NewReader(report))
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Total()[coverage.Lines]; got != want {
			t.Errorf("%s: %+v, not %+v", name, got, want)
		}
	}
}
