package ecr

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/survey"
)

// Legacy tells the repositories that were named, with their images. It is a
// survey.Source.
type Legacy struct{ registry *Registry }

var _ survey.Source = (*Legacy)(nil)

// looking bounds one look at everything.
const looking = 10 * time.Minute

// OpenLegacy makes a client with the credentials that the AWS SDK finds; nothing
// is called yet.
func OpenLegacy(ctx context.Context, region string) (*Legacy, error) {
	r, err := Open(ctx, region)
	if err != nil {
		return nil, err
	}
	return &Legacy{r}, nil
}

// Tell implements survey.Source. A repository that is not there is not told: the
// plan misses it.
func (l *Legacy) Tell(ctx context.Context, f survey.Focus) (survey.Part, error) {
	ctx, cancel := context.WithTimeout(ctx, looking)
	defer cancel()
	var p survey.Part
	for _, name := range f.Repositories {
		out, err := l.registry.client.DescribeRepositories(ctx, &ecr.DescribeRepositoriesInput{RepositoryNames: []string{name}})
		var none *types.RepositoryNotFoundException
		if errors.As(err, &none) {
			continue
		}
		if err != nil {
			return p, refusal.Of("ECR repository "+name, "cannot be looked at", "Allow the role ecr:DescribeRepositories on this repository.", err)
		}
		if len(out.Repositories) != 1 {
			return p, &fault.Fault{Kind: fault.Outside, Name: "ECR repository " + name, What: "was asked for, and not one came"}
		}
		if err := l.tell(ctx, &p, out.Repositories[0]); err != nil {
			return p, err
		}
	}
	return p, nil
}

func (l *Legacy) tell(ctx context.Context, p *survey.Part, r types.Repository) error {
	at, name := aws.ToString(r.RepositoryArn), aws.ToString(r.RepositoryName)
	out, err := l.registry.client.ListTagsForResource(ctx, &ecr.ListTagsForResourceInput{ResourceArn: &at})
	if err != nil {
		return refusal.Of("ECR repository "+name, "its tags cannot be read", "Allow the role ecr:ListTagsForResource on this repository.", err)
	}
	tags := map[string]string{}
	for _, t := range out.Tags {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	p.Items = append(p.Items, estate.Item{ARN: at, Kind: estate.Repository, Name: name, Tags: tags, Made: aws.ToTime(r.CreatedAt).UTC(), Print: survey.Print(map[string]any{
		"arn": at, "mutability": r.ImageTagMutability, "scanning": r.ImageScanningConfiguration, "encryption": r.EncryptionConfiguration, "tags": tags,
	})})
	images, err := l.registry.Repository(name).Images(ctx)
	if err != nil {
		return err
	}
	for _, i := range images {
		digest, tags := string(i.Digest), slices.Sorted(slices.Values(i.Tags))
		item := estate.Item{ARN: at + "@" + digest, Kind: estate.Image, Name: name + "@" + digest, Print: survey.Print([]any{digest, tags})}
		if len(tags) > 0 {
			item.Name = name + ":" + tags[0]
			item.Facts = map[string]string{"tags": strings.Join(tags, " ")}
		}
		p.Items = append(p.Items, item)
		p.Link(item.ARN, at, estate.BelongsTo, false)
	}
	return nil
}
