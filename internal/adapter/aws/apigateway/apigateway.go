// Package apigateway asks Amazon API Gateway, or what AWS_ENDPOINT_URL names, for
// the names of REST APIs, by which their metrics go. It is the Gateways of
// internal/monitoring/discover.
package apigateway

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/adapter/aws/session"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring/discover"
)

// Gateways are those of one region.
type Gateways struct{ client *apigateway.Client }

var _ discover.Gateways = (*Gateways)(nil)

// within bounds one question with all its retries.
const within = time.Minute

// Open makes a client with the credentials that the AWS SDK finds. region is
// empty for that of the environment.
func Open(ctx context.Context, region string) (*Gateways, error) {
	c, err := session.Load(ctx, region)
	if err != nil {
		return nil, err
	}
	return &Gateways{apigateway.NewFromConfig(c)}, nil
}

// RESTName implements discover.Gateways.
func (g *Gateways) RESTName(ctx context.Context, id string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	out, err := g.client.GetRestApi(ctx, &apigateway.GetRestApiInput{RestApiId: &id})
	var none *types.NotFoundException
	switch {
	case errors.As(err, &none):
		return "", fmt.Errorf("the REST API %s: %w", id, discover.ErrGone)
	case err != nil:
		return "", refusal.Of(id, "the REST API cannot be looked at", "Allow the role apigateway:GET on /restapis/*.", err)
	case aws.ToString(out.Name) == "":
		return "", &fault.Fault{Kind: fault.Outside, Name: id, What: "the REST API was answered without its name"}
	}
	return *out.Name, nil
}
