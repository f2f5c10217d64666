package cloud

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// dns53 is Route 53's part of the cloud.
type dns53 struct {
	page    int // records in an answer; 0 is onePage
	zones   map[string]*zone53
	checks  map[string]*healthCheck53
	gone    map[string]bool // references of deleted checks
	targets map[string]bool // health of alias targets that were set
	streams map[string]Stream
	probe   func(host, path string) bool
	changes []change53
	pending pending53
	refuse  func(n int, call string) (status int, code, message string)
	before  func(n int, call string)
	lose    func(n int, call string) bool
	n       int
	number  int
}

type zone53 struct {
	name    string
	private bool
	sets    []RecordSet
}

// pending53 says when changes become INSYNC: after so many looks, or a time.
type pending53 struct {
	looks int
	takes time.Duration
}

type change53 struct {
	id, zone string
	at       time.Time
	looks    int
	takes    time.Duration
}

// spoken53 is the version of Route 53's protocol, and its XML's name space;
// source: Route 53 API reference.
const (
	spoken53    = "/2013-04-01/"
	nameSpace53 = "https://route53.amazonaws.com/doc/2013-04-01/"
)

// asked53 is a request of Route 53, taken apart.
type asked53 struct {
	call string
	path []string // behind the version
	r    *http.Request
	body []byte
}

// routes53 are the calls by method and path, of which {} is anything, and the
// names of query that each takes.
var routes53 = []struct {
	method, path, call string
	query              []string
	answer             func(c *Cloud, q asked53) (any, *denial)
}{
	{"GET", "hostedzone", "ListHostedZones", []string{"marker", "maxitems"}, (*Cloud).listZones},
	{"GET", "hostedzone/{}", "GetHostedZone", nil, (*Cloud).getHostedZone},
	{"GET", "hostedzone/{}/rrset", "ListResourceRecordSets", []string{"name", "type", "identifier", "maxitems"}, (*Cloud).listRecordSets},
	{"POST", "hostedzone/{}/rrset", "ChangeResourceRecordSets", nil, (*Cloud).changeRecordSets},
	{"GET", "change/{}", "GetChange", nil, (*Cloud).getChange},
	{"POST", "healthcheck", "CreateHealthCheck", nil, (*Cloud).createCheck},
	{"GET", "healthcheck", "ListHealthChecks", []string{"marker", "maxitems"}, (*Cloud).listChecks},
	{"GET", "healthcheck/{}", "GetHealthCheck", nil, (*Cloud).getCheck},
	{"POST", "healthcheck/{}", "UpdateHealthCheck", nil, (*Cloud).updateCheck},
	{"DELETE", "healthcheck/{}", "DeleteHealthCheck", nil, (*Cloud).deleteCheck},
	{"GET", "healthcheck/{}/status", "GetHealthCheckStatus", nil, (*Cloud).checkStatus},
	{"POST", "tags/healthcheck/{}", "ChangeTagsForResource", nil, (*Cloud).changeTags},
	{"GET", "tags/healthcheck/{}", "ListTagsForResource", nil, (*Cloud).listTags},
}

// route53 answers Route 53's REST calls; source: Route 53 API reference,
// 2013-04-01.
func (c *Cloud) route53(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	path := strings.Split(strings.Trim(strings.TrimPrefix(r.URL.Path, spoken53), "/"), "/")
	for _, route := range routes53 {
		if err != nil || r.Method != route.method || !strings.HasPrefix(r.URL.Path, spoken53) || !matches53(path, strings.Split(route.path, "/")) {
			continue
		}
		for name := range r.URL.Query() {
			if !slices.Contains(route.query, name) {
				c.strange("route53 " + route.call + " with the parameter " + name)
				refuse53(w, denied53(http.StatusBadRequest, "InvalidInput", "this cloud does not know the parameter "+name))
				return
			}
		}
		c.answer53(w, asked53{route.call, path, r, body}, route.answer)
		return
	}
	c.strange("route53 " + r.Method + " " + r.URL.String())
	refuse53(w, denied53(http.StatusNotFound, "UnknownOperation", "this cloud does not know the request"))
}

func (c *Cloud) answer53(w http.ResponseWriter, q asked53, answer func(*Cloud, asked53) (any, *denial)) {
	c.mu.Lock()
	c.dns.n++
	n, before, fail, lose := c.dns.n, c.dns.before, c.dns.refuse, c.dns.lose
	c.mu.Unlock()
	if before != nil {
		before(n, q.call)
	}
	if q.call == "GetHealthCheckStatus" {
		c.probe53()
	}
	// Times are compared with AWS's clock, which may be another than the caller's.
	w.Header().Set("Date", c.date53())
	if fail != nil {
		if status, code, message := fail(n, q.call); status != 0 {
			c.mu.Lock()
			c.note53(q)
			c.mu.Unlock()
			refuse53(w, denied53(status, code, message))
			return
		}
	}
	c.mu.Lock()
	c.note53(q)
	out, no := answer(c, q)
	c.mu.Unlock()
	if lose != nil && lose(n, q.call) {
		panic(http.ErrAbortHandler) // the request was carried out, its answer gets lost
	}
	if no != nil {
		refuse53(w, no)
		return
	}
	status := http.StatusOK
	if q.call == "CreateHealthCheck" {
		status = http.StatusCreated
		w.Header().Set("Location", "https://route53.amazonaws.com"+spoken53+"healthcheck")
	}
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	_ = xml.NewEncoder(w).Encode(out) // the caller may be gone
}

func matches53(path, pattern []string) bool {
	return slices.EqualFunc(path, pattern, func(a, b string) bool { return a == b || b == "{}" && a != "" })
}

func denied53(status int, code, message string) *denial { return &denial{status, code, message} }

// refuse53 answers with an error. That of a batch has a shape of its own;
// source: Route 53 API reference, InvalidChangeBatch.
func refuse53(w http.ResponseWriter, f *denial) {
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(f.status)
	if f.code == "InvalidChangeBatch" {
		_ = xml.NewEncoder(w).Encode(struct { // the caller may be gone
			XMLName   xml.Name `xml:"https://route53.amazonaws.com/doc/2013-04-01/ InvalidChangeBatch"`
			Messages  []string `xml:"Messages>Message"`
			RequestID string   `xml:"RequestId"`
		}{Messages: strings.Split(f.message, "\n"), RequestID: "53"})
		return
	}
	_ = xml.NewEncoder(w).Encode(struct { // the caller may be gone
		XMLName   xml.Name `xml:"https://route53.amazonaws.com/doc/2013-04-01/ ErrorResponse"`
		Type      string   `xml:"Error>Type"`
		Code      string   `xml:"Error>Code"`
		Message   string   `xml:"Error>Message"`
		RequestID string   `xml:"RequestId"`
	}{Type: "Sender", Code: f.code, Message: f.message, RequestID: "53"})
}

// note53 remembers a call with what IAM binds it to; source: Service
// Authorization Reference, Amazon Route 53. c.mu is held.
func (c *Cloud) note53(q asked53) {
	resource := "*"
	switch kind := q.path[0]; {
	case kind == "tags":
		resource = "arn:aws:route53:::healthcheck/" + q.path[2]
	case len(q.path) > 1:
		resource = "arn:aws:route53:::" + kind + "/" + q.path[1]
	}
	c.note(q.r, "route53:"+q.call, resource)
}

// read takes the body of a request, which must hold nothing unknown; source:
// AWS refuses it as InvalidInput.
func (q asked53) read(root string, v any) *denial {
	d := xml.NewDecoder(strings.NewReader(string(q.body)))
	if err := d.Decode(v); err != nil || !strings.Contains(string(q.body), "<"+root+" xmlns=\""+nameSpace53+"\"") {
		return denied53(http.StatusBadRequest, "InvalidInput", fmt.Sprintf("Invalid XML ; expected %s (%v)", root, err))
	}
	return nil
}

func (c *Cloud) zone53(id string) (*zone53, *denial) {
	if z := c.dns.zones[id]; z != nil {
		return z, nil
	}
	return nil, denied53(http.StatusNotFound, "NoSuchHostedZone", "No hosted zone found with ID: "+id)
}

func (c *Cloud) getHostedZone(q asked53) (any, *denial) {
	z, no := c.zone53(q.path[1])
	if no != nil {
		return nil, no
	}
	return struct {
		XMLName   xml.Name `xml:"GetHostedZoneResponse"`
		ID        string   `xml:"HostedZone>Id"`
		Name      string   `xml:"HostedZone>Name"`
		Reference string   `xml:"HostedZone>CallerReference"`
		Private   bool     `xml:"HostedZone>Config>PrivateZone"`
		Count     int      `xml:"HostedZone>ResourceRecordSetCount"`
	}{ID: "/hostedzone/" + q.path[1], Name: z.name, Reference: "made", Private: z.private, Count: len(z.sets)}, nil
}

// info53 is how a change is shown.
type info53 struct {
	ID          string `xml:"Id"`
	Status      string
	SubmittedAt string
}

func (ch *change53) shown(now time.Time) info53 {
	info := info53{ID: "/change/" + ch.id, Status: "INSYNC", SubmittedAt: ch.at.UTC().Format(time.RFC3339)}
	if ch.looks > 0 || now.Sub(ch.at) < ch.takes {
		info.Status = "PENDING"
	}
	return info
}

// getChange shows a change, and brings it one look nearer to INSYNC.
func (c *Cloud) getChange(q asked53) (any, *denial) {
	for i := range c.dns.changes {
		if ch := &c.dns.changes[i]; ch.id == q.path[1] {
			info := ch.shown(c.time())
			ch.looks = max(0, ch.looks-1)
			return struct {
				XMLName xml.Name `xml:"GetChangeResponse"`
				Info    info53   `xml:"ChangeInfo"`
			}{Info: info}, nil
		}
	}
	return nil, denied53(http.StatusNotFound, "NoSuchChange", "Could not find resource with ID: "+q.path[1])
}

// next53 numbers what is made.
func (c *Cloud) next53(prefix string) string {
	c.dns.number++
	return prefix + strconv.Itoa(c.dns.number)
}
