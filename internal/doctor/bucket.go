package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Buckets says how a bucket is kept.
type Buckets interface {
	// Region is where the bucket lies, or ErrNone.
	Region(ctx context.Context, name string) (string, error)
	// Versioning is Enabled, Suspended or empty.
	Versioning(ctx context.Context, name string) (string, error)
	// Open are the settings of the public access block that are not on.
	Open(ctx context.Context, name string) ([]string, error)
	// Encryption is such as AES256 or aws:kms; empty for none.
	Encryption(ctx context.Context, name string) (string, error)
	// Rules are those of its lifecycle that are enabled.
	Rules(ctx context.Context, name string) ([]Rule, error)
	Lock(ctx context.Context, name string) (Lock, error)
	// Probe writes an object on condition that there is none, twice, and removes
	// it: kept says that the second one was refused, as it must be.
	Probe(ctx context.Context, name, key string) (kept bool, err error)
}

// Rule is a rule of a lifecycle. Expires deletes objects that are in use.
type Rule struct {
	ID, Prefix               string
	Expires, Aborts, Forgets bool
}

// Lock is whether a bucket has object lock, and the mode of what it puts on every
// object: GOVERNANCE, COMPLIANCE, or empty.
type Lock struct {
	On   bool
	Mode string
}

// bucketChecks are the archive's, in the order of what breaks first.
func bucketChecks(p Plan, b Buckets, in CloudInput) []Check {
	if p.Bucket == "" {
		return nil
	}
	checks := []Check{
		{Name: checkBucket, Title: "archive bucket", Wanted: p.Bucket + " exists, in " + p.Region, Source: "s3:ListBucket (HeadBucket)", Needs: []string{checkAccount}, Look: func(ctx context.Context) Answer { return bucketThere(ctx, p, b) }},
		{Name: "aws.bucket.versioning", Title: "versioning", Wanted: "Enabled", Source: "s3:GetBucketVersioning", Look: func(ctx context.Context) Answer { return bucketVersioned(ctx, p, b) }},
		{Name: "aws.bucket.public", Title: "public access", Wanted: "all four settings of the public access block on", Source: "s3:GetBucketPublicAccessBlock", Look: func(ctx context.Context) Answer { return bucketClosed(ctx, p, b) }},
		{Name: "aws.bucket.encryption", Title: "encryption", Wanted: "a default encryption", Source: "s3:GetEncryptionConfiguration", Look: func(ctx context.Context) Answer { return bucketEncrypted(ctx, p, b) }},
		{Name: "aws.bucket.lifecycle", Title: "lifecycle", Wanted: "unfinished uploads end, old versions go, and nothing that is in use expires", Source: "s3:GetLifecycleConfiguration", Look: func(ctx context.Context) Answer { return bucketRules(ctx, p, b) }},
		{Name: "aws.bucket.lock", Title: "object lock", Wanted: "none, or one without a default retention in compliance mode", Source: "s3:GetBucketObjectLockConfiguration", Look: func(ctx context.Context) Answer { return bucketLock(ctx, p, b) }},
	}
	if in.Probe {
		checks = append(checks, Check{Name: "aws.bucket.conditional", Title: "conditional writes", Wanted: "a write on condition that there is nothing is refused where there is something", Source: "s3:PutObject If-None-Match", Look: func(ctx context.Context) Answer { return bucketProbed(ctx, p, b, in.Probed) }})
	}
	for i := range checks[1:] {
		checks[i+1].Needs = []string{checkBucket}
	}
	return checks
}

func bucketThere(ctx context.Context, p Plan, b Buckets) Answer {
	region, err := b.Region(ctx, p.Bucket)
	switch {
	case errors.Is(err, ErrNone):
		words := []any{"aws", "s3api", "create-bucket", "--bucket", p.Bucket, "--region", p.Region}
		if p.Region != "us-east-1" { // which S3 takes for no constraint; source: S3 API reference, CreateBucket
			words = append(words, "--create-bucket-configuration", "LocationConstraint="+p.Region)
		}
		return fails("there is no bucket "+p.Bucket, command(words...))
	case err != nil:
		return unasked(err)
	case region != p.Region:
		return fails(fmt.Sprintf("%s lies in %s", p.Bucket, region), command("gh", "variable", "set", archiveVariable, "--repo", p.Repository, "--body", raw("NAME-OF-A-BUCKET-THERE"))).step("State and probes of every tick would cross regions: make one in %s and name that.", p.Region)
	}
	return pass("%s, in %s", p.Bucket, region)
}

func bucketVersioned(ctx context.Context, p Plan, b Buckets) Answer {
	is, err := b.Versioning(ctx, p.Bucket)
	switch {
	case err != nil:
		return unasked(err)
	case is != "Enabled":
		if is == "" {
			is = "never enabled"
		}
		return fails(is+": what is overwritten or deleted is gone", command("aws", "s3api", "put-bucket-versioning", "--bucket", p.Bucket, "--versioning-configuration", "Status=Enabled"))
	}
	return pass("%s", is)
}

func bucketClosed(ctx context.Context, p Plan, b Buckets) Answer {
	open, err := b.Open(ctx, p.Bucket)
	switch {
	case err != nil:
		return unasked(err)
	case len(open) > 0:
		return fails("not on: "+strings.Join(open, ", "), command("aws", "s3api", "put-public-access-block", "--bucket", p.Bucket, "--public-access-block-configuration", "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true"))
	}
	return pass("all four are on")
}

func bucketEncrypted(ctx context.Context, p Plan, b Buckets) Answer {
	by, err := b.Encryption(ctx, p.Bucket)
	switch {
	case err != nil:
		return unasked(err)
	case by == "":
		return fails("none", command("aws", "s3api", "put-bucket-encryption", "--bucket", p.Bucket, "--server-side-encryption-configuration", `{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"}}]}`))
	}
	return pass("%s", by)
}

// lifecycleRule is archive-artifacts' own; source: its command lifecycle.
const lifecycleRule = `{"Rules":[{"ID":"cutover","Status":"Enabled","Filter":{"Prefix":"PREFIX/"},"AbortIncompleteMultipartUpload":{"DaysAfterInitiation":7},"NoncurrentVersionExpiration":{"NoncurrentDays":90},"Expiration":{"ExpiredObjectDeleteMarker":true}}]}`

func bucketRules(ctx context.Context, p Plan, b Buckets) Answer {
	rules, err := b.Rules(ctx, p.Bucket)
	if err != nil {
		return unasked(err)
	}
	aborts, forgets := false, false
	for _, r := range rules {
		meets := strings.HasPrefix(p.Prefix+"/", r.Prefix)
		if r.Expires && (meets || strings.HasPrefix(r.Prefix, p.Prefix+"/")) {
			return fails(fmt.Sprintf("the rule %q deletes what is in use below %s/: releases, the rollout's state", r.ID, p.Prefix), command("aws", "s3api", "get-bucket-lifecycle-configuration", "--bucket", p.Bucket, raw(">"), "rules.json"), command("aws", "s3api", "put-bucket-lifecycle-configuration", "--bucket", p.Bucket, "--lifecycle-configuration", "file://rules.json")).step("Take the rule out of rules.json between the two commands.")
		}
		aborts, forgets = aborts || meets && r.Aborts, forgets || meets && r.Forgets
	}
	if aborts && forgets {
		return pass("unfinished uploads end, old versions go")
	}
	var lacks []string
	if !aborts {
		lacks = append(lacks, "unfinished uploads stay and cost for ever")
	}
	if !forgets {
		lacks = append(lacks, "old versions are never deleted")
	}
	put := command("aws", "s3api", "put-bucket-lifecycle-configuration", "--bucket", p.Bucket, "--lifecycle-configuration", strings.Replace(lifecycleRule, "PREFIX", p.Prefix, 1))
	a := fails(strings.Join(lacks, "; "), put)
	if len(rules) > 0 {
		a = a.step("The command replaces the %s that there are: the command lifecycle of archive-artifacts keeps them.", count(len(rules), "rule"))
	}
	return a
}

func bucketLock(ctx context.Context, p Plan, b Buckets) Answer {
	lock, err := b.Lock(ctx, p.Bucket)
	switch {
	case err != nil:
		return unasked(err)
	case lock.Mode == "COMPLIANCE":
		return fails("every object is kept in compliance mode: nobody can delete anything, nor prune the archive", command("aws", "s3api", "put-object-lock-configuration", "--bucket", p.Bucket, "--object-lock-configuration", `{"ObjectLockEnabled":"Enabled"}`)).step("What was written so far stays locked until its time is over.")
	case lock.Mode != "":
		return pass("on, with a default retention in mode %s", lock.Mode)
	case lock.On:
		return pass("on, without a default retention: legal holds are to be had")
	}
	return pass("none: legal holds (legal-hold: true) are not to be had")
}

func bucketProbed(ctx context.Context, p Plan, b Buckets, key string) Answer {
	kept, err := b.Probe(ctx, p.Bucket, key)
	switch {
	case err != nil:
		return unasked(err)
	case !kept:
		return fails("a second write on the same condition was taken: two runs would overwrite each other's state", command("aws", "s3api", "put-object", "--bucket", p.Bucket, "--key", key, "--if-none-match", "*")).step("The command must be refused (412) when it is given twice. A store that takes both is none for the rollout's state: use S3 itself.")
	}
	return pass("the second write of %s was refused; it is removed", key)
}
