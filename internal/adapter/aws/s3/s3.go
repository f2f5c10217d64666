// Package s3 stores and fetches objects in Amazon S3, or in what
// AWS_ENDPOINT_URL names: whole small ones ([Store]), and write-once ones of any
// size with their checksums ([Bucket]).
package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/cutover-dev/cutover/internal/fault"
)

// ErrNotFound says that there is no such object.
var ErrNotFound = errors.New("there is no such object")

// Location is an object's place.
type Location struct{ Bucket, Key string }

// ParseLocation reads s3://bucket/key.
func ParseLocation(text string) (Location, error) {
	rest, ok := strings.CutPrefix(text, "s3://")
	bucket, key, both := strings.Cut(rest, "/")
	if !ok || !both || bucket == "" || key == "" || strings.ContainsAny(text, "\r\n\x00") {
		return Location{}, &fault.Fault{Kind: fault.Input, What: "is no place in S3", Got: text, Allowed: "s3://bucket/key"}
	}
	return Location{bucket, key}, nil
}

func (l Location) String() string { return "s3://" + l.Bucket + "/" + l.Key }

// Store reads and writes objects.
type Store struct{ client *s3.Client }

// within bounds one call with all its retries.
const within = time.Minute

// Open makes a store with the credentials that the AWS SDK finds. Retries are
// the SDK's own: backoff with jitter, under the caller's context.
func Open(ctx context.Context, region string) (*Store, error) {
	client, err := connect(ctx, Options{Region: region})
	if err != nil {
		return nil, err
	}
	return &Store{client: client}, nil
}

// Get returns an object of at most limit bytes, or ErrNotFound.
func (s *Store) Get(ctx context.Context, at Location, limit int64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	out, err := s.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &at.Bucket, Key: &at.Key, ChecksumMode: types.ChecksumModeEnabled})
	var none *types.NoSuchKey
	if errors.As(err, &none) {
		return nil, fmt.Errorf("%s: %w", at, ErrNotFound)
	}
	if err != nil {
		return nil, failed("reading", at, err)
	}
	defer func() { _ = out.Body.Close() }() // read to its end
	text, err := io.ReadAll(io.LimitReader(out.Body, limit+1))
	if err != nil {
		return nil, failed("reading", at, err)
	}
	if int64(len(text)) > limit {
		return nil, &fault.Fault{Kind: fault.Input, Name: at.String(), What: fmt.Sprintf("is larger than %d bytes", limit)}
	}
	return text, nil
}

// Put writes an object; the SDK sends a checksum with it.
func (s *Store) Put(ctx context.Context, at Location, text []byte, contentType string) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	_, err := s.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &at.Bucket, Key: &at.Key, Body: bytes.NewReader(text), ContentType: &contentType,
	})
	if err != nil {
		return failed("writing", at, err)
	}
	return nil
}

// failed says what to do about the refusals that people meet. The SDK's errors
// hold request ids and no credentials.
func failed(doing string, at Location, err error) error {
	f := &fault.Fault{Kind: fault.Outside, Name: at.String(), What: doing + " failed", Err: err}
	var told *fault.Fault
	if errors.As(err, &told) {
		return told
	}
	if strings.Contains(err.Error(), "get credentials:") {
		// The SDK has no type for it, and lists everything it has tried.
		f.Kind, f.Err = fault.Input, errors.New("no AWS credentials were found")
		f.Next = "Give the step its role by OIDC: the input role, or aws-actions/configure-aws-credentials before it."
		return f
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		f.Err = fmt.Errorf("%s: %s", api.ErrorCode(), api.ErrorMessage())
		switch api.ErrorCode() {
		case "AccessDenied", "Forbidden":
			f.Kind, f.Next = fault.Input, "Allow the role s3:GetObject and s3:PutObject on this key, and s3:ListBucket on the bucket, without which a missing object reads as denied."
		case "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException":
			f.Kind, f.Next = fault.Input, "Check that region is the bucket's."
		case "BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch":
			f.Next = "What arrived is not what was read: the file changed meanwhile, or the network damaged it. Run it again."
		case "NotImplemented":
			f.Kind, f.Next = fault.Input, "This server does not offer it; S3 does."
		case "NoSuchBucket":
			f.Kind, f.Next = fault.Input, "Check the bucket's name and region."
		case "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken":
			f.Kind, f.Next = fault.Input, "Give the step its role by OIDC: the input role, or aws-actions/configure-aws-credentials before it."
		}
	}
	return f
}
