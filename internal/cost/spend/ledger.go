package spend

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Source tells what days have cost, from one up to another, which is not counted.
// It takes money: said is told each call's price before it is made.
type Source interface {
	Daily(ctx context.Context, from, to time.Time, tags map[string]string, said func(string)) (Daily, error)
}

// ErrNone says that there is no such document.
var ErrNone = errors.New("there is no such day")

// ErrElse says that another wrote the document meanwhile.
var ErrElse = errors.New("another wrote it meanwhile")

// Kept keeps one small document a day. Read gives its version, or [ErrNone]; Write
// replaces the one of that version, or makes one where version is empty, and is
// [ErrElse] otherwise.
type Kept interface {
	Read(ctx context.Context, key string) (text []byte, version string, err error)
	Write(ctx context.Context, key string, text []byte, version string) error
}

// Ledger pays for no day twice: what was told is kept, one document a day. A day
// that is final is kept for ever, and never written again. Others may still
// change: they are asked for again when Cost Explorer can know more.
type Ledger struct {
	Store Kept
	Costs Source
	Stage string
	// Tags are what the resources carry whose costs are asked for. Days that were
	// asked for by others are not these days.
	Tags map[string]string
}

const (
	// settles is how old a day is before it counts as final: bills of a day arrive
	// over the two that follow; source: AWS Cost Management User Guide, which says
	// that they are refreshed at least once in 24 hours, and that it can take
	// longer.
	settles = 3 * 24 * time.Hour
	// fresh is how long a young day is good: it is refreshed up to three times a day.
	fresh = 8 * time.Hour
	// lasting is how long an older one is good that AWS still calls estimated, as
	// it does until the month's bill is written, or of which nothing was told.
	lasting = 7 * 24 * time.Hour
	// mostDocument is how large a day's document may be.
	mostDocument = 4 << 20
	entryVersion = 1
)

// entry is the document of a day. Day is nil where it was asked for and nothing
// was told.
type entry struct {
	Version int               `json:"version"`
	Date    string            `json:"date"`
	Tags    map[string]string `json:"tags"`
	Asked   time.Time         `json:"asked"`
	Day     *Day              `json:"day"`
	Source  string            `json:"source"`

	known   bool   // whether there is a document
	version string // of the document
}

// Daily is what the days from one up to another have cost, which is not counted.
// Only days that are missing or may have changed are asked for, those beside each
// other in one call. It pays nothing where everything is known. now says how old
// days are.
func (l Ledger) Daily(ctx context.Context, from, to, now time.Time, said func(string)) (Daily, error) {
	from, to = from.UTC().Truncate(24*time.Hour), to.UTC().Truncate(24*time.Hour)
	if end := now.UTC().Truncate(24 * time.Hour); to.After(end) {
		to = end // today is not over
	}
	if !from.Before(to) || to.Sub(from) > 400*24*time.Hour {
		return Daily{}, &fault.Fault{Kind: fault.Input, Name: "window", What: "holds no day that is over, or more than 400", Got: from.Format(time.DateOnly) + " to " + to.Format(time.DateOnly)}
	}
	var all []entry
	for at := from; at.Before(to); at = at.AddDate(0, 0, 1) {
		e, err := l.read(ctx, at)
		if err != nil {
			return Daily{}, err
		}
		all = append(all, e)
	}
	told := Daily{Days: []Day{}}
	for i := 0; i < len(all); i++ {
		if all[i].good(now) {
			continue
		}
		end := i + 1
		for end < len(all) && !all[end].good(now) {
			end++
		}
		if err := l.ask(ctx, all[i:end], now, &told, said); err != nil {
			return told, err
		}
		i = end
	}
	for _, e := range all {
		if e.Source != "" {
			told.Source = e.Source
		}
		if e.Day != nil {
			told.Days = append(told.Days, *e.Day)
		}
	}
	return told, nil
}

// ask fills days beside each other, and keeps them.
func (l Ledger) ask(ctx context.Context, gap []entry, now time.Time, told *Daily, said func(string)) error {
	from, to := gap[0].at(), gap[len(gap)-1].at().AddDate(0, 0, 1)
	d, err := l.Costs.Daily(ctx, from, to, l.Tags, said)
	told.Calls += d.Calls
	told.Fee += d.Fee
	if err != nil {
		return err
	}
	days := map[string]Day{}
	for _, x := range d.Days {
		days[x.Date.UTC().Format(time.DateOnly)] = x
	}
	for i := range gap {
		e := &gap[i]
		e.Version, e.Tags, e.Asked, e.Source, e.Day = entryVersion, l.Tags, now.UTC().Truncate(time.Second), d.Source, nil
		if x, ok := days[e.Date]; ok {
			e.Day = &x
		}
		text, err := json.MarshalIndent(e, "", "  ")
		if err != nil {
			return fmt.Errorf("writing the day %s: %w", e.Date, err)
		}
		// Who else wrote it meanwhile has asked the same and been told the same.
		if err := l.Store.Write(ctx, l.key(e.at()), append(text, '\n'), e.version); err != nil && !errors.Is(err, ErrElse) {
			return err
		}
	}
	return nil
}

func (l Ledger) key(day time.Time) string {
	return "cost/" + l.Stage + "/" + day.Format(time.DateOnly) + ".json"
}

// read is what is kept of a day. What is damaged, or answers another question, is
// no day: to trust it would be wrong, and to write over it would hide that.
func (l Ledger) read(ctx context.Context, day time.Time) (entry, error) {
	key := l.key(day)
	text, version, err := l.Store.Read(ctx, key)
	if errors.Is(err, ErrNone) {
		return entry{Date: day.Format(time.DateOnly)}, nil
	}
	if err != nil {
		return entry{}, err
	}
	e, err := parseEntry(key, text, day)
	if err != nil {
		return entry{}, err
	}
	if !maps.Equal(e.Tags, l.Tags) {
		return entry{}, &fault.Fault{
			Kind: fault.Refused, Name: key, What: "was asked for by other tags", Got: fmt.Sprint(e.Tags), Allowed: fmt.Sprint(l.Tags),
			Next: "Keep the costs of another app below another prefix, or delete this one's days if the tags have changed; they are asked for again then.",
		}
	}
	e.known, e.version = true, version
	return e, nil
}

// parseEntry reads a day's document, strictly.
func parseEntry(key string, text []byte, day time.Time) (entry, error) {
	wrong := func(what, got string) (entry, error) {
		return entry{}, &fault.Fault{Kind: fault.Refused, Name: key, What: "is no day of the ledger: " + what, Got: got, Next: "Look who wrote it; if nobody needs it, delete it: the day is asked for again then."}
	}
	var e entry
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if len(text) > mostDocument {
		return wrong("it is too large", fmt.Sprint(len(text)))
	}
	if err := d.Decode(&e); err != nil {
		return wrong(err.Error(), "")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return wrong("it goes on behind its end", "")
	}
	switch {
	case e.Version != entryVersion:
		return wrong("it has another version", fmt.Sprint(e.Version))
	case e.Date != day.Format(time.DateOnly):
		return wrong("it is of another day", e.Date)
	case e.Asked.Before(day):
		return wrong("it was asked for before its day", e.Asked.Format(time.RFC3339))
	case e.Day != nil && (!e.Day.Date.Equal(day) || len(e.Day.Lines) == 0):
		return wrong("it holds another day's lines, or none", e.Day.Date.Format(time.DateOnly))
	case e.Day != nil && slices.ContainsFunc(e.Day.Lines, func(l Line) bool { return l.Service == "" || l.Amount > mostLine || l.Amount < -mostLine }):
		return wrong("a line has no service, or an amount that cannot be", "")
	}
	return e, nil
}

// mostLine is more than any line of a day can be.
const mostLine = 1_000_000_000 * unit.Dollar

func (e entry) at() time.Time {
	at, _ := time.Parse(time.DateOnly, e.Date) // it was made of a day
	return at
}

// good says whether a day need not be asked for.
func (e entry) good(now time.Time) bool {
	if !e.known {
		return false
	}
	end := e.at().AddDate(0, 0, 1)
	old := e.Asked.Sub(end) >= settles
	switch {
	case e.Day != nil && !e.Day.Estimated && old:
		return true // final
	case old:
		return now.Sub(e.Asked) < lasting
	}
	return now.Sub(e.Asked) < fresh
}
