package s3

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	transfertypes "github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/pause"
	"github.com/cutover-dev/cutover/internal/release/archive"
)

// conflicts is how often a write is begun anew because another one to the same
// key was under way (409); S3 asks for that.
const conflicts = 5

// Create writes an object that must not be there (If-None-Match: *). S3 holds
// each body against the SHA-256 that was computed from the file, so that an
// object is stored as it was hashed or not at all.
func (b *Bucket) Create(ctx context.Context, key string, c archive.Content) error {
	for try := range conflicts {
		if _, err := c.Body.Seek(0, io.SeekStart); err != nil {
			return &fault.Fault{Kind: fault.Input, Name: b.at(key).String(), What: "its file cannot be read again", Err: err}
		}
		var err error
		if c.Digest.PartSums == nil {
			err = b.createWhole(ctx, key, c)
		} else {
			err = b.createInParts(ctx, key, c)
		}
		exists, conflict := refusal(err)
		switch {
		case exists:
			return archive.ErrExists
		case !conflict && ctx.Err() != nil:
			return context.Cause(ctx)
		case !conflict && err != nil:
			return b.lost(ctx, key, err)
		case !conflict:
			return nil
		}
		if err := between.Wait(ctx, try+1); err != nil {
			return err
		}
	}
	return &fault.Fault{Kind: fault.Outside, Name: b.at(key).String(), What: "others kept writing the same object", Next: "Run it again."}
}

// lost is what a write has come to that failed. A server may refuse a large
// body from its head and close the connection before the body is through: then
// the refusal itself can be lost, each time. So where no answer came at all,
// the object is asked for.
func (b *Bucket) lost(ctx context.Context, key string, err error) error {
	if statusOf(err) == 0 {
		if _, e := b.Head(ctx, key); e == nil {
			return archive.ErrExists
		}
	}
	return failed("writing", b.at(key), err)
}

// between is how long is waited for others that write the same object.
var between = pause.Backoff{First: 100 * time.Millisecond}

func (b *Bucket) createWhole(ctx context.Context, key string, c archive.Content) error {
	input := &s3.PutObjectInput{
		Bucket: &b.name, Key: &key, Body: c.Body, ContentLength: &c.Digest.Size, ContentType: &c.Type,
		IfNoneMatch: aws.String("*"), ChecksumSHA256: encoded(c.Digest.Sum),
	}
	if c.Hold {
		input.ObjectLockLegalHoldStatus = types.ObjectLockLegalHoldStatusOn
	}
	_, err := b.client.PutObject(ctx, input, signed(c.Digest.Sum))
	return err
}

// createInParts leaves the parts to the transfer manager. Its reader must see a
// size, and must not be closed or read by anybody else meanwhile.
func (b *Bucket) createInParts(ctx context.Context, key string, c archive.Content) error {
	input := &transfermanager.UploadObjectInput{
		Bucket: &b.name, Key: &key, Body: c.Body, ContentType: &c.Type,
		IfNoneMatch: aws.String("*"), ChecksumAlgorithm: transfertypes.ChecksumAlgorithmSha256,
	}
	if c.Hold {
		input.ObjectLockLegalHoldStatus = transfertypes.ObjectLockLegalHoldStatusOn
	}
	part := archive.PartSize(c.Digest.Size)
	out, err := b.transfer.UploadObject(context.WithValue(ctx, sumsKey{}, c.Digest.PartSums), input, func(o *transfermanager.Options) {
		o.PartSizeBytes, o.MultipartUploadThreshold = part, part
	})
	if err != nil {
		return err
	}
	// A server that keeps no checksums returns none; it has checked each part.
	if _, parts := checksums(aws.ToString(out.ChecksumSHA256)); parts != "" && parts != c.Digest.Parts() {
		return &fault.Fault{Kind: fault.Outside, Name: b.at(key).String(), What: "S3 put the parts together to something else than was sent"}
	}
	return nil
}

// sumsKey finds the hashes of an object's parts in a context.
type sumsKey struct{}

// checked is the SDK's client with hashes that are known already: the transfer
// manager would compute each part's once more, and of what it has read by then.
type checked struct{ *s3.Client }

// UploadPart sends a part with the hash that it had when the file was read
// first; S3 refuses it if the file has changed since.
func (c *checked) UploadPart(ctx context.Context, in *s3.UploadPartInput, options ...func(*s3.Options)) (*s3.UploadPartOutput, error) {
	sums, _ := ctx.Value(sumsKey{}).([]archive.Sum)
	n := int(aws.ToInt32(in.PartNumber))
	if n < 1 || n > len(sums) {
		return nil, &fault.Fault{Kind: fault.Input, What: "a file grew while it was archived", Next: "Archive after the build has ended."}
	}
	in.ChecksumSHA256 = encoded(sums[n-1])
	return c.Client.UploadPart(ctx, in, append(options, signed(sums[n-1]))...)
}

// signed hands the body's hash to the signer, which would compute it again.
func signed(sum archive.Sum) func(*s3.Options) {
	known := middleware.InitializeMiddlewareFunc("cutoverKnownHash", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
		return next.HandleInitialize(v4.SetPayloadHash(ctx, hex.EncodeToString(sum[:])), in)
	})
	return func(o *s3.Options) {
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			return stack.Initialize.Add(known, middleware.Before)
		})
	}
}

func encoded(sum archive.Sum) *string {
	return aws.String(base64.StdEncoding.EncodeToString(sum[:]))
}

// checksums tells S3's two kinds of SHA-256 apart: of the whole object (as
// hex), or over those of its parts (as S3 writes it, with their number).
func checksums(text string) (whole, parts string) {
	if strings.Contains(text, "-") {
		return "", text
	}
	sum, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return "", ""
	}
	return hex.EncodeToString(sum), ""
}
