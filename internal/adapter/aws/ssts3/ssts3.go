// Package ssts3 reads and writes SST's state bucket: small documents in Amazon
// S3, or in what AWS_ENDPOINT_URL names. It is the Store of internal/deploy.
package ssts3

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/cutover-dev/cutover/internal/adapter/aws/session"
	"github.com/cutover-dev/cutover/internal/deploy"
	"github.com/cutover-dev/cutover/internal/fault"
)

// Bucket is one state bucket.
type Bucket struct {
	client *s3.Client
	name   string
}

// within bounds one call with all its retries.
const within = time.Minute

// Open makes a bucket of that name with the credentials that the AWS SDK finds.
// region is used where the environment names none.
func Open(ctx context.Context, region, name string) (*Bucket, error) {
	c, err := session.Load(ctx, region)
	if err != nil {
		return nil, err
	}
	return &Bucket{name: name, client: s3.NewFromConfig(c, func(o *s3.Options) {
		// Servers other than AWS's own are reached by path.
		o.UsePathStyle = o.BaseEndpoint != nil
		// SST writes documents without a checksum; that is worth no line each time.
		o.DisableLogOutputChecksumValidationSkipped = true
	})}, nil
}

// Get implements deploy.Store.
func (b *Bucket) Get(ctx context.Context, key string, limit int64) (deploy.Object, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	out, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: &key})
	var none *types.NoSuchKey
	if errors.As(err, &none) {
		return deploy.Object{}, fmt.Errorf("%s: %w", key, deploy.ErrNoObject)
	}
	if err != nil {
		return deploy.Object{}, b.failed("reading", key, err)
	}
	defer func() { _ = out.Body.Close() }() // read to its end
	text, err := unpack(out.Body, limit)
	if err != nil {
		return deploy.Object{}, b.failed("reading", key, err)
	}
	return deploy.Object{Text: text, ETag: aws.ToString(out.ETag)}, nil
}

// unpack reads a document, gzipped or not. SST tells the two apart by the first
// bytes as well; source: provider/compress.go, gzipDecode.
func unpack(r io.Reader, limit int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(text, []byte{0x1f, 0x8b}) {
		packed, err := gzip.NewReader(bytes.NewReader(text))
		if err != nil {
			return nil, err
		}
		if text, err = io.ReadAll(io.LimitReader(packed, limit+1)); err != nil {
			return nil, err
		}
	}
	if int64(len(text)) > limit {
		return nil, fmt.Errorf("it is larger than %d bytes", limit)
	}
	return text, nil
}

// Written implements deploy.Store.
func (b *Bucket) Written(ctx context.Context, key string) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	out, err := b.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &b.name, Key: &key})
	var none *types.NotFound
	switch {
	case errors.As(err, &none):
		return time.Time{}, nil
	case err != nil:
		return time.Time{}, b.failed("looking at", key, err)
	}
	return aws.ToTime(out.LastModified), nil
}

// List implements deploy.Store.
func (b *Bucket) List(ctx context.Context, prefix string, most int) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	// One page holds up to a thousand keys, which is more than anybody asks for.
	page := int32(1000)
	if most >= 0 && most < 1000 {
		page = int32(most)
	}
	out, err := b.client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &b.name, Prefix: &prefix, MaxKeys: &page})
	if err != nil {
		return nil, b.failed("listing", prefix, err)
	}
	var keys []string
	for _, o := range out.Contents {
		keys = append(keys, aws.ToString(o.Key))
	}
	return keys, nil
}

// Delete implements deploy.Store. S3 holds the ETag against the object when it
// deletes it (conditional deletes, since September 2025).
func (b *Bucket) Delete(ctx context.Context, key, etag string) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	_, err := b.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.name, Key: &key, IfMatch: &etag})
	return b.written("removing", key, err)
}

// Put implements deploy.Store.
func (b *Bucket) Put(ctx context.Context, key string, text []byte, etag string) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	_, err := b.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &b.name, Key: &key, Body: bytes.NewReader(text), ContentType: aws.String("application/json"), IfMatch: &etag,
	})
	return b.written("writing", key, err)
}

// written tells a condition that did not hold from other failures.
func (b *Bucket) written(doing, key string, err error) error {
	if err == nil {
		return nil
	}
	var answer interface{ HTTPStatusCode() int }
	if errors.As(err, &answer) {
		switch answer.HTTPStatusCode() {
		case http.StatusPreconditionFailed, http.StatusConflict, http.StatusNotFound:
			return fmt.Errorf("%s: %w", key, deploy.ErrChanged)
		}
	}
	return b.failed(doing, key, err)
}

// failed says what to do about the refusals that people meet. The SDK's errors
// hold request ids and no credentials.
func (b *Bucket) failed(doing, key string, err error) error {
	f := &fault.Fault{Kind: fault.Outside, Name: "s3://" + b.name + "/" + key, What: doing + " failed", Err: err}
	var api smithy.APIError
	if errors.As(err, &api) {
		f.Err = fmt.Errorf("%s: %s", api.ErrorCode(), api.ErrorMessage())
		switch api.ErrorCode() {
		case "AccessDenied", "Forbidden":
			f.Kind, f.Next = fault.Input, "Allow the role s3:ListBucket on SST's state bucket and s3:GetObject on its objects, and s3:PutObject and s3:DeleteObject to release locks."
		case "NoSuchBucket":
			f.Kind, f.Next = fault.Input, "Check region and account, and the bucket that the SSM parameter /sst/bootstrap names."
		case "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken":
			f.Kind, f.Next = fault.Input, "Give the step its role by OIDC: the input role, or aws-actions/configure-aws-credentials before it; its session must outlast the deployment."
		}
	}
	return f
}
