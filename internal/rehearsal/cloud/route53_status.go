package cloud

import (
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// checkStatus is what each checker says. That of a calculated check cannot be
// asked, and here neither that of an alarm; source: Route 53 API reference,
// GetHealthCheckStatus.
func (c *Cloud) checkStatus(q asked53) (any, *denial) {
	h, no := c.check53(q.path[1])
	if no != nil {
		return nil, no
	}
	if h.config.Type == "CALCULATED" || h.config.Type == "CLOUDWATCH_METRIC" {
		return nil, denied53(http.StatusBadRequest, "InvalidInput", "the status of a "+h.config.Type+" health check cannot be asked")
	}
	type observation struct {
		Region, IPAddress string
		Status            string `xml:"StatusReport>Status"`
		CheckedTime       string `xml:"StatusReport>CheckedTime"`
	}
	var out struct {
		XMLName      xml.Name      `xml:"GetHealthCheckStatusResponse"`
		Observations []observation `xml:"HealthCheckObservations>HealthCheckObservation"`
	}
	at := h.at
	if at.IsZero() {
		at = c.time()
	}
	for i := range h.total {
		o := observation{"us-east-1", fmt.Sprintf("192.0.2.%d", i+1), "Success: HTTP Status Code 200, OK", at.UTC().Format(time.RFC3339)}
		if i >= h.healthy {
			o.Status = "Failure: HTTP Status Code 503, Service Unavailable"
		}
		out.Observations = append(out.Observations, o)
	}
	return out, nil
}

// tag53 is a tag of a health check.
type tag53 struct{ Key, Value string }

func (c *Cloud) changeTags(q asked53) (any, *denial) {
	h, no := c.check53(q.path[2])
	if no != nil {
		return nil, no
	}
	var in struct {
		Add    []tag53  `xml:"AddTags>Tag"`
		Remove []string `xml:"RemoveTagKeys>Key"`
	}
	if no := q.read("ChangeTagsForResourceRequest", &in); no != nil {
		return nil, no
	}
	if len(in.Add)+len(in.Remove) == 0 || len(in.Add) > 10 || slices.ContainsFunc(in.Add, func(t tag53) bool { return strings.HasPrefix(t.Key, "aws:") }) {
		return nil, denied53(http.StatusBadRequest, "InvalidInput", "1 to 10 tags, none of AWS's own")
	}
	if h.tags == nil {
		h.tags = map[string]string{}
	}
	for _, t := range in.Add {
		h.tags[t.Key] = t.Value
	}
	for _, key := range in.Remove {
		delete(h.tags, key)
	}
	return struct {
		XMLName xml.Name `xml:"ChangeTagsForResourceResponse"`
	}{}, nil
}

func (c *Cloud) listTags(q asked53) (any, *denial) {
	h, no := c.check53(q.path[2])
	if no != nil {
		return nil, no
	}
	var out struct {
		XMLName xml.Name `xml:"ListTagsForResourceResponse"`
		Type    string   `xml:"ResourceTagSet>ResourceType"`
		ID      string   `xml:"ResourceTagSet>ResourceId"`
		Tags    []tag53  `xml:"ResourceTagSet>Tags>Tag"`
	}
	out.Type, out.ID = "healthcheck", q.path[2]
	for _, key := range slices.Sorted(maps.Keys(h.tags)) {
		out.Tags = append(out.Tags, tag53{key, h.tags[key]})
	}
	return out, nil
}
