package cloud

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"time"
)

// BackfillRequest is one that costs of the past be told apart by tags.
type BackfillRequest struct {
	From, Requested time.Time
	// Status is PROCESSING, SUCCEEDED or FAILED.
	Status string
}

// Backfills are those that were asked for so far, in their order.
func (c *Cloud) Backfills() []BackfillRequest {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.watch.bill.backfills)
}

// SetBackfills makes these the ones that were asked for.
func (c *Cloud) SetBackfills(all ...BackfillRequest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watch.bill.backfills = all
}

// CostTags are the cost-allocation tags with their status.
func (c *Cloud) CostTags() map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.watch.costs)
}

var linkedTags = &denial{http.StatusBadRequest, "AccessDeniedException", "Linked account doesn't have access to cost allocation tags."}

// updateCostTags changes the status of tags. One that billing has not met is an
// error of its own in an answer of 200; source: Cost Explorer API reference,
// UpdateCostAllocationTagsStatus.
func (c *Cloud) updateCostTags(w http.ResponseWriter, r *http.Request) {
	var in struct {
		CostAllocationTagsStatus []struct{ TagKey, Status string }
	}
	if !c.json11(w, r, "ce", ce+"UpdateCostAllocationTagsStatus", &in) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.note(r, "ce:UpdateCostAllocationTagsStatus", "*")
	switch n := len(in.CostAllocationTagsStatus); {
	case c.watch.linked:
		failJSON(w, linkedTags)
		return
	case n < 1 || n > 20:
		failJSON(w, &denial{http.StatusBadRequest, "ValidationException", "1 validation error detected: costAllocationTagsStatus takes 1 to 20 entries"})
		return
	}
	failed := []any{}
	for _, t := range in.CostAllocationTagsStatus {
		if _, met := c.watch.costs[t.TagKey]; !met {
			failed = append(failed, map[string]string{"TagKey": t.TagKey, "Code": "TagKeysNotFoundException", "Message": "Tag keys not found: " + t.TagKey})
			continue
		}
		c.watch.costs[t.TagKey] = t.Status
	}
	reply(w, map[string]any{"Errors": failed})
}

var zoned = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(([+-]\d\d:\d\d)|Z)$`)

// startBackfill takes one request at a time and one in 24 hours, from the first
// of a month that is no more than twelve back; source: as above,
// StartCostAllocationTagBackfill.
func (c *Cloud) startBackfill(w http.ResponseWriter, r *http.Request) {
	var in struct{ BackfillFrom string }
	if !c.json11(w, r, "ce", ce+"StartCostAllocationTagBackfill", &in) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.note(r, "ce:StartCostAllocationTagBackfill", "*")
	now := c.time().UTC()
	from, err := time.Parse(time.RFC3339, in.BackfillFrom)
	from = from.UTC()
	month := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	busy := slices.ContainsFunc(c.watch.bill.backfills, func(b BackfillRequest) bool {
		return b.Status == "PROCESSING" || now.Sub(b.Requested) < 24*time.Hour
	})
	switch {
	case c.watch.linked:
		failJSON(w, linkedTags)
	case err != nil || !zoned.MatchString(in.BackfillFrom) || from.Day() != 1 || !from.Equal(from.Truncate(24*time.Hour)) || from.After(now) || from.Before(month.AddDate(0, -12, 0)):
		failJSON(w, &denial{http.StatusBadRequest, "ValidationException", "BackfillFrom " + in.BackfillFrom})
	case busy:
		failJSON(w, &denial{http.StatusBadRequest, "BackfillLimitExceededException", "A backfill request has been made in the last 24 hours."})
	default:
		b := BackfillRequest{from, now, "PROCESSING"}
		c.watch.bill.backfills = append(c.watch.bill.backfills, b)
		reply(w, map[string]any{"BackfillRequest": b.told()})
	}
}

func (b BackfillRequest) told() map[string]string {
	at := b.Requested.Format(time.RFC3339)
	told := map[string]string{"BackfillFrom": b.From.Format(time.RFC3339), "RequestedAt": at, "LastUpdatedAt": at, "BackfillStatus": b.Status}
	if b.Status == "SUCCEEDED" {
		told["CompletedAt"] = at
	}
	return told
}

// backfillHistory lists the requests, one a page.
func (c *Cloud) backfillHistory(w http.ResponseWriter, r *http.Request) {
	var in struct {
		MaxResults int
		NextToken  string
	}
	if !c.json11(w, r, "ce", ce+"ListCostAllocationTagBackfillHistory", &in) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.note(r, "ce:ListCostAllocationTagBackfillHistory", "*")
	if c.watch.linked {
		failJSON(w, linkedTags)
		return
	}
	n := len(in.NextToken) // a token is as long as what stands before its page
	list := []any{}
	out := map[string]any{}
	if all := c.watch.bill.backfills; n < len(all) {
		list = append(list, all[n].told())
		if n+1 < len(all) {
			out["NextToken"] = in.NextToken + "x"
		}
	}
	out["BackfillRequests"] = list
	reply(w, out)
}
