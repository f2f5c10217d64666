// Package unit holds the quantities and names that people write in
// cutover.yaml: durations, percentages, amounts of money, sizes, addresses.
//
// Every type is exact (whole numbers inside, no floating point) and has three
// things that belong together: a Parse function, a String method that writes
// the canonical form (Parse of it gives the same value), and a [Syntax] whose
// regular expression accepts exactly the texts that Parse accepts, so that an
// editor with the JSON Schema and the program never disagree.
package unit

import (
	"regexp"
	"strings"

	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// Syntax describes how the values of one type are written.
type Syntax struct {
	Name     string   // what a value is called, with its article: "a duration"
	Pattern  string   // anchored; valid for Go's regexp and for ECMAScript, as JSON Schema wants it
	Allowed  string   // the rule in words: "0% to 100%, at most four decimals"
	Examples []string // at least one, each accepted by Pattern
}

// Error says why a text is not a value of a unit. It never repeats the text,
// so that the caller decides whether the text may be shown.
type Error struct {
	Message    string // continues the quoted text: `is more than 100%`
	Allowed    string // the rule in words
	Suggestion string // what to do, or "": `write "10%"`

	// Write lists the values behind Suggestion, likeliest first, for callers
	// that know more about what fits; nil if Suggestion is none of [Advice].
	Write []string
}

// Error joins the parts with semicolons.
func (e *Error) Error() string {
	text := e.Message
	if e.Allowed != "" {
		text += "; allowed: " + e.Allowed
	}
	if e.Suggestion != "" {
		text += "; " + e.Suggestion
	}
	return text
}

// fail builds the error of one syntax. A suggestion that the syntax would
// itself refuse is dropped: bad advice is worse than none.
func (s Syntax) fail(message string, suggested ...string) error {
	e := &Error{Message: message, Allowed: s.Allowed}
	for _, text := range suggested {
		if regexp.MustCompile(s.Pattern).MatchString(text) {
			e.Write = append(e.Write, text)
		}
	}
	e.Suggestion = Advice(e.Write)
	return e
}

// Advice phrases the first two of the values that could be meant; "" for none.
func Advice(texts []string) string {
	switch len(texts) {
	case 0:
		return ""
	case 1:
		return `write "` + texts[0] + `"`
	}
	return `write "` + texts[0] + `" or "` + texts[1] + `"`
}

// bareNumber matches a number that lacks its unit.
var bareNumber = pattern.New(`^[0-9]+(\.[0-9]+)?$`)

// fixed reads digits with up to scale decimals as a whole number of the
// smallest part: fixed("1", "5", 3) is 1500. The syntax has bounded both
// lengths, so the result fits.
func fixed(whole, fraction string, scale int) int64 {
	var n int64
	for _, digit := range whole + fraction + strings.Repeat("0", scale-len(fraction)) {
		n = n*10 + int64(digit-'0')
	}
	return n
}

// decimals writes n smallest parts with at least least and at most scale
// decimals. It is the inverse of fixed.
func decimals(n int64, scale, least int) string {
	digits := pad(n, scale+1)
	whole, fraction := digits[:len(digits)-scale], digits[len(digits)-scale:]
	for len(fraction) > 0 && fraction[len(fraction)-1] == '0' {
		fraction = fraction[:len(fraction)-1]
	}
	if fraction == "" {
		return whole
	}
	for len(fraction) < least {
		fraction += "0"
	}
	return whole + "." + fraction
}

// pad writes n with at least width digits.
func pad(n int64, width int) string {
	digits := ""
	for n > 0 || len(digits) < width {
		digits = string(rune('0'+n%10)) + digits
		n /= 10
	}
	return digits
}
