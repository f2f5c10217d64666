package report

import (
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// trimZero writes a figure with one digit behind the point, none if it is zero.
func trimZero(f float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0")
}

// Number writes a figure with at most two digits behind the point.
func Number(f float64) string {
	s := strconv.FormatFloat(f, 'f', 2, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// Grouped writes a whole number with thin spaces between thousands: 12 345.
func Grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	var groups []string
	for len(s) > 3 {
		groups = append([]string{s[len(s)-3:]}, groups...)
		s = s[:len(s)-3]
	}
	return sign + strings.Join(append([]string{s}, groups...), "\u202f")
}

// Count writes how many there are of something: 1 query, 12 queries.
func Count[N int | int64](n N, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	plural := noun + "s"
	if stem, ok := strings.CutSuffix(noun, "ry"); ok {
		plural = stem + "ries"
	}
	return Grouped(int64(n)) + " " + plural
}

// bar draws a share from 0 to 1 with eighths of blocks over width cells.
func bar(share float64, width int) string {
	share = min(max(share, 0), 1)
	eighths := int(share*float64(width*8) + 0.5)
	// A bar that is not quite full must not look full, nor one that is not
	// quite empty look empty.
	if share < 1 && eighths == width*8 {
		eighths--
	}
	if share > 0 && eighths == 0 {
		eighths = 1
	}
	full, part := eighths/8, eighths%8
	s := strings.Repeat("█", full)
	if part > 0 {
		s += string([]rune(" ▏▎▍▌▋▊▉")[part])
		full++
	}
	return s + strings.Repeat("░", width-full)
}
