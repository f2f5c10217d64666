package strict

import "github.com/cutover-dev/cutover/internal/nearest"

// closest returns the candidate that a text is probably a slip of, or "". A
// very long text is no slip, and comparing it would take its time.
func closest(text string, candidates []string) string {
	if len(text) > 64 {
		return ""
	}
	return nearest.To(text, candidates)
}

// didYouMean phrases a suggestion, or returns "".
func didYouMean(text string, candidates []string) string {
	if best := closest(text, candidates); best != "" {
		return `did you mean "` + best + `"?`
	}
	return ""
}
