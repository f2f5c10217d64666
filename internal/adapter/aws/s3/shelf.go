package s3

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"iter"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/cutover-dev/cutover/internal/release/archive"
	"github.com/cutover-dev/cutover/internal/retire/image"
)

// Shelf is a bucket as an archive of images uses it. A blob passes through without
// being kept here, in memory or on disk: its SHA-256 is its name, so that S3 knows
// from the beginning what must come, and refuses anything else. It implements
// image.Shelf.
type Shelf struct {
	bucket *Bucket
	whole  int64 // the largest object in bytes that one request writes
	part   int64 // the size in bytes of the parts of larger ones
}

var _ image.Shelf = (*Shelf)(nil)

const (
	// wholeObject is the largest that one request writes or copies; source: S3 User
	// Guide, "Amazon S3 multipart upload limits".
	wholeObject = 5 << 30
	// partOfImage is held in memory for each large blob that is on its way. With
	// 10,000 parts at most, it is enough for ECR's largest layer, 52,000 MiB.
	partOfImage = 16 << 20
)

// OpenShelf makes a shelf with the credentials that the AWS SDK finds; nothing is
// called yet.
func OpenShelf(ctx context.Context, bucket string, o Options) (*Shelf, error) {
	b, err := OpenBucket(ctx, bucket, o)
	if err != nil {
		return nil, err
	}
	return &Shelf{b, wholeObject, partOfImage}, nil
}

// String implements image.Shelf.
func (s *Shelf) String() string { return s.bucket.String() }

// Head implements image.Shelf.
func (s *Shelf) Head(ctx context.Context, key string) (image.Object, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	out, err := s.bucket.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &s.bucket.name, Key: &key, ChecksumMode: types.ChecksumModeEnabled})
	if absent(err) {
		return image.Object{}, image.ErrAbsent
	}
	if err != nil {
		return image.Object{}, failed("reading", s.bucket.at(key), err)
	}
	o := image.Object{Key: key, Size: aws.ToInt64(out.ContentLength), Modified: aws.ToTime(out.LastModified), Version: aws.ToString(out.ETag)}
	o.SHA256, _ = checksums(aws.ToString(out.ChecksumSHA256))
	return o, nil
}

// Open implements image.Shelf.
func (s *Shelf) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	body, err := s.bucket.Open(ctx, key)
	if errors.Is(err, archive.ErrAbsent) {
		return nil, image.ErrAbsent
	}
	return body, err
}

// List implements image.Shelf.
func (s *Shelf) List(ctx context.Context, begins string) iter.Seq2[image.Object, error] {
	return func(yield func(image.Object, error) bool) {
		for o, err := range s.bucket.List(ctx, begins) {
			if !yield(image.Object{Key: o.Key, Size: o.Size, Modified: o.Modified}, err) {
				return
			}
		}
	}
}

// condition is If-None-Match or If-Match.
func condition(over string) (none, match *string) {
	if over == "" {
		return aws.String("*"), nil
	}
	return nil, &over
}

// once switches the SDK's retries off: a body that comes from elsewhere cannot be
// begun again here.
func once(o *s3.Options) { o.Retryer = retry.AddWithMaxAttempts(o.Retryer, 1) }

// Put implements image.Shelf.
func (s *Shelf) Put(ctx context.Context, key string, b image.Body) error {
	body, err := b.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }() // only read from
	if b.Size > s.whole {
		err = s.inParts(ctx, key, b, body)
	} else {
		err = s.atOnce(ctx, key, b, body)
	}
	exists, conflict := refusal(err)
	switch {
	case err == nil:
		return nil
	case exists, conflict, absent(err): // the version to be replaced may be gone
		return image.ErrChanged
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case statusOf(err) == 0 && s.another(ctx, key, b.Over):
		return image.ErrChanged
	}
	return failed("writing", s.bucket.at(key), err)
}

// another says whether the object is not the one that was to be replaced. A server
// may refuse a large body from its head and close the connection before the body is
// through: then the refusal itself can be lost, each time.
func (s *Shelf) another(ctx context.Context, key, over string) bool {
	o, err := s.Head(ctx, key)
	return err == nil && o.Version != over
}

// atOnce sends a body as it comes. Its hash is known, so that it is neither read
// twice nor kept.
func (s *Shelf) atOnce(ctx context.Context, key string, b image.Body, body io.Reader) error {
	sum, err := sumOf(b.Digest)
	if err != nil {
		return err
	}
	none, match := condition(b.Over)
	in := &s3.PutObjectInput{
		Bucket: &s.bucket.name, Key: &key, Body: body, ContentLength: &b.Size, ContentType: &b.Type,
		IfNoneMatch: none, IfMatch: match, ChecksumSHA256: encoded(sum),
	}
	_, err = s.bucket.client.PutObject(ctx, in, signed(sum), once)
	return err
}

func sumOf(d image.Digest) (sum archive.Sum, err error) {
	_, err = hex.Decode(sum[:], []byte(d.Hex()))
	return sum, err
}

// inParts sends a body part by part, each with its own hash. The object comes to be
// only once the body has ended as it should: whoever gives it holds its last bytes
// back until it knows.
func (s *Shelf) inParts(ctx context.Context, key string, b image.Body, body io.Reader) (err error) {
	upload, err := s.bucket.client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{
		Bucket: &s.bucket.name, Key: &key, ContentType: &b.Type, ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
	})
	if err != nil {
		return err
	}
	defer func() {
		if err == nil {
			return
		}
		// The caller's time may be up; what stays is dropped by the lifecycle.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), within/6)
		defer cancel()
		_, _ = s.bucket.client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &s.bucket.name, Key: &key, UploadId: upload.UploadId})
	}()
	var parts []types.CompletedPart
	buffer := make([]byte, min(s.part, b.Size))
	for number := int32(1); ; number++ {
		n, e := io.ReadFull(body, buffer)
		if n == 0 && e == io.EOF {
			break
		}
		if e != nil && e != io.ErrUnexpectedEOF {
			return e
		}
		sum := archive.Sum(sha256.Sum256(buffer[:n]))
		out, err := s.bucket.client.UploadPart(ctx, &s3.UploadPartInput{
			Bucket: &s.bucket.name, Key: &key, UploadId: upload.UploadId, PartNumber: aws.Int32(number), Body: bytes.NewReader(buffer[:n]), ChecksumSHA256: encoded(sum),
		}, signed(sum))
		if err != nil {
			return err
		}
		parts = append(parts, types.CompletedPart{ETag: out.ETag, PartNumber: aws.Int32(number), ChecksumSHA256: encoded(sum)})
		if e != nil {
			// ErrUnexpectedEOF is also what a body says that broke off: it says so again.
			if _, again := body.Read(buffer[:1]); again != io.EOF {
				return again
			}
			break
		}
	}
	none, match := condition(b.Over)
	_, err = s.bucket.client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &s.bucket.name, Key: &key, UploadId: upload.UploadId, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
		IfNoneMatch: none, IfMatch: match,
	})
	return err
}

// Copy implements image.Shelf.
func (s *Shelf) Copy(ctx context.Context, from image.Object, to string) error {
	if from.Size > s.whole {
		return image.ErrTooLarge
	}
	ctx, cancel := context.WithTimeout(ctx, 10*within)
	defer cancel()
	in := &s3.CopyObjectInput{
		Bucket: &s.bucket.name, Key: &to, CopySource: aws.String(s.bucket.name + "/" + strings.ReplaceAll(url.PathEscape(from.Key), "%2F", "/")),
		ChecksumAlgorithm: types.ChecksumAlgorithmSha256, MetadataDirective: types.MetadataDirectiveReplace, ContentType: aws.String("application/octet-stream"),
	}
	if from.Version != "" {
		in.CopySourceIfMatch = &from.Version
	}
	_, err := s.bucket.client.CopyObject(ctx, in)
	var api smithy.APIError // the SDK has no type for a source that is not there
	switch {
	case absent(err), errors.As(err, &api) && api.ErrorCode() == "NoSuchKey":
		return image.ErrAbsent
	case statusOf(err) == 412:
		return image.ErrChanged
	case err != nil:
		return failed("copying", s.bucket.at(from.Key), err)
	}
	return nil
}

// Expire puts the rule among the bucket's, in the place of the one with its ID if
// there is one; every other rule stays as it was. It returns the IDs of other rules
// that expire images too.
func (s *Shelf) Expire(ctx context.Context, rule image.Rule) (others []string, err error) {
	return s.bucket.mergeRule(ctx, types.LifecycleRule{
		ID: &rule.ID, Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{Prefix: &rule.Prefix},
		Expiration:                     &types.LifecycleExpiration{Days: &rule.Days},
		NoncurrentVersionExpiration:    &types.NoncurrentVersionExpiration{NoncurrentDays: &rule.Noncurrent},
		AbortIncompleteMultipartUpload: &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: &rule.Abort},
	}, rule.Prefix)
}
