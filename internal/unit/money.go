package unit

import (
	"encoding/json"
	"strings"

	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// Money is an amount of US dollars in millionths of a dollar. It is written
// with its currency: "$200", "200 USD", "$0.20".
type Money int64

// Dollar is $1.
const Dollar Money = 1_000_000

// MoneySyntax says how amounts are written.
var MoneySyntax = Syntax{
	Name:     "an amount of money",
	Pattern:  `^(\$ ?` + amount + `|` + amount + ` ?USD)$`,
	Allowed:  `US dollars without thousands separators, such as "$200" or "0.20 USD"`,
	Examples: []string{"$200", "$0.20", "200 USD"},
}

const amount = `(0|[1-9][0-9]{0,8})(\.[0-9]{1,6})?`

var (
	moneyRE     = pattern.New(MoneySyntax.Pattern)
	amountRE    = pattern.New(`(0|[1-9][0-9]{0,8})(?:\.([0-9]{1,6}))?`)
	looseAmount = pattern.New(`^\s*(?:(?i:USD|US\$|\$)\s*)?([0-9][0-9,_' ]*(?:\.[0-9]+)?)\s*(?i:USD|US\$|\$|dollars?)?\s*$`)
	separators  = strings.NewReplacer(",", "", "_", "", "'", "", " ", "")
)

// ParseMoney reads an amount. The error is an [*Error].
func ParseMoney(text string) (Money, error) {
	if !moneyRE.MatchString(text) {
		return 0, moneyError(text)
	}
	number := amountRE.FindStringSubmatch(text)
	return Money(fixed(number[1], number[2], 6)), nil
}

func moneyError(text string) error {
	switch {
	case strings.TrimSpace(text) == "":
		return MoneySyntax.fail("is empty")
	case strings.HasPrefix(text, "-"):
		return MoneySyntax.fail("is negative", strings.TrimPrefix(text, "-"))
	case bareNumber.MatchString(text):
		return MoneySyntax.fail("has no currency", "$"+text)
	case strings.ContainsAny(text, "€£¥") || strings.Contains(text, "EUR"):
		return MoneySyntax.fail("is not in US dollars")
	}
	if parts := looseAmount.FindStringSubmatch(text); parts != nil {
		return MoneySyntax.fail("is not spelled as an amount", "$"+separators.Replace(parts[1]))
	}
	return MoneySyntax.fail("is not an amount of money")
}

// Dollars returns the amount in dollars, for arithmetic with prices.
func (m Money) Dollars() float64 { return float64(m) / float64(Dollar) }

// String writes the canonical form: "$200", "$0.20".
func (m Money) String() string {
	if m < 0 {
		return "-" + (-m).String()
	}
	return "$" + decimals(int64(m), 6, 2)
}

// UnmarshalText makes Money readable by the configuration engine.
func (m *Money) UnmarshalText(text []byte) (err error) {
	*m, err = ParseMoney(string(text))
	return err
}

// UnmarshalJSON reads back the number that JSON is written as, and what people
// write.
func (m *Money) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		var word string
		if err := json.Unmarshal(text, &word); err != nil {
			return err
		}
		return m.UnmarshalText([]byte(word))
	}
	return json.Unmarshal(text, (*int64)(m))
}

// Syntax returns [MoneySyntax].
func (Money) Syntax() Syntax { return MoneySyntax }
