package sim

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/cutover-dev/cutover/internal/unit"
)

// Factor is a multiple in thousandths: "3x" is 3000, "0.5x" is 500.
type Factor int64

// one is the factor that changes nothing.
const one Factor = 1000

// FactorSyntax says how factors are written.
var FactorSyntax = unit.Syntax{
	Name:     "a factor",
	Pattern:  `^(0|[1-9][0-9]{0,2})(\.[0-9]{1,3})? ?x$`,
	Allowed:  `a number below 1000 with an x, at most three decimals, such as "3x" or "0.5x"`,
	Examples: []string{"3x", "0.5x", "0x"},
}

var factorRE = regexp.MustCompile(FactorSyntax.Pattern)

// ParseFactor reads a factor. The error is a [*unit.Error].
func ParseFactor(text string) (Factor, error) {
	parts := factorRE.FindStringSubmatch(text)
	if parts == nil {
		e := &unit.Error{Message: "is not a factor", Allowed: FactorSyntax.Allowed}
		if factorRE.MatchString(text + "x") {
			e.Message = "has no x"
			e.Write = []string{text + "x"}
			e.Suggestion = unit.Advice(e.Write)
		}
		return 0, e
	}
	fraction := strings.TrimPrefix(parts[2], ".")
	n, err := strconv.ParseInt(parts[1]+fraction+strings.Repeat("0", 3-len(fraction)), 10, 64)
	return Factor(n), err
}

// Multiple returns the factor as a number.
func (f Factor) Multiple() float64 { return float64(f) / float64(one) }

// String writes the canonical form: "3x", "0.5x".
func (f Factor) String() string {
	return strconv.FormatFloat(f.Multiple(), 'f', -1, 64) + "x"
}

// UnmarshalText makes Factor readable by the configuration engine.
func (f *Factor) UnmarshalText(text []byte) (err error) {
	*f, err = ParseFactor(string(text))
	return err
}

// Syntax returns [FactorSyntax].
func (Factor) Syntax() unit.Syntax { return FactorSyntax }
