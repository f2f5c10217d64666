package archive

import (
	"fmt"
	"time"
)

// LifecycleRule is a rule of a bucket as the AWS CLI writes it. It never
// expires a current object: contents are shared between releases, and S3 does
// not know which release still needs one. That is what [Prune] decides.
type LifecycleRule struct {
	ID     string `json:"ID"`
	Status string `json:"Status"`
	Filter struct {
		Prefix string `json:"Prefix"`
	} `json:"Filter"`
	// Uploads in parts that a killed run left behind cost storage and show nowhere.
	AbortIncompleteMultipartUpload struct {
		DaysAfterInitiation int32 `json:"DaysAfterInitiation"`
	} `json:"AbortIncompleteMultipartUpload"`
	// In a versioned bucket a deleted object stays as an earlier version, and a
	// marker remains where nothing is behind it any more.
	NoncurrentVersionExpiration struct {
		NoncurrentDays int32 `json:"NoncurrentDays"`
	} `json:"NoncurrentVersionExpiration"`
	Expiration struct {
		ExpiredObjectDeleteMarker bool `json:"ExpiredObjectDeleteMarker"`
	} `json:"Expiration"`
}

// LifecycleRules is a bucket's lifecycle configuration, as the AWS CLI takes it.
type LifecycleRules struct {
	Rules []LifecycleRule `json:"Rules"`
}

// abortDays is when an upload in parts counts as left behind. Runs are shorter.
const abortDays = 2

// Lifecycle returns the rule for an archive. What is deleted can be restored
// for undelete, in whole days, where the bucket is versioned.
func Lifecycle(l Layout, undelete time.Duration) LifecycleRule {
	rule := LifecycleRule{ID: "cutover-archive-" + l.String(), Status: "Enabled"}
	rule.Filter.Prefix = l.String() + "/"
	rule.AbortIncompleteMultipartUpload.DaysAfterInitiation = abortDays
	rule.NoncurrentVersionExpiration.NoncurrentDays = int32(max(1, (undelete+24*time.Hour-1)/(24*time.Hour))) //nolint:gosec // a time.Duration has at most 106,751 days
	rule.Expiration.ExpiredObjectDeleteMarker = true
	return rule
}

// LifecycleResult is the result of the command lifecycle. Applied says that the
// rule was merged into the bucket's; expiring names the bucket's other rules
// that would expire objects of the archive.
func LifecycleResult(store Store, l Layout, rule LifecycleRule, applied bool, expiring []string) Result {
	r := newResult("lifecycle", store, l)
	r.Lifecycle = &LifecycleRules{[]LifecycleRule{rule}}
	if applied {
		r.Notes = append(r.Notes, "The rule was merged into the bucket's; every other rule stays as it was.")
	} else {
		r.Notes = append(r.Notes, "Nothing was written. apply merges this rule into the bucket's; `aws s3api put-bucket-lifecycle-configuration` replaces them all.")
	}
	for _, id := range expiring {
		r.Notes = append(r.Notes, fmt.Sprintf("The bucket's rule %q expires objects below %s/: releases will lose contents that they need. Take the prefix out of it.", id, l))
	}
	return r
}
