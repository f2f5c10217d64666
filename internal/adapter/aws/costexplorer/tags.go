package costexplorer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer/types"
	"github.com/aws/smithy-go"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring/audit"
)

// ErrAsked says that a backfill was asked for within a day, or is under way.
var ErrAsked = errors.New("a backfill was asked for already")

// aBatch is how many tags one request may activate; source: Cost Explorer API
// reference, UpdateCostAllocationTagsStatus.
const aBatch = 20

// Backfill is a request that costs of the past be told apart by the tags of now.
type Backfill struct {
	From, Requested, Updated time.Time
	// Completed is zero while it is under way.
	Completed time.Time
	// Status is SUCCEEDED, PROCESSING or FAILED.
	Status string
}

// Activate makes costs be told apart by these tags, from now on and up to a day
// later. One that is active stays so. The answer is 200 also where some were
// refused: each that was is named in the error, and the others are active.
func (c *Costs) Activate(ctx context.Context, keys []string) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	var refused []string
	for batch := range slices.Chunk(keys, aBatch) {
		in := &costexplorer.UpdateCostAllocationTagsStatusInput{}
		for _, key := range batch {
			in.CostAllocationTagsStatus = append(in.CostAllocationTagsStatus, types.CostAllocationTagStatusEntry{TagKey: aws.String(key), Status: types.CostAllocationTagStatusActive})
		}
		out, err := c.client.UpdateCostAllocationTagsStatus(ctx, in)
		if err != nil {
			return tagFault(err, "cannot be activated", "ce:UpdateCostAllocationTagsStatus")
		}
		for _, e := range out.Errors {
			refused = append(refused, fmt.Sprintf("%s (%s: %s)", aws.ToString(e.TagKey), aws.ToString(e.Code), aws.ToString(e.Message)))
		}
	}
	if len(refused) > 0 {
		return &fault.Fault{
			Kind: fault.Outside, Name: "cost-allocation tags", What: "were not all activated: " + strings.Join(refused, ", "),
			Next: "Billing meets a tag up to 24 hours after the first resource carries it: run it again then.",
		}
	}
	return nil
}

// Backfill asks that costs since then be told apart by the tags as well: the
// first of a month, of the last twelve. It is [ErrAsked] where AWS takes no
// further request yet: one at a time, and one in 24 hours; source: Cost Explorer
// API reference, StartCostAllocationTagBackfill.
func (c *Costs) Backfill(ctx context.Context, from time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	from = from.UTC()
	if from != time.Date(from.Year(), from.Month(), 1, 0, 0, 0, 0, time.UTC) {
		return &fault.Fault{Kind: fault.Input, Name: "backfill", What: "begins at no month's beginning", Got: from.Format(time.RFC3339), Allowed: "midnight UTC of the first of a month"}
	}
	_, err := c.client.StartCostAllocationTagBackfill(ctx, &costexplorer.StartCostAllocationTagBackfillInput{BackfillFrom: aws.String(from.Format(time.RFC3339))})
	var busy *types.BackfillLimitExceededException
	if errors.As(err, &busy) {
		return fmt.Errorf("%s: %w", busy.ErrorMessage(), ErrAsked)
	}
	if err != nil {
		return tagFault(err, "cannot be backfilled", "ce:StartCostAllocationTagBackfill")
	}
	return nil
}

// Backfills are the requests so far, the newest first.
func (c *Costs) Backfills(ctx context.Context) ([]Backfill, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	var all []Backfill
	pages := costexplorer.NewListCostAllocationTagBackfillHistoryPaginator(c.client, &costexplorer.ListCostAllocationTagBackfillHistoryInput{}, func(o *costexplorer.ListCostAllocationTagBackfillHistoryPaginatorOptions) {
		o.StopOnDuplicateToken = true
	})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, tagFault(err, "whose backfills cannot be listed", "ce:ListCostAllocationTagBackfillHistory")
		}
		for _, r := range out.BackfillRequests {
			b, err := backfill(r)
			if err != nil {
				return nil, err
			}
			all = append(all, b)
		}
	}
	slices.SortStableFunc(all, func(a, b Backfill) int { return b.Requested.Compare(a.Requested) })
	return all, nil
}

func backfill(r types.CostAllocationTagBackfillRequest) (Backfill, error) {
	b := Backfill{Status: string(r.BackfillStatus)}
	for _, x := range []struct {
		text *string
		into *time.Time
	}{{r.BackfillFrom, &b.From}, {r.RequestedAt, &b.Requested}, {r.LastUpdatedAt, &b.Updated}, {r.CompletedAt, &b.Completed}} {
		if aws.ToString(x.text) == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, *x.text)
		if err != nil {
			return b, &fault.Fault{Kind: fault.Outside, Name: "cost-allocation tags", What: "have a backfill whose time is none", Got: *x.text}
		}
		*x.into = at.UTC()
	}
	return b, nil
}

// tagFault tells apart that another account pays: its answer is a refusal like
// any other but for its words, which are seen in the answers to linked accounts,
// and nowhere written.
func tagFault(err error, what, action string) error {
	var api smithy.APIError
	if errors.As(err, &api) && strings.HasPrefix(api.ErrorCode(), "AccessDenied") && strings.Contains(strings.ToLower(api.ErrorMessage()), "linked account") {
		return fmt.Errorf("%s: %w", api.ErrorMessage(), audit.ErrLinked)
	}
	return refusal.Of("cost-allocation tags", what, "Allow the role "+action+" on *.", err)
}
