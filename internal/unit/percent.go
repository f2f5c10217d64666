package unit

import (
	"encoding/json"
	"strings"

	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// Percent is a share between 0% and 100% in millionths: 1% is 10,000.
// It is written with its sign: "10%", "0.5%".
type Percent int64

// Full is 100%.
const Full Percent = 1_000_000

// PercentSyntax says how percentages are written.
var PercentSyntax = Syntax{
	Name:     "a percentage",
	Pattern:  `^(100(\.0{1,4})?|(0|[1-9][0-9]?)(\.[0-9]{1,4})?) ?%$`,
	Allowed:  "0% to 100%, at most four decimals",
	Examples: []string{"10%", "99.9%"},
}

var (
	percentRE    = pattern.New(PercentSyntax.Pattern)
	numberRE     = pattern.New(`^([0-9]+)(?:\.([0-9]+))?`)
	looseNumber  = pattern.New(`^\s*(?:0*)([0-9]+(?:[.,][0-9]+)?)\s*(?i:%|percent|pct|per cent)\s*$`)
	wholePercent = pattern.New(`^([0-9]+)(\.[0-9]+)? ?%$`)
)

// ParsePercent reads a percentage. The error is an [*Error].
func ParsePercent(text string) (Percent, error) {
	if !percentRE.MatchString(text) {
		return 0, percentError(text)
	}
	number := numberRE.FindStringSubmatch(text)
	return Percent(fixed(number[1], number[2], 4)), nil
}

func percentError(text string) error {
	switch {
	case strings.TrimSpace(text) == "":
		return PercentSyntax.fail("is empty")
	case strings.HasPrefix(text, "-"):
		return PercentSyntax.fail("is negative", strings.TrimPrefix(text, "-"))
	case bareNumber.MatchString(text) && strings.HasPrefix(text, "0."):
		return PercentSyntax.fail("has no unit", shareOf(text), text+"%")
	case bareNumber.MatchString(text):
		return PercentSyntax.fail("has no unit", text+"%")
	}
	if parts := wholePercent.FindStringSubmatch(text); parts != nil && parts[1][0] != '0' {
		if len(parts[1]) > 2 {
			return PercentSyntax.fail("is more than 100%", withoutDigit(text)...)
		}
		return PercentSyntax.fail("has more than four decimals")
	}
	if parts := looseNumber.FindStringSubmatch(text); parts != nil {
		return PercentSyntax.fail("is not spelled as a percentage", strings.Replace(parts[1], ",", ".", 1)+"%")
	}
	return PercentSyntax.fail("is not a percentage")
}

// shareOf turns a share such as 0.25 into the percentage "25%", since people
// who write 0.25 mean a quarter more often than a quarter of a hundredth.
func shareOf(text string) string {
	fraction := strings.TrimPrefix(text, "0.")
	if len(fraction) > 6 {
		return ""
	}
	return Percent(fixed("0", fraction, 6)).String()
}

// withoutDigit returns the first text that is a percentage once a single
// digit of text is taken out: the likeliest slip behind "110%".
func withoutDigit(text string) []string {
	for i := range len(text) {
		shorter := text[:i] + text[i+1:]
		if text[i] >= '0' && text[i] <= '9' && percentRE.MatchString(shorter) {
			return []string{shorter}
		}
	}
	return nil
}

// Fraction returns the share as a number between 0 and 1.
func (p Percent) Fraction() float64 { return float64(p) / float64(Full) }

// String writes the canonical form, without needless zeros: "99.9%".
func (p Percent) String() string {
	if p < 0 {
		return "-" + (-p).String()
	}
	return decimals(int64(p), 4, 0) + "%"
}

// UnmarshalText makes Percent readable by the configuration engine.
func (p *Percent) UnmarshalText(text []byte) (err error) {
	*p, err = ParsePercent(string(text))
	return err
}

// UnmarshalJSON reads back what JSON is written as: the number of millionths.
// People write percentages in YAML, where UnmarshalText reads them.
func (p *Percent) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, (*int64)(p))
}

// Syntax returns [PercentSyntax].
func (Percent) Syntax() Syntax { return PercentSyntax }
