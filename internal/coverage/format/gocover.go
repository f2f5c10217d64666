package format

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"io"
	"slices"

	"github.com/cutover-dev/cutover/internal/coverage"
)

// Go's cover profile: "mode: set|count|atomic", then one block a line:
//
//	<import path>/<file>.go:<line>.<column>,<line>.<column> <statements> <count>
//
// The statements of a block are run together. Their sum is what go tool cover
// shows, so it is read as statements. A line is executable when a block with
// statements stands on it, and covered once any of those ran. With -coverpkg a
// profile repeats every file for each package that was tested: blocks are
// joined. A path begins with the module's name, which the report does not tell
// from the rest; see [coverage.Report.Located] for how it is found.
func init() {
	register(Format{
		Name: "go-cover", Made: "go test -coverprofile",
		Detect: func(head []byte) bool { return bytes.HasPrefix(head, []byte("mode: ")) },
		Parse: func(r *bufio.Reader, emit func(coverage.File) error) error {
			p := &goParser{emit: emit, in: lineReader{r: r}, hints: &coverage.Hints{Import: true}}
			return p.parse()
		},
	})
}

type goParser struct {
	scratch
	emit   func(coverage.File) error
	in     lineReader
	hints  *coverage.Hints
	file   string
	blocks []goBlock
	runs   []goRun
}

// goBlock is one block; columns are in bytes.
type goBlock struct {
	from, to   uint32 // lines
	start, end uint32 // columns
	statements uint32
	hit        bool
}

func (b goBlock) before(c goBlock) int {
	return cmp.Or(cmp.Compare(b.from, c.from), cmp.Compare(b.start, c.start), cmp.Compare(b.to, c.to), cmp.Compare(b.end, c.end))
}

// goRun is a run of lines.
type goRun struct{ from, to uint32 }

// mostStatements bounds the statements of one block.
const mostStatements = 1 << 20

func (p *goParser) parse() error {
	mode, err := p.in.next()
	for err == nil && len(bytes.TrimSpace(mode)) == 0 {
		mode, err = p.in.next()
	}
	if err != nil {
		return err
	}
	switch string(bytes.TrimSpace(mode)) {
	case "mode: set", "mode: count", "mode: atomic":
	default:
		return damaged(p.in.number, "%q is no mode of a profile", clipped(mode))
	}
	for {
		line, err := p.in.next()
		if errors.Is(err, io.EOF) {
			return p.end()
		}
		if err != nil {
			return err
		}
		if p.in.unended && len(line) > 0 {
			// The only sign of a profile that was cut: a count may have lost digits.
			return damaged(p.in.number, "its last line has no line break, so it breaks off")
		}
		if err := p.one(line); err != nil {
			return err
		}
	}
}

func (p *goParser) one(line []byte) error {
	line = bytes.TrimSuffix(line, []byte("\r"))
	if len(line) == 0 {
		return nil
	}
	// Nearly every line is of the same file as the one before.
	n := len(p.file)
	if n == 0 || len(line) <= n || line[n] != ':' || string(line[:n]) != p.file {
		n = bytes.LastIndexByte(line, ':')
		if n < 0 {
			return damaged(p.in.number, "%q is no block of a profile", clipped(line))
		}
		if err := p.begin(line[:n]); err != nil {
			return err
		}
	}
	b, ok := parseBlock(line[n+1:])
	if !ok {
		return damaged(p.in.number, "%q is no block: start, end, statements, count", clipped(line[n+1:]))
	}
	if len(p.blocks) > mostInFile {
		return tooMuch("more blocks of one file than any has")
	}
	p.blocks = append(p.blocks, b)
	return nil
}

// parseBlock reads "<line>.<column>,<line>.<column> <statements> <count>".
func parseBlock(b []byte) (goBlock, bool) {
	var figures [5]uint32
	i := 0
	for k, end := range [...]byte{'.', ',', '.', ' ', ' '} {
		start, n := i, uint32(0)
		for i < len(b) && b[i]-'0' <= 9 {
			n = n*10 + uint32(b[i]-'0')
			i++
		}
		if i == start || i > start+8 || i == len(b) || b[i] != end {
			return goBlock{}, false
		}
		figures[k] = n
		i++
	}
	hit, valid := isHit(b[i:])
	block := goBlock{from: figures[0], start: figures[1], to: figures[2], end: figures[3], statements: figures[4], hit: hit}
	ordered := block.from < block.to || block.from == block.to && block.start <= block.end
	return block, valid && b[i] != '-' && ordered && block.from > 0 && block.to <= mostLine && block.statements <= mostStatements
}

func (p *goParser) begin(name []byte) error {
	if err := p.end(); err != nil {
		return err
	}
	p.file = string(name)
	return checkName(p.in.number, p.file)
}

// end emits the file whose blocks have ended.
func (p *goParser) end() error {
	if p.file == "" {
		return nil
	}
	p.reset()
	if !slices.IsSortedFunc(p.blocks, goBlock.before) {
		slices.SortFunc(p.blocks, goBlock.before)
	}
	for i, b := range p.blocks {
		if i > 0 && p.blocks[i-1].before(b) == 0 && p.blocks[i-1].statements != b.statements {
			return damaged(p.in.number, "a block of %q at line %d has %d statements and %d", clipped([]byte(p.file)), b.from, p.blocks[i-1].statements, b.statements)
		}
		if b.statements > 0 {
			p.statements = append(p.statements, coverage.Statement{Key: b.key(), N: b.statements, Hit: b.hit})
		}
	}
	if err := p.paint(); err != nil {
		return err
	}
	f := coverage.File{Path: p.file, Hints: p.hints, Detail: p.detail()}
	f.Counts = counted(f.Detail, coverage.Lines, coverage.Statements)
	p.file, p.blocks = "", p.blocks[:0]
	return p.emit(f)
}

// key places a block: exactly, unless it is of absurd width or height.
func (b goBlock) key() uint64 {
	height := b.to - b.from
	if b.start < 1<<12 && b.end < 1<<12 && height < 1<<15 {
		return uint64(b.from)<<39 | uint64(b.start)<<27 | uint64(height)<<12 | uint64(b.end)
	}
	h := uint64(b.from)
	for _, n := range [...]uint32{b.start, height, b.end} {
		h = (h ^ uint64(n)) * 0x9e3779b97f4a7c15
		h ^= h >> 29
	}
	return h | 1<<63
}

// paint turns blocks into lines. It sweeps over the runs of all blocks and of
// those that ran, so that blocks that overlap cost nothing more.
func (p *goParser) paint() error {
	var hits int
	p.runs = p.runs[:0]
	for _, hitOnly := range [...]bool{true, false} {
		first := len(p.runs)
		for _, b := range p.blocks {
			if b.statements == 0 || hitOnly && !b.hit {
				continue
			}
			if n := len(p.runs); n > first && b.from <= p.runs[n-1].to {
				p.runs[n-1].to = max(p.runs[n-1].to, b.to)
				continue
			}
			p.runs = append(p.runs, goRun{b.from, b.to})
		}
		if hitOnly {
			hits = len(p.runs)
		}
	}
	hit, all := p.runs[:hits], p.runs[hits:]
	for _, run := range all {
		if len(p.lines)+int(run.to-run.from) > mostInFile {
			return tooMuch("more lines of one file than any has")
		}
		for line := run.from; line <= run.to; line++ {
			for len(hit) > 0 && hit[0].to < line {
				hit = hit[1:]
			}
			p.lines = append(p.lines, coverage.NewLine(line, len(hit) > 0 && hit[0].from <= line))
		}
	}
	return nil
}
