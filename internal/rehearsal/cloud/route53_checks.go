package cloud

import (
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"time"
)

// CheckConfig is what a health check looks at.
type CheckConfig struct {
	Type                         string
	ResourcePath                 string   `xml:",omitempty"`
	FullyQualifiedDomainName     string   `xml:",omitempty"`
	Port                         int      `xml:",omitempty"`
	RequestInterval              int      `xml:",omitempty"`
	FailureThreshold             int      `xml:",omitempty"`
	MeasureLatency               bool     `xml:",omitempty"`
	Inverted                     bool     `xml:",omitempty"`
	Disabled                     bool     `xml:",omitempty"`
	EnableSNI                    bool     `xml:",omitempty"`
	HealthThreshold              *int     `xml:",omitempty"`
	Children                     []string `xml:"ChildHealthChecks>ChildHealthCheck,omitempty"`
	AlarmIdentifier              *AlarmIdentifier
	InsufficientDataHealthStatus string `xml:",omitempty"`
	// Unknown is what this cloud has no word for, and refuses.
	Unknown []struct {
		XMLName xml.Name
	} `xml:",any"`
}

// AlarmIdentifier names the alarm whose metric a check watches.
type AlarmIdentifier struct {
	Name, Region string
}

type healthCheck53 struct {
	reference string
	config    CheckConfig
	version   int
	tags      map[string]string
	// healthy and total are the checkers of an endpoint.
	healthy, total int
	at             time.Time
	// first is the config that it was made with.
	first CheckConfig
	// stream is what it watches of an alarm, as the alarm was when the check was
	// made.
	stream Stream
	// forced says that a test has set up and last: what the data say, nil for
	// none, and what they said before.
	forced bool
	up     *bool
	last   bool
	// probed is when the endpoint was last asked, up to row times with the other
	// result than the one that stands.
	probed time.Time
	row    int
}

// checked53 is how a health check is shown.
type checked53 struct {
	ID        string      `xml:"Id"`
	Reference string      `xml:"CallerReference"`
	Config    CheckConfig `xml:"HealthCheckConfig"`
	Version   int         `xml:"HealthCheckVersion"`
}

func (h *healthCheck53) shown(id string) checked53 {
	return checked53{id, h.reference, h.config, h.version}
}

func (c *Cloud) check53(id string) (*healthCheck53, *denial) {
	if h := c.dns.checks[id]; h != nil {
		return h, nil
	}
	return nil, denied53(http.StatusNotFound, "NoSuchHealthCheck", "A health check with id "+id+" does not exist.")
}

// createCheck goes by the caller's reference; source: Route 53 API reference,
// CreateHealthCheck.
func (c *Cloud) createCheck(q asked53) (any, *denial) {
	var in struct {
		Reference string      `xml:"CallerReference"`
		Config    CheckConfig `xml:"HealthCheckConfig"`
	}
	if no := q.read("CreateHealthCheckRequest", &in); no != nil {
		return nil, no
	}
	if wrong := c.soundCheck(in.Config); wrong != "" || in.Reference == "" || len(in.Reference) > 64 {
		return nil, denied53(http.StatusBadRequest, "InvalidInput", "Invalid parameter : "+wrong)
	}
	type answer struct {
		XMLName xml.Name  `xml:"CreateHealthCheckResponse"`
		Check   checked53 `xml:"HealthCheck"`
	}
	for id, h := range c.dns.checks {
		switch {
		case h.reference != in.Reference:
		// Whether the settings are held against those of the first request or those
		// of now is not said. Of the two this is the one that takes more care: what
		// comes back may have been edited.
		case !reflect.DeepEqual(h.first, in.Config):
			return nil, denied53(http.StatusConflict, "HealthCheckAlreadyExists", "A conflicting health check already exists with CallerReference "+in.Reference)
		default:
			return answer{Check: h.shown(id)}, nil
		}
	}
	if c.dns.gone[in.Reference] {
		return nil, denied53(http.StatusConflict, "HealthCheckAlreadyExists", "A health check with CallerReference "+in.Reference+" was deleted.")
	}
	id := fmt.Sprintf("%08d-0000-4000-8000-000000000000", len(c.dns.checks)+len(c.dns.gone)+1)
	if c.dns.checks == nil {
		c.dns.checks, c.dns.gone = map[string]*healthCheck53{}, map[string]bool{}
	}
	// A new check counts as healthy until something is known; source: Route 53
	// Developer Guide, "How Route 53 determines whether a health check is healthy".
	h := &healthCheck53{reference: in.Reference, config: in.Config, first: in.Config, version: 1, last: true, healthy: checkers53, total: checkers53}
	if in.Config.Type == "CLOUDWATCH_METRIC" {
		h.stream, _ = c.stream53(in.Config.AlarmIdentifier.Name) // soundCheck has found it
	}
	c.dns.checks[id] = h
	return answer{Check: c.dns.checks[id].shown(id)}, nil
}

// soundCheck says what is wrong with a check; source: Route 53 API reference,
// HealthCheckConfig.
func (c *Cloud) soundCheck(h CheckConfig) string {
	endpoint := slices.Contains([]string{"HTTP", "HTTPS", "TCP"}, h.Type)
	switch {
	case len(h.Unknown) > 0:
		return "this cloud does not know " + h.Unknown[0].XMLName.Local
	case endpoint && h.FullyQualifiedDomainName == "":
		return "FullyQualifiedDomainName or IPAddress is required"
	case endpoint && (h.RequestInterval != 10 && h.RequestInterval != 30 || h.FailureThreshold < 1 || h.FailureThreshold > 10):
		return "RequestInterval is 10 or 30, FailureThreshold 1 to 10"
	case endpoint && (h.HealthThreshold != nil || len(h.Children) > 0 || h.AlarmIdentifier != nil || h.InsufficientDataHealthStatus != ""):
		return "an endpoint has no children and no alarm"
	case endpoint:
		return ""
	case h.FullyQualifiedDomainName != "" || h.ResourcePath != "" || h.Port != 0 || h.RequestInterval != 0 || h.FailureThreshold != 0 || h.EnableSNI:
		return h.Type + " has no endpoint"
	case h.Type == "CALCULATED":
		for _, child := range h.Children {
			if c.dns.checks[child] == nil || c.dns.checks[child].config.Type == "CALCULATED" {
				return "the child " + child + " does not exist, or is calculated itself"
			}
		}
		if h.HealthThreshold == nil || *h.HealthThreshold < 0 || *h.HealthThreshold > 256 || len(h.Children) == 0 || h.AlarmIdentifier != nil {
			return "HealthThreshold from 0 to 256 and children are required"
		}
		return ""
	case h.Type == "CLOUDWATCH_METRIC":
		if h.AlarmIdentifier == nil || h.AlarmIdentifier.Name == "" || h.AlarmIdentifier.Region == "" || h.HealthThreshold != nil || len(h.Children) > 0 ||
			!slices.Contains([]string{"", "Healthy", "Unhealthy", "LastKnownStatus"}, h.InsufficientDataHealthStatus) {
			return "AlarmIdentifier is required"
		}
		return c.unfit53(*h.AlarmIdentifier)
	}
	return "Type " + h.Type
}

func (c *Cloud) getCheck(q asked53) (any, *denial) {
	h, no := c.check53(q.path[1])
	if no != nil {
		return nil, no
	}
	return struct {
		XMLName xml.Name  `xml:"GetHealthCheckResponse"`
		Check   checked53 `xml:"HealthCheck"`
	}{Check: h.shown(q.path[1])}, nil
}

func (c *Cloud) listChecks(q asked53) (any, *denial) {
	part, next := page(slices.Sorted(maps.Keys(c.dns.checks)), q.r.URL.Query().Get("marker"))
	var out struct {
		XMLName   xml.Name    `xml:"ListHealthChecksResponse"`
		Checks    []checked53 `xml:"HealthChecks>HealthCheck"`
		Marker    string
		Truncated bool   `xml:"IsTruncated"`
		Next      string `xml:"NextMarker,omitempty"`
		MaxItems  int
	}
	for _, id := range part {
		out.Checks = append(out.Checks, c.dns.checks[id].shown(id))
	}
	out.Truncated, out.Next, out.MaxItems = next != "", next, onePage
	return out, nil
}

// updateCheck changes what can be changed, if the version is the one that
// stands; source: Route 53 API reference, UpdateHealthCheck.
func (c *Cloud) updateCheck(q asked53) (any, *denial) {
	h, no := c.check53(q.path[1])
	if no != nil {
		return nil, no
	}
	in := struct {
		Version          int `xml:"HealthCheckVersion"`
		Inverted         *bool
		Disabled         *bool
		HealthThreshold  *int
		FailureThreshold *int
		ResourcePath     *string
		Children         []string `xml:"ChildHealthChecks>ChildHealthCheck"`
		Unknown          []struct {
			XMLName xml.Name
		} `xml:",any"`
	}{}
	if no := q.read("UpdateHealthCheckRequest", &in); no != nil {
		return nil, no
	}
	if len(in.Unknown) > 0 {
		return nil, denied53(http.StatusBadRequest, "InvalidInput", "this cloud does not know "+in.Unknown[0].XMLName.Local)
	}
	if in.Version != 0 && in.Version != h.version {
		return nil, denied53(http.StatusConflict, "HealthCheckVersionMismatch", fmt.Sprintf("The version is %d", h.version))
	}
	config := h.config
	set53(&config.Inverted, in.Inverted)
	set53(&config.Disabled, in.Disabled)
	set53(&config.FailureThreshold, in.FailureThreshold)
	set53(&config.ResourcePath, in.ResourcePath)
	if in.HealthThreshold != nil {
		config.HealthThreshold = in.HealthThreshold
	}
	if in.Children != nil {
		config.Children = in.Children
	}
	if wrong := c.soundCheck(config); wrong != "" {
		return nil, denied53(http.StatusBadRequest, "InvalidInput", "Invalid parameter : "+wrong)
	}
	h.config, h.version = config, h.version+1
	return struct {
		XMLName xml.Name  `xml:"UpdateHealthCheckResponse"`
		Check   checked53 `xml:"HealthCheck"`
	}{Check: h.shown(q.path[1])}, nil
}

func set53[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// deleteCheck deletes also what records use, as Route 53 does: its error
// HealthCheckInUse is not in use; source: Route 53 API reference,
// DeleteHealthCheck.
func (c *Cloud) deleteCheck(q asked53) (any, *denial) {
	h, no := c.check53(q.path[1])
	if no != nil {
		return nil, no
	}
	c.dns.gone[h.reference] = true
	delete(c.dns.checks, q.path[1])
	return struct {
		XMLName xml.Name `xml:"DeleteHealthCheckResponse"`
	}{}, nil
}
