package s3

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/cutover-dev/cutover/internal/release/archive"
)

// Bucket is a bucket as an archive uses it: objects are written once, with
// their SHA-256, and the server refuses what arrived differently. It implements
// archive.Store.
type Bucket struct {
	name     string
	client   *s3.Client
	transfer *transfermanager.Client
}

var _ archive.Store = (*Bucket)(nil)

// partsAtOnce is how many parts of one object are on their way.
const partsAtOnce = 4

// OpenBucket makes a bucket with the credentials that the AWS SDK finds;
// nothing is called yet. Retries are the SDK's own, under the caller's context.
func OpenBucket(ctx context.Context, name string, o Options) (*Bucket, error) {
	client, err := connect(ctx, o)
	if err != nil {
		return nil, err
	}
	b := &Bucket{name: name, client: client}
	b.transfer = transfermanager.New(&checked{Client: client}, func(t *transfermanager.Options) {
		t.Concurrency = partsAtOnce
		// A cancelled upload is taken back within the time that a run has left.
		t.FailTimeout = 2 * time.Second
	})
	return b, nil
}

// String returns s3://bucket.
func (b *Bucket) String() string { return "s3://" + b.name }

func (b *Bucket) at(key string) Location { return Location{b.name, key} }

// Head returns what S3 knows of an object, checksums included.
func (b *Bucket) Head(ctx context.Context, key string) (archive.Object, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	out, err := b.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &b.name, Key: &key, ChecksumMode: types.ChecksumModeEnabled})
	if absent(err) {
		return archive.Object{}, archive.ErrAbsent
	}
	if err != nil {
		return archive.Object{}, failed("reading", b.at(key), err)
	}
	o := archive.Object{
		Key: key, Size: aws.ToInt64(out.ContentLength), Modified: aws.ToTime(out.LastModified),
		Held: out.ObjectLockLegalHoldStatus == types.ObjectLockLegalHoldStatusOn,
	}
	o.SHA256, o.Parts = checksums(aws.ToString(out.ChecksumSHA256))
	return o, nil
}

// Open reads an object. The SDK's own check of the body is off: whoever reads
// here hashes what arrives and holds it against the manifest.
func (b *Bucket) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	out, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: &key}, func(o *s3.Options) {
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
	})
	if absent(err) {
		return nil, archive.ErrAbsent
	}
	if err != nil {
		return nil, failed("reading", b.at(key), err)
	}
	return out.Body, nil
}

// Replace writes a small object, whether it is there or not.
func (b *Bucket) Replace(ctx context.Context, key string, text []byte) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	_, err := b.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &b.name, Key: &key, Body: bytes.NewReader(text), ContentType: aws.String("application/json"), ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
	})
	if err != nil {
		return failed("writing", b.at(key), err)
	}
	return nil
}

// List returns every object whose key begins so, page by page.
func (b *Bucket) List(ctx context.Context, begins string) iter.Seq2[archive.Object, error] {
	return func(yield func(archive.Object, error) bool) {
		pages := s3.NewListObjectsV2Paginator(b.client, &s3.ListObjectsV2Input{Bucket: &b.name, Prefix: &begins})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(archive.Object{}, failed("listing", b.at(begins), err))
				return
			}
			for _, o := range page.Contents {
				if !yield(archive.Object{Key: aws.ToString(o.Key), Size: aws.ToInt64(o.Size), Modified: aws.ToTime(o.LastModified)}, nil) {
					return
				}
			}
		}
	}
}

// deletes is how many keys one request takes at most.
const deletes = 1000

// Delete removes objects. It ends with the first request that fails.
func (b *Bucket) Delete(ctx context.Context, keys []string) error {
	for len(keys) > 0 {
		n := min(deletes, len(keys))
		ids := make([]types.ObjectIdentifier, n)
		for i, k := range keys[:n] {
			ids[i].Key = aws.String(k)
		}
		out, err := b.client.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: &b.name, Delete: &types.Delete{Objects: ids, Quiet: aws.Bool(true)}})
		if err != nil {
			return failed("deleting", b.at(keys[0]), err)
		}
		for _, e := range out.Errors {
			return failed("deleting", b.at(aws.ToString(e.Key)), &smithy.GenericAPIError{Code: aws.ToString(e.Code), Message: aws.ToString(e.Message)})
		}
		keys = keys[n:]
	}
	return nil
}

// CanHold says whether the bucket has object lock.
func (b *Bucket) CanHold(ctx context.Context) (bool, error) {
	out, err := b.client.GetObjectLockConfiguration(ctx, &s3.GetObjectLockConfigurationInput{Bucket: &b.name})
	var api smithy.APIError
	if errors.As(err, &api) {
		switch api.ErrorCode() {
		case "ObjectLockConfigurationNotFoundError", "NotImplemented", "InvalidBucketState":
			return false, nil
		}
	}
	if err != nil {
		return false, failed("reading the object lock", b.at(""), err)
	}
	return out.ObjectLockConfiguration != nil && out.ObjectLockConfiguration.ObjectLockEnabled == types.ObjectLockEnabledEnabled, nil
}

// Hold puts a legal hold on an object's newest version.
func (b *Bucket) Hold(ctx context.Context, key string) error {
	_, err := b.client.PutObjectLegalHold(ctx, &s3.PutObjectLegalHoldInput{
		Bucket: &b.name, Key: &key, LegalHold: &types.ObjectLockLegalHold{Status: types.ObjectLockLegalHoldStatusOn}, ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
	})
	if err != nil {
		return failed("putting the legal hold", b.at(key), err)
	}
	return nil
}

// absent says whether an error is S3's word for no such object. HeadObject has
// no body and so no code but the status.
func absent(err error) bool {
	var none *types.NoSuchKey
	var notFound *types.NotFound
	return errors.As(err, &none) || errors.As(err, &notFound)
}

// statusOf returns the HTTP status of an error, 0 for none.
func statusOf(err error) int {
	var r interface{ HTTPStatusCode() int }
	if errors.As(err, &r) {
		return r.HTTPStatusCode()
	}
	return 0
}

// refusal says which condition S3 refused a write for: the object is there, or
// another write to it is under way.
func refusal(err error) (exists, conflict bool) {
	switch statusOf(err) {
	case http.StatusPreconditionFailed:
		return true, false
	case http.StatusConflict:
		return false, true
	}
	return false, false
}
