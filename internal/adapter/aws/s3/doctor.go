package s3

import (
	"bytes"
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	refused "github.com/cutover-dev/cutover/internal/adapter/aws/refusal" // refusal is another thing here
	"github.com/cutover-dev/cutover/internal/doctor"
	"github.com/cutover-dev/cutover/internal/fault"
)

// Settings reads how a bucket is kept.
type Settings struct {
	client *s3.Client
	region string
}

var _ doctor.Buckets = (*Settings)(nil)

// OpenSettings makes a client with the credentials that the AWS SDK finds.
func OpenSettings(ctx context.Context, o Options) (*Settings, error) {
	client, err := connect(ctx, o)
	if err != nil {
		return nil, err
	}
	return &Settings{client, client.Options().Region}, nil
}

// ask makes one call, and says no with the permission that it needs. A code of
// unset is no error but an answer: then found is false.
func ask[I, O any](ctx context.Context, name, what, allow string, call func(context.Context, I, ...func(*s3.Options)) (O, error), in I, unset ...string) (out O, found bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	out, err = call(ctx, in)
	var api smithy.APIError
	if errors.As(err, &api) {
		for _, code := range unset {
			if api.ErrorCode() == code {
				return out, false, nil
			}
		}
	}
	if err != nil {
		return out, false, refused.Of("s3://"+name, what+" cannot be read", "Allow the role "+allow+" on the bucket.", err)
	}
	return out, true, nil
}

// Region implements doctor.Buckets. HeadBucket tells the region also of a bucket
// that lies elsewhere, in a header of the redirection; source: S3 API reference,
// HeadBucket.
func (s *Settings) Region(ctx context.Context, name string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	out, err := s.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &name})
	var none *types.NotFound
	switch {
	case errors.As(err, &none), err != nil && statusOf(err) == 404:
		return "", doctor.ErrNone
	case err != nil && statusOf(err) == 301:
		return "another region", nil
	case err != nil && statusOf(err) == 403:
		return "", &fault.Fault{Kind: fault.Input, Name: "s3://" + name, What: "is another's, or may not be looked at", Next: "Allow the role s3:ListBucket on the bucket, or take another name: those of buckets are unique in the whole world."}
	case err != nil:
		return "", refused.Of("s3://"+name, "it cannot be asked for", "Allow the role s3:ListBucket on the bucket.", err)
	}
	if region := aws.ToString(out.BucketRegion); region != "" {
		return region, nil
	}
	return s.region, nil // servers other than AWS's say nothing: it answered there
}

// Versioning implements doctor.Buckets.
func (s *Settings) Versioning(ctx context.Context, name string) (string, error) {
	out, found, err := ask(ctx, name, "its versioning", "s3:GetBucketVersioning", s.client.GetBucketVersioning, &s3.GetBucketVersioningInput{Bucket: &name})
	if err != nil || !found {
		return "", err
	}
	return string(out.Status), nil
}

// Open implements doctor.Buckets.
func (s *Settings) Open(ctx context.Context, name string) ([]string, error) {
	out, found, err := ask(ctx, name, "its public access block", "s3:GetBucketPublicAccessBlock", s.client.GetPublicAccessBlock, &s3.GetPublicAccessBlockInput{Bucket: &name}, "NoSuchPublicAccessBlockConfiguration")
	if err != nil {
		return nil, err
	}
	var c types.PublicAccessBlockConfiguration
	if found && out.PublicAccessBlockConfiguration != nil {
		c = *out.PublicAccessBlockConfiguration
	}
	var open []string
	for _, setting := range []struct {
		name string
		on   *bool
	}{{"BlockPublicAcls", c.BlockPublicAcls}, {"IgnorePublicAcls", c.IgnorePublicAcls}, {"BlockPublicPolicy", c.BlockPublicPolicy}, {"RestrictPublicBuckets", c.RestrictPublicBuckets}} {
		if !aws.ToBool(setting.on) {
			open = append(open, setting.name)
		}
	}
	return open, nil
}

// Encryption implements doctor.Buckets.
func (s *Settings) Encryption(ctx context.Context, name string) (string, error) {
	out, found, err := ask(ctx, name, "its encryption", "s3:GetEncryptionConfiguration", s.client.GetBucketEncryption, &s3.GetBucketEncryptionInput{Bucket: &name}, "ServerSideEncryptionConfigurationNotFoundError")
	if err != nil || !found || out.ServerSideEncryptionConfiguration == nil {
		return "", err
	}
	for _, r := range out.ServerSideEncryptionConfiguration.Rules {
		if d := r.ApplyServerSideEncryptionByDefault; d != nil {
			return string(d.SSEAlgorithm), nil
		}
	}
	return "", nil
}

// Rules implements doctor.Buckets.
func (s *Settings) Rules(ctx context.Context, name string) ([]doctor.Rule, error) {
	out, found, err := ask(ctx, name, "its lifecycle", "s3:GetLifecycleConfiguration", s.client.GetBucketLifecycleConfiguration, &s3.GetBucketLifecycleConfigurationInput{Bucket: &name}, "NoSuchLifecycleConfiguration")
	if err != nil || !found {
		return nil, err
	}
	var all []doctor.Rule
	for _, r := range out.Rules {
		if r.Status != types.ExpirationStatusEnabled {
			continue
		}
		all = append(all, doctor.Rule{
			ID: aws.ToString(r.ID), Prefix: beginning(r), Expires: r.Expiration != nil && (r.Expiration.Days != nil || r.Expiration.Date != nil),
			Aborts: r.AbortIncompleteMultipartUpload != nil, Forgets: r.NoncurrentVersionExpiration != nil,
		})
	}
	return all, nil
}

// Lock implements doctor.Buckets.
func (s *Settings) Lock(ctx context.Context, name string) (doctor.Lock, error) {
	out, found, err := ask(ctx, name, "its object lock", "s3:GetBucketObjectLockConfiguration", s.client.GetObjectLockConfiguration, &s3.GetObjectLockConfigurationInput{Bucket: &name},
		"ObjectLockConfigurationNotFoundError", "NotImplemented", "InvalidBucketState")
	if err != nil || !found || out.ObjectLockConfiguration == nil {
		return doctor.Lock{}, err
	}
	c := out.ObjectLockConfiguration
	l := doctor.Lock{On: c.ObjectLockEnabled == types.ObjectLockEnabledEnabled}
	if c.Rule != nil && c.Rule.DefaultRetention != nil {
		l.Mode = string(c.Rule.DefaultRetention.Mode)
	}
	return l, nil
}

// Probe implements doctor.Buckets. The object is removed also where the second
// write went wrong, and though the caller has gone.
func (s *Settings) Probe(ctx context.Context, name, key string) (kept bool, err error) {
	put := func(text string) error {
		ctx, cancel := context.WithTimeout(ctx, within)
		defer cancel()
		_, err := s.client.PutObject(ctx, &s3.PutObjectInput{Bucket: &name, Key: &key, Body: bytes.NewReader([]byte(text)), IfNoneMatch: aws.String("*"), ChecksumAlgorithm: types.ChecksumAlgorithmSha256})
		return err
	}
	const allow = "Allow the role s3:PutObject and s3:DeleteObject below doctor/ (cutover iam --action doctor --with probe), or leave probe out."
	err = put("first")
	// A probe that was killed has left its own: it stands for the first.
	if exists, _ := refusal(err); err != nil && !exists {
		return false, refused.Of("s3://"+name+"/"+key, "it cannot be written", allow, err)
	}
	second := put("second")
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer cancel()
	if _, err := s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &name, Key: &key}); err != nil {
		return false, refused.Of("s3://"+name+"/"+key, "it cannot be removed", allow, err)
	}
	exists, _ := refusal(second)
	if second != nil && !exists {
		return false, refused.Of("s3://"+name+"/"+key, "it cannot be written", allow, second)
	}
	return exists, nil
}
