// Package sns asks Amazon SNS, or what AWS_ENDPOINT_URL names, who hears of a
// topic. It is the Topics of internal/monitoring/drill.
package sns

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/adapter/aws/session"
	"github.com/cutover-dev/cutover/internal/monitoring/drill"
)

// Topics are those of one region.
type Topics struct{ client *sns.Client }

var _ drill.Topics = (*Topics)(nil)

// within bounds one question with all its pages and retries.
const within = time.Minute

// Open makes a client with the credentials that the AWS SDK finds. region is
// empty for that of the environment.
func Open(ctx context.Context, region string) (*Topics, error) {
	c, err := session.Load(ctx, region)
	if err != nil {
		return nil, err
	}
	return &Topics{sns.NewFromConfig(c)}, nil
}

// Subscriptions implements drill.Topics. One that has not confirmed has no ARN
// of its own; source: SNS API reference, Subscription.
func (t *Topics) Subscriptions(ctx context.Context, topic string) ([]drill.Subscription, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	var all []drill.Subscription
	pages := sns.NewListSubscriptionsByTopicPaginator(t.client, &sns.ListSubscriptionsByTopicInput{TopicArn: &topic})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, refusal.Of(topic, "its subscriptions cannot be listed", "Allow the role sns:ListSubscriptionsByTopic on this topic.", err)
		}
		for _, s := range out.Subscriptions {
			all = append(all, drill.Subscription{
				Protocol: aws.ToString(s.Protocol), Endpoint: aws.ToString(s.Endpoint), Confirmed: strings.HasPrefix(aws.ToString(s.SubscriptionArn), "arn:"),
			})
		}
	}
	return all, nil
}
