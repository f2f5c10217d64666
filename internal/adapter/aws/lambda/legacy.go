package lambda

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/survey"
)

// Legacy tells the functions that use what ECS has: images of its repositories,
// and its security groups. It is a survey.Source.
type Legacy struct{ functions *Functions }

var _ survey.Source = (*Legacy)(nil)

// looking bounds one look at everything.
const looking = 10 * time.Minute

// OpenLegacy makes a client with the credentials that the AWS SDK finds; nothing
// is called yet.
func OpenLegacy(ctx context.Context, region string) (*Legacy, error) {
	f, err := Open(ctx, region, "")
	if err != nil {
		return nil, err
	}
	return &Legacy{f}, nil
}

// Tell implements survey.Source. Every published version counts: an alias may lead
// to it, and it runs the image that it was published with.
func (l *Legacy) Tell(ctx context.Context, f survey.Focus) (survey.Part, error) {
	ctx, cancel := context.WithTimeout(ctx, looking)
	defer cancel()
	var p survey.Part
	in := &lambda.ListFunctionsInput{FunctionVersion: types.FunctionVersionAll}
	for {
		out, err := l.functions.client.ListFunctions(ctx, in)
		if err != nil {
			return p, refusal.Of("Lambda", "functions cannot be listed", "Allow the role lambda:ListFunctions on *.", err)
		}
		for _, c := range out.Functions {
			if err := l.tell(ctx, &p, f, c); err != nil {
				return p, err
			}
		}
		if in.Marker = out.NextMarker; aws.ToString(in.Marker) == "" {
			return p, nil
		}
	}
}

// tell tells a version of a function, under the function's own ARN.
func (l *Legacy) tell(ctx context.Context, p *survey.Part, f survey.Focus, c types.FunctionConfiguration) error {
	at := f.ARN("lambda", "function:"+aws.ToString(c.FunctionName))
	part := survey.Part{}
	if role := aws.ToString(c.Role); role != "" && known(f, role) {
		part.Link(at, role, "assumes", true)
	}
	if c.VpcConfig != nil {
		for _, group := range c.VpcConfig.SecurityGroupIds {
			if to := f.ARN("ec2", "security-group/"+group); known(f, to) {
				part.Link(at, to, "uses", true)
			}
		}
	}
	if c.PackageType == types.PackageTypeImage {
		image, err := l.image(ctx, f, c)
		if err != nil {
			return err
		}
		if repository, _, _ := strings.Cut(image, "@"); known(f, repository) {
			part.Link(at, image, "runs", true)
			part.Link(at, repository, "runs an image of", true)
		}
	}
	if len(part.Links) > 0 {
		p.Items = append(p.Items, estate.Item{ARN: at, Kind: estate.Function, Name: aws.ToString(c.FunctionName), Print: survey.Print(at)})
		p.Links = append(p.Links, part.Links...)
	}
	return nil
}

// known says whether anything that was told is of this ARN, or refers to it.
func known(f survey.Focus, at string) bool {
	_, told := f.Known.Item(at)
	return told || len(f.Known.To(at)) > 0
}

// image is the ARN of the image that a version runs. The list does not tell it.
func (l *Legacy) image(ctx context.Context, f survey.Focus, c types.FunctionConfiguration) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	out, err := l.functions.client.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: c.FunctionName, Qualifier: c.Version})
	var none *types.ResourceNotFoundException
	if errors.As(err, &none) {
		return "", nil // deleted since it was listed
	}
	if err != nil {
		return "", refusal.Of(aws.ToString(c.FunctionName), "which image it runs cannot be read", "Allow the role lambda:GetFunction on all functions.", err)
	}
	uri := ""
	if out.Code != nil {
		// The one that was given may name a tag, which may name another by now.
		if uri = aws.ToString(out.Code.ResolvedImageUri); uri == "" {
			uri = aws.ToString(out.Code.ImageUri)
		}
	}
	host, path, _ := strings.Cut(uri, "/")
	part := strings.Split(host, ".")
	if len(part) < 6 || part[1] != "dkr" || path == "" {
		return "", &fault.Fault{Kind: fault.Outside, Name: aws.ToString(c.FunctionName), What: "runs an image, and does not say which", Got: uri}
	}
	there := f.Asked
	there.Account, there.Region = part[0], part[3]
	name, digest, ok := strings.Cut(path, "@")
	name, _, _ = strings.Cut(name, ":")
	if ok {
		return there.ARN("ecr", "repository/"+name) + "@" + digest, nil
	}
	return there.ARN("ecr", "repository/"+name), nil
}
