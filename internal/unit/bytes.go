package unit

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// Bytes is a size in bytes. It is written with its unit: "1 GB" is 10^9
// bytes, "512 MiB" is 512 times 2^20.
type Bytes int64

// BytesSyntax says how sizes are written. The digits are bounded so that
// every size fits an int64.
var BytesSyntax = Syntax{
	Name:     "a size",
	Pattern:  `^((0|[1-9][0-9]{0,14}) ?B|(0|[1-9][0-9]{0,5}) ?(kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB))$`,
	Allowed:  `a whole number with a unit (B, kB, MB, GB, TB, KiB, MiB, GiB, TiB), such as "1 GB"`,
	Examples: []string{"1 GB", "512 MiB"},
}

// sizes run from large to small, the decimal unit before the binary one of
// its rank, so that String prefers the shorter number and then the plain unit.
var sizes = []struct {
	name string
	size Bytes
}{
	{"TB", 1e12}, {"TiB", 1 << 40}, {"GB", 1e9}, {"GiB", 1 << 30},
	{"MB", 1e6}, {"MiB", 1 << 20}, {"kB", 1e3}, {"KiB", 1 << 10}, {"B", 1},
}

var (
	bytesRE    = pattern.New(BytesSyntax.Pattern)
	sizeRE     = pattern.New(`^([0-9]+) ?([A-Za-z]+)$`)
	looseBytes = pattern.New(`^\s*([0-9]+(?:\.[0-9]{1,3})?)\s*([A-Za-z]+)\s*$`)
)

// ParseBytes reads a size. The error is an [*Error].
func ParseBytes(text string) (Bytes, error) {
	if !bytesRE.MatchString(text) {
		return 0, bytesError(text)
	}
	parts := sizeRE.FindStringSubmatch(text)
	return Bytes(fixed(parts[1], "", 0)) * sizeOf(parts[2]), nil
}

// sizeOf finds a unit without regard to case; 0 means unknown.
func sizeOf(name string) Bytes {
	for _, s := range sizes {
		if strings.EqualFold(s.name, name) || strings.EqualFold(strings.TrimSuffix(s.name, "B"), name) {
			return s.size
		}
	}
	return 0
}

func bytesError(text string) error {
	switch {
	case strings.TrimSpace(text) == "":
		return BytesSyntax.fail("is empty")
	case strings.HasPrefix(text, "-"):
		return BytesSyntax.fail("is negative", strings.TrimPrefix(text, "-"))
	case bareNumber.MatchString(text):
		return BytesSyntax.fail("has no unit", text+" GB", text+" MB")
	}
	if parts := looseBytes.FindStringSubmatch(text); parts != nil && sizeOf(parts[2]) > 0 && len(parts[1]) <= 6 {
		whole, fraction, _ := strings.Cut(parts[1], ".")
		if total := Bytes(fixed(whole, fraction, 3)) * sizeOf(parts[2]); total%1000 == 0 {
			return BytesSyntax.fail("is not spelled as a size", (total / 1000).String())
		}
	}
	return BytesSyntax.fail("is not a size")
}

// String writes the canonical form, in the largest unit that divides the size.
func (b Bytes) String() string {
	if b < 0 {
		return "-" + (-b).String()
	}
	for _, s := range sizes {
		if b != 0 && b%s.size == 0 && b/s.size < 1e6 {
			return fmt.Sprintf("%d %s", b/s.size, s.name)
		}
	}
	return fmt.Sprintf("%d B", b)
}

// UnmarshalText makes Bytes readable by the configuration engine.
func (b *Bytes) UnmarshalText(text []byte) (err error) {
	*b, err = ParseBytes(string(text))
	return err
}

// UnmarshalJSON reads back the number that JSON is written as, and what people
// write.
func (b *Bytes) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		var word string
		if err := json.Unmarshal(text, &word); err != nil {
			return err
		}
		return b.UnmarshalText([]byte(word))
	}
	return json.Unmarshal(text, (*int64)(b))
}

// Syntax returns [BytesSyntax].
func (Bytes) Syntax() Syntax { return BytesSyntax }
