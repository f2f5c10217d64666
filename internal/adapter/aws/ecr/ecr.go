// Package ecr lists the images of repositories of Amazon ECR and gives the
// credentials by which their registry is spoken to, at AWS or at what
// AWS_ENDPOINT_URL names. The images themselves are read by internal/adapter/registry.
package ecr

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/adapter/aws/session"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire/image"
)

// within bounds one call with all its retries.
const within = time.Minute

// Registry is the registry of an account in a region.
type Registry struct {
	client *ecr.Client
	now    func() time.Time

	mu             sync.Mutex
	user, password string
	address        string
	until          time.Time
}

// Open makes a client with the credentials that the AWS SDK finds; nothing is called
// yet. region is empty for that of the environment.
func Open(ctx context.Context, region string) (*Registry, error) {
	c, err := session.Load(ctx, region, session.Retrying(func(o *retry.StandardOptions) { o.MaxBackoff = 5 * time.Second }))
	if err != nil {
		return nil, err
	}
	return &Registry{client: ecr.NewFromConfig(c), now: time.Now}, nil
}

// early is how long before its end a token is not used any more: what begins with it
// shall end with it. A token is good for twelve hours; source: ECR API reference,
// GetAuthorizationToken.
const early = time.Hour

// Credentials are a user and a password for the registry, the same ones as long as
// they are good.
func (r *Registry) Credentials(ctx context.Context) (user, password string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now().Before(r.until.Add(-early)) {
		return r.user, r.password, nil
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	out, err := r.client.GetAuthorizationToken(ctx, &ecr.GetAuthorizationTokenInput{})
	if err != nil {
		return "", "", refusal.Of("ECR", "gives no token", "Allow the role ecr:GetAuthorizationToken on *.", err)
	}
	if len(out.AuthorizationData) != 1 {
		return "", "", &fault.Fault{Kind: fault.Outside, Name: "ECR", What: "answers the question for a token without one"}
	}
	data := out.AuthorizationData[0]
	text, err := base64.StdEncoding.DecodeString(aws.ToString(data.AuthorizationToken))
	user, password, ok := strings.Cut(string(text), ":")
	if err != nil || !ok || user == "" || password == "" {
		// The text is a secret: it is not shown.
		return "", "", &fault.Fault{Kind: fault.Outside, Name: "ECR", What: "gives a token that is none"}
	}
	r.user, r.password, r.until = user, password, aws.ToTime(data.ExpiresAt)
	r.address = strings.TrimPrefix(aws.ToString(data.ProxyEndpoint), "https://")
	return user, password, nil
}

// Address is the registry's, without https://.
func (r *Registry) Address(ctx context.Context) (string, error) {
	if _, _, err := r.Credentials(ctx); err != nil {
		return "", err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.address == "" {
		return "", &fault.Fault{Kind: fault.Outside, Name: "ECR", What: "does not say where its registry is"}
	}
	return r.address, nil
}

// Repository is one of the registry's; nothing is called yet.
func (r *Registry) Repository(name string) *Repository { return &Repository{r, name} }

// Repository lists one repository. Its list also has what has no tag.
type Repository struct {
	registry *Registry
	name     string
}

var _ image.Catalog = (*Repository)(nil)

// perPage is the most that ECR gives at once.
const perPage = 1000

// Images implements image.Catalog. ECR leaves out what is in its own archive unless
// it is asked for all; source: ECR API reference, DescribeImagesFilter.
func (r *Repository) Images(ctx context.Context) ([]image.Listed, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*within)
	defer cancel()
	pages := ecr.NewDescribeImagesPaginator(r.registry.client, &ecr.DescribeImagesInput{
		RepositoryName: &r.name, MaxResults: aws.Int32(perPage), Filter: &types.DescribeImagesFilter{ImageStatus: types.ImageStatusFilterAny},
	})
	at := map[image.Digest]int{}
	var all []image.Listed
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, r.failed(err)
		}
		for _, d := range page.ImageDetails {
			listed, err := r.listed(d)
			if err != nil {
				return nil, err
			}
			// What was pushed between two pages may stand on both.
			if i, ok := at[listed.Digest]; ok {
				all[i].Tags = append(all[i].Tags, slices.DeleteFunc(listed.Tags, func(tag string) bool { return slices.Contains(all[i].Tags, tag) })...)
				continue
			}
			at[listed.Digest] = len(all)
			all = append(all, listed)
		}
	}
	return all, nil
}

func (r *Repository) listed(d types.ImageDetail) (image.Listed, error) {
	digest, err := image.ParseDigest(aws.ToString(d.ImageDigest))
	if err != nil {
		return image.Listed{}, err
	}
	l := image.Listed{Digest: digest, Tags: slices.Clone(d.ImageTags)}
	switch d.ImageStatus {
	case "", types.ImageStatusActive:
	case types.ImageStatusArchived:
		l.Asleep = "it is in ECR's archive and cannot be pulled until it is restored there"
	default:
		l.Asleep = "ECR says that it is " + string(d.ImageStatus) + ", and gives it out only when it is ACTIVE"
	}
	return l, nil
}

func (r *Repository) failed(err error) error {
	f := refusal.Of("ECR repository "+r.name, "cannot be listed", "Allow the role ecr:DescribeImages on this repository.", err)
	var none *types.RepositoryNotFoundException
	if errors.As(err, &none) {
		f.Kind, f.Next = fault.Input, "Check its name in the section legacy of cutover.yaml, and the region."
	}
	return f
}
