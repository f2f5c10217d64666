package image

import "time"

// Rule is how long a store keeps what lies below a prefix.
type Rule struct {
	ID, Prefix string
	// Days is after how many days an object expires, Noncurrent after how many the
	// store forgets a version that is no longer the current one, and Abort after how
	// many it drops what was uploaded in part.
	Days, Noncurrent, Abort int32
}

// abortDays is when an upload in parts counts as left behind. Runs are shorter.
const abortDays = 2

const day = 24 * time.Hour

// Lifecycle keeps all images below a prefix for so long, in whole days. What
// expires, or is deleted by hand, can be brought back for as long again where the
// bucket is versioned: a mistake is noticed late.
func Lifecycle(prefix string, keep time.Duration) Rule {
	days := int32(min(max(1, (keep+day-1)/day), 36500))
	return Rule{ID: "cutover-images-" + prefix, Prefix: prefix + "/images/", Days: days, Noncurrent: days, Abort: abortDays}
}
