package unit

import (
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// Duration is a length of time in nanoseconds, like [time.Duration], written
// with its unit: "500 ms", "90 s", "30 m", "2 h", "7 days", "1h30m". What a
// person can write is a whole number of milliseconds, never negative.
type Duration time.Duration

// DurationSyntax says how durations are written. The first part has at most
// five digits and each later one stays below the unit before it ("1h90m" is
// refused), so every sum fits an int64 and has a canonical form.
var DurationSyntax = Syntax{
	Name:     "a duration",
	Pattern:  durationPattern(),
	Allowed:  `whole numbers with a unit (ms, s, m, h, days), such as "2 h", "500 ms", "7 days" or "1h30m"`,
	Examples: []string{"2 h", "30 m", "500 ms", "7 days", "1h30m"},
}

// span is one unit of time: its spellings, and the numbers it may have
// behind a larger unit.
type span struct {
	size    time.Duration
	pattern string
	short   string
	later   string
}

// spans run from large to small: parts of a compound follow this order.
var spans = []span{
	{24 * time.Hour, `days?|d`, "d", ``},
	{time.Hour, `hours?|h`, "h", `1?[0-9]|2[0-3]`},
	{time.Minute, `minutes?|min|m`, "m", `[1-5]?[0-9]`},
	{time.Second, `seconds?|s`, "s", `[1-5]?[0-9]`},
	{time.Millisecond, `milliseconds?|ms`, "ms", `[0-9]|[1-9][0-9]{1,2}`},
}

const digits5 = `0|[1-9][0-9]{0,4}`

// durationPattern lists, for every unit, the texts that start with it. The
// shorter form with every part optional would also accept the empty text.
func durationPattern() string {
	heads := make([]string, len(spans))
	for i, first := range spans {
		head := `(` + digits5 + `) ?(` + first.pattern + `)`
		for _, next := range spans[i+1:] {
			head += `( ?(` + next.later + `) ?(` + next.pattern + `))?`
		}
		heads[i] = head
	}
	return `^(` + strings.Join(heads, `|`) + `)$`
}

var (
	durationRE = pattern.New(DurationSyntax.Pattern)
	partRE     = pattern.New(`([0-9]+) ?([a-z]+)`)
	looseRE    = pattern.New(`([0-9]+(?:\.[0-9]+)?)\s*(\p{L}+)`)
	looseAll   = pattern.New(`^\s*(?:[0-9]+(?:\.[0-9]+)?\s*\p{L}+[\s,]*)+$`)
)

// ParseDuration reads a duration. The error is an [*Error].
func ParseDuration(text string) (Duration, error) {
	if !durationRE.MatchString(text) {
		return 0, durationError(text)
	}
	var total time.Duration
	for _, part := range partRE.FindAllStringSubmatch(text, -1) {
		total += time.Duration(fixed(part[1], "", 0)) * spanOf(part[2])
	}
	return Duration(total), nil
}

// spanOf finds the size of a unit that durationRE has accepted: what counts
// is its first letter, and for m whether milliseconds are meant.
func spanOf(name string) time.Duration {
	switch {
	case name == "ms" || strings.HasPrefix(name, "milli"):
		return time.Millisecond
	case name[0] == 'd':
		return 24 * time.Hour
	case name[0] == 'h':
		return time.Hour
	case name[0] == 'm':
		return time.Minute
	}
	return time.Second
}

// durationError explains, and where the meaning is clear shows the right spelling.
func durationError(text string) error {
	guess := looseDuration(text)
	switch {
	case strings.TrimSpace(text) == "":
		return DurationSyntax.fail("is empty")
	case strings.HasPrefix(text, "-"):
		return DurationSyntax.fail("is negative", strings.TrimPrefix(text, "-"))
	case bareNumber.MatchString(text) && len(text) >= 3:
		return DurationSyntax.fail("has no unit", text+" ms", text+" s", text+" m")
	case bareNumber.MatchString(text):
		return DurationSyntax.fail("has no unit", text+" h", text+" m", text+" s")
	case guess != "" && strings.Contains(text, "."):
		return DurationSyntax.fail("has a fraction", guess)
	case guess != "":
		return DurationSyntax.fail("is not spelled as a duration", guess)
	}
	return DurationSyntax.fail("is not a duration")
}

// loose maps what people also write to a size; the key is in lower case.
var loose = map[string]time.Duration{
	"w": 7 * 24 * time.Hour, "week": 7 * 24 * time.Hour, "weeks": 7 * 24 * time.Hour,
	"d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour,
	"h": time.Hour, "hr": time.Hour, "hrs": time.Hour, "hour": time.Hour, "hours": time.Hour,
	"m": time.Minute, "min": time.Minute, "mins": time.Minute, "minute": time.Minute, "minutes": time.Minute,
	"s": time.Second, "sec": time.Second, "secs": time.Second, "second": time.Second, "seconds": time.Second,
	"ms": time.Millisecond, "msec": time.Millisecond, "millis": time.Millisecond,
	"millisecond": time.Millisecond, "milliseconds": time.Millisecond,
}

// looseDuration reads other spellings ("2 hrs", "1.5 h", "2 Weeks") and
// returns the canonical one, or "" when it is not sure.
func looseDuration(text string) string {
	if len(text) > 64 || !looseAll.MatchString(text) {
		return ""
	}
	total := new(big.Rat)
	for _, part := range looseRE.FindAllStringSubmatch(text, -1) {
		size, known := loose[strings.ToLower(part[2])]
		number, ok := new(big.Rat).SetString(part[1])
		if !known || !ok {
			return ""
		}
		total.Add(total, number.Mul(number, new(big.Rat).SetInt64(int64(size))))
	}
	if !total.IsInt() || !total.Num().IsInt64() || total.Num().Int64()%int64(time.Millisecond) != 0 {
		return ""
	}
	return Duration(total.Num().Int64()).String()
}

// Std returns the same length as a [time.Duration].
func (d Duration) Std() time.Duration { return time.Duration(d) }

// String writes the canonical form: one unit where that reads well ("48 h",
// "90 s", "7 days"), else a compound ("2h30m"). Parts below a millisecond,
// which nobody can write, are dropped.
func (d Duration) String() string {
	rest := time.Duration(d).Truncate(time.Millisecond)
	if rest < 0 {
		return "-" + Duration(-rest).String()
	}
	day := 24 * time.Hour
	switch {
	case rest == 0:
		return "0 s"
	case rest%day == 0 && rest > 2*day:
		return fmt.Sprintf("%d days", rest/day)
	case rest%time.Hour == 0 && rest < 120*time.Hour:
		return fmt.Sprintf("%d h", rest/time.Hour)
	case rest%time.Minute == 0 && rest < 120*time.Minute:
		return fmt.Sprintf("%d m", rest/time.Minute)
	case rest%time.Second == 0 && rest < 120*time.Second:
		return fmt.Sprintf("%d s", rest/time.Second)
	case rest < 10*time.Second:
		return fmt.Sprintf("%d ms", rest/time.Millisecond)
	}
	text := ""
	for _, s := range spans {
		if n := rest / s.size; n > 0 {
			text += fmt.Sprintf("%d%s", n, s.short)
			rest -= n * s.size
		}
	}
	return text
}

// UnmarshalText makes Duration readable by the configuration engine.
func (d *Duration) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDuration(string(text))
	return err
}

// Syntax returns [DurationSyntax].
func (Duration) Syntax() Syntax { return DurationSyntax }
