package s3

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	refused "github.com/cutover-dev/cutover/internal/adapter/aws/refusal" // refusal is another thing here
	"github.com/cutover-dev/cutover/internal/cost/recommend"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Estate reads how buckets are kept.
type Estate struct{ client *s3.Client }

// mostUploads is how many unfinished uploads of a bucket are added up; of more
// their size stays unknown.
const mostUploads = 100

// OpenEstate makes a client with the credentials that the AWS SDK finds.
func OpenEstate(ctx context.Context, o Options) (*Estate, error) {
	client, err := connect(ctx, o)
	if err != nil {
		return nil, err
	}
	return &Estate{client}, nil
}

// Buckets are those of these names: whether they keep versions, what their
// lifecycle does, what lies in uploads that nobody finished. One that cannot be
// read is named in the second answer. What they hold is not known here.
func (e *Estate) Buckets(ctx context.Context, names []string) ([]recommend.Bucket, []recommend.Unread) {
	found, unread := []recommend.Bucket{}, []recommend.Unread{}
	for _, name := range names {
		b, err := e.bucket(ctx, name)
		if err != nil {
			unread = append(unread, recommend.Unread{What: "buckets", Why: name + ": " + err.Error()})
			continue
		}
		found = append(found, b)
	}
	return found, unread
}

func (e *Estate) bucket(ctx context.Context, name string) (recommend.Bucket, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	b := recommend.Bucket{Name: name, Bytes: map[string]unit.Bytes{}, Unfinished: -1}
	versions, err := e.client.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &name})
	if err != nil {
		return b, refused.Of(name, "its versioning cannot be read", "Allow the role s3:GetBucketVersioning on the bucket.", err)
	}
	// Suspended ones keep the versions that they have.
	b.Versioned = versions.Status != ""
	rules, err := e.client.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: &name})
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() == "NoSuchLifecycleConfiguration" {
		rules, err = &s3.GetBucketLifecycleConfigurationOutput{}, nil
	}
	if err != nil {
		return b, refused.Of(name, "its lifecycle rules cannot be read", "Allow the role s3:GetLifecycleConfiguration on the bucket.", err)
	}
	for _, r := range rules.Rules {
		if r.Status != types.ExpirationStatusEnabled {
			continue
		}
		b.Transitions = b.Transitions || len(r.Transitions) > 0
		b.ExpiresOld = b.ExpiresOld || r.NoncurrentVersionExpiration != nil
		b.AbortsUploads = b.AbortsUploads || r.AbortIncompleteMultipartUpload != nil
	}
	b.Unfinished, err = e.unfinished(ctx, name)
	return b, err
}

// unfinished adds up the parts of uploads that nobody finished, -1 where there are
// too many of them. Some are under way right now: they count as well.
func (e *Estate) unfinished(ctx context.Context, name string) (unit.Bytes, error) {
	out, err := e.client.ListMultipartUploads(ctx, &s3.ListMultipartUploadsInput{Bucket: &name, MaxUploads: aws.Int32(mostUploads)})
	if err != nil {
		return -1, refused.Of(name, "its unfinished uploads cannot be listed", "Allow the role s3:ListBucketMultipartUploads on the bucket.", err)
	}
	if aws.ToBool(out.IsTruncated) {
		return -1, nil
	}
	var sum unit.Bytes
	for _, u := range out.Uploads {
		pages := s3.NewListPartsPaginator(e.client, &s3.ListPartsInput{Bucket: &name, Key: u.Key, UploadId: u.UploadId}, func(o *s3.ListPartsPaginatorOptions) { o.StopOnDuplicateToken = true })
		for pages.HasMorePages() {
			part, err := pages.NextPage(ctx)
			var gone *types.NoSuchUpload
			if errors.As(err, &gone) {
				break // it was finished meanwhile
			}
			if err != nil {
				return -1, refused.Of(name, "the parts of an unfinished upload cannot be listed", "Allow the role s3:ListMultipartUploadParts on the bucket's objects.", err)
			}
			for _, p := range part.Parts {
				sum += unit.Bytes(aws.ToInt64(p.Size))
			}
		}
	}
	return sum, nil
}
