package s3

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/cutover-dev/cutover/internal/release/archive"
)

// MergeLifecycle puts the rule among the bucket's, in the place of the one with
// its ID if there is one; every other rule stays as it was. It returns the IDs
// of other rules that expire current objects of the archive. S3 offers no
// condition on this write: of two at once the later one stays.
func (b *Bucket) MergeLifecycle(ctx context.Context, rule archive.LifecycleRule) (expiring []string, err error) {
	return b.mergeRule(ctx, lifecycle(rule), rule.Filter.Prefix)
}

func (b *Bucket) mergeRule(ctx context.Context, rule types.LifecycleRule, prefix string) (expiring []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	now, err := b.client.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: &b.name})
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() == "NoSuchLifecycleConfiguration" {
		now, err = &s3.GetBucketLifecycleConfigurationOutput{}, nil
	}
	if err != nil {
		return nil, failed("reading the lifecycle rules", b.at(""), err)
	}
	rules := []types.LifecycleRule{rule}
	for _, other := range now.Rules {
		if aws.ToString(other.ID) == aws.ToString(rule.ID) {
			continue
		}
		rules = append(rules, other)
		if expires(other, prefix) {
			expiring = append(expiring, aws.ToString(other.ID))
		}
	}
	_, err = b.client.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{
		Bucket: &b.name, LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: rules},
		// Left out, S3 would put its default in the place of the bucket's setting.
		TransitionDefaultMinimumObjectSize: now.TransitionDefaultMinimumObjectSize,
		ChecksumAlgorithm:                  types.ChecksumAlgorithmSha256,
	})
	if err != nil {
		return nil, failed("writing the lifecycle rules", b.at(""), err)
	}
	return expiring, nil
}

func lifecycle(rule archive.LifecycleRule) types.LifecycleRule {
	return types.LifecycleRule{
		ID: aws.String(rule.ID), Status: types.ExpirationStatus(rule.Status),
		Filter:                         &types.LifecycleRuleFilter{Prefix: aws.String(rule.Filter.Prefix)},
		AbortIncompleteMultipartUpload: &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: aws.Int32(rule.AbortIncompleteMultipartUpload.DaysAfterInitiation)},
		NoncurrentVersionExpiration:    &types.NoncurrentVersionExpiration{NoncurrentDays: aws.Int32(rule.NoncurrentVersionExpiration.NoncurrentDays)},
		Expiration:                     &types.LifecycleExpiration{ExpiredObjectDeleteMarker: aws.Bool(rule.Expiration.ExpiredObjectDeleteMarker)},
	}
}

// expires says whether a rule deletes current objects whose keys begin so.
// Rules that look at tags or sizes count as if they met every object.
func expires(rule types.LifecycleRule, prefix string) bool {
	if rule.Status != types.ExpirationStatusEnabled || rule.Expiration == nil || rule.Expiration.Days == nil && rule.Expiration.Date == nil {
		return false
	}
	begins := beginning(rule)
	return strings.HasPrefix(prefix, begins) || strings.HasPrefix(begins, prefix)
}

// beginning is what the keys begin with that a rule is about.
func beginning(rule types.LifecycleRule) string {
	switch f := rule.Filter; {
	case f == nil:
		// S3 answers a rule as it was written, and for years a rule was written so.
		// Passed over, it would look as if it met every object.
		return aws.ToString(rule.Prefix) //nolint:staticcheck // there is no other field for it
	case f.And != nil:
		return aws.ToString(f.And.Prefix)
	default:
		return aws.ToString(f.Prefix)
	}
}
