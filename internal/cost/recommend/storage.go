package recommend

import (
	"fmt"
	"slices"

	"github.com/cutover-dev/cutover/internal/cost/price"
	"github.com/cutover-dev/cutover/internal/unit"
)

const (
	// tiered is the size from which on S3 moves objects between tiers. Source: S3
	// User Guide, "How S3 Intelligent-Tiering works".
	tiered = 128 << 10
	// packed is to which share CloudWatch packs the lines that it keeps, in percent.
	// Source: the examples of aws.amazon.com/cloudwatch/pricing.
	packed = 15
)

type object = map[string]any

// everything is the filter of a rule that holds for a whole bucket.
var everything = object{"Prefix": ""}

func (a *advisor) bucket(b Bucket) {
	what := "lifecycle of " + b.Name
	standard := b.Bytes["StandardStorage"]
	if len(b.Bytes) == 0 {
		a.open(what, "how much it holds is not known", "Let the role read the daily metric BucketSizeBytes; a new bucket has it after a day.")
		return
	}
	rate, ok := a.rate(what, price.S3Standard)
	if !ok {
		return
	}
	if !b.Transitions {
		a.transition(b, standard, rate)
	}
	// Of other classes than Standard no price is known, so that no more is said to
	// be saved than Standard costs.
	if b.Versioned && !b.ExpiresOld {
		if b.Noncurrent == nil {
			a.open("noncurrent versions in "+b.Name, "no rule ever deletes them, and how much they hold is not known", "S3 Storage Lens has it as NonCurrentVersionStorageBytes; the rule is NoncurrentVersionExpiration.")
		} else {
			a.leftover(b, OldVersions, min(*b.Noncurrent, standard), standard, rate)
		}
	}
	if !b.AbortsUploads {
		if b.Unfinished < 0 {
			a.open("unfinished uploads in "+b.Name, "no rule ends them, and how much they hold is not known", "S3 Storage Lens has it as IncompleteMultipartUploadStorageBytes, and so has "+command("aws s3api list-multipart-uploads", option("bucket", b.Name))+"; the rule is AbortIncompleteMultipartUpload.")
		} else {
			a.leftover(b, Uploads, min(b.Unfinished, standard), standard, rate)
		}
	}
}

// transition moves objects to a class that finds out by itself what is read.
func (a *advisor) transition(b Bucket, standard unit.Bytes, rate exact) {
	what := "lifecycle of " + b.Name
	if standard <= 0 {
		return
	}
	if b.Objects <= 0 {
		a.open(what, "how many objects it holds is not known, and each costs something to move and to watch", "Let the role read the daily metric NumberOfObjects.")
		return
	}
	if int64(standard)/b.Objects < tiered {
		return // objects this small stay where they are
	}
	cold, ok1 := a.rate(what, price.S3Infrequent)
	watch, ok2 := a.rate(what, price.S3Tiered)
	move, ok3 := a.rate(what, price.S3Transition)
	if !ok1 || !ok2 || !ok3 {
		return
	}
	// An object is a month old in its new class before it counts as seldom read.
	saved := times(minus(rate, cold), gbs(standard), whole(monthsAYear-1))
	fees := times(whole(b.Objects), times(watch, whole(monthsAYear)))
	saved = minus(minus(saved, fees), times(whole(b.Objects), move))
	a.add(Item{
		Kind: Transition, Thing: b.Name, group: "bucket " + b.Name, Effort: "one rule", Reversible: true,
		Title:   "Let S3 move what is seldom read in " + b.Name + " to a cheaper tier",
		Latency: "None: both tiers answer at once, and reading costs nothing extra.",
		Risk:    fmt.Sprintf("If all of it is read every month, nothing is saved, and watching and moving cost up to %s in the first year.", short(floor(times(whole(b.Objects), times(watch, whole(monthsAYear))))+floor(times(whole(b.Objects), move)))),
		Change:  rule(b.Name, object{"ID": "cutover-seldom-read", "Status": "Enabled", "Filter": everything, "Transitions": []object{{"Days": 0, "StorageClass": "INTELLIGENT_TIERING"}}}),
		Evidence: Evidence{Sample: b.Objects, SampleOf: "objects", Source: "cloudwatch BucketSizeBytes and NumberOfObjects, the bucket's lifecycle", Figures: []Figure{
			{"held as Standard", size(standard)}, {"an object on average", size(standard / unit.Bytes(b.Objects))}, {"grown in the window", size(b.Grown)},
		}},
	}, floor(times(rate, gbs(standard), whole(monthsAYear))), 0, floor(saved))
}

// leftover deletes what nobody sees and everybody pays for. It lies in Standard,
// too, so that what all rules of a bucket save is not added.
func (a *advisor) leftover(b Bucket, kind string, bytes, all unit.Bytes, rate exact) {
	if bytes <= 0 {
		return
	}
	cost := floor(times(rate, gbs(all), whole(monthsAYear)))
	saved := times(rate, gbs(bytes), whole(monthsAYear))
	i := Item{Kind: kind, Thing: b.Name, Effort: "one rule", Latency: "None.", group: "bucket " + b.Name}
	i.Evidence = Evidence{Sample: 1, SampleOf: "bucket", Source: "S3 Storage Lens or a listing, the bucket's lifecycle and versioning", Figures: []Figure{{"held by them", size(bytes)}, {"held as Standard", size(all)}}}
	if kind == Uploads {
		i.Title = "End uploads to " + b.Name + " that were never finished"
		i.Risk = "An upload that takes longer than a week is broken off."
		i.Change = rule(b.Name, object{"ID": "cutover-unfinished-uploads", "Status": "Enabled", "Filter": everything, "AbortIncompleteMultipartUpload": object{"DaysAfterInitiation": 7}})
	} else {
		i.Title = "Delete versions in " + b.Name + " that were replaced more than 30 days ago"
		i.Risk = "What was overwritten or deleted by mistake can be had back for 30 days only."
		i.Change = rule(b.Name, object{"ID": "cutover-old-versions", "Status": "Enabled", "Filter": everything, "NoncurrentVersionExpiration": object{"NoncurrentDays": 30}})
	}
	// What is younger than the rule's age stays; how much that is is not known.
	a.add(i, cost, 0, floor(saved))
}

// retentions are the days that CloudWatch Logs allows. Source: CloudWatch Logs API
// reference, PutRetentionPolicy.
var retentions = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

// logs holds a log group to the days that its lines are wanted for.
func (a *advisor) logs(g LogGroup) {
	days := retentions[len(retentions)-1]
	if at, _ := slices.BinarySearch(retentions, a.Retention); at < len(retentions) {
		days = retentions[at]
	}
	if g.Stored <= 0 || g.Days > 0 && g.Days <= days {
		return
	}
	rate, ok := a.rate("retention of "+g.Name, price.LogsKept)
	if !ok {
		return
	}
	year := func(bytes exact) exact { return times(rate, bytes, ratio(1, gib), whole(monthsAYear)) }
	stored := whole(int64(g.Stored))
	// Of what came in, at most all of it stays for so many days, and at least what
	// it is packed to.
	loose := times(floated(float64(days)*24/a.hours()), whole(max(int64(g.Arrived), 0)))
	tight := times(loose, ratio(packed, 100))
	kept := "for ever"
	if g.Days > 0 {
		kept = fmt.Sprintf("for %d days", g.Days)
	}
	a.add(Item{
		Kind: LogRetention, Thing: g.Name, group: "log group " + g.Name, Effort: "one call, or logging.retention in sst.config.ts", Reversible: false, Latency: "None.",
		Title:  fmt.Sprintf("Keep the lines of %s for %d days", g.Name, days),
		Risk:   fmt.Sprintf("Lines older than %d days are deleted and cannot be had back: export first what must be kept by law.", days),
		Change: Change{Text: command("aws logs put-retention-policy", option("log-group-name", g.Name), fmt.Sprintf("--retention-in-days=%d", days))},
		Evidence: Evidence{Sample: int64(a.hours() / 24), SampleOf: "days", Source: "logs DescribeLogGroups, cloudwatch IncomingBytes", Figures: []Figure{
			{"kept now", kept}, {"stored", size(g.Stored)}, {"came in the window", size(g.Arrived)},
		}},
	}, floor(year(stored)), floor(year(minus(stored, loose))), floor(year(minus(stored, tight))))
}
