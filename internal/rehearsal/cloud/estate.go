package cloud

import (
	"cmp"
	"encoding/xml"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// estate is what an account has beyond what its stages are watched by.
type estate struct {
	provisioned map[string]map[string]int // by function and alias
	stored      map[string]int64
	reports     map[string][]Report
	queries     []query
	slow        int
	reserved    []Reservation
	caches      []CacheNode
	nats        []NAT
	endpoints   []Endpoint
	kept        map[string]KeptBucket
}

// Reservation is one of RDS or, as its class says, of ElastiCache: what the account
// has, or with Offer what AWS offers for that much an hour.
type Reservation struct {
	Class, State, Kind string
	Count              int
	MultiAZ, Offer     bool
	Hourly             string
	Years              int
}

// Reservations makes these the reservations and offers.
func (c *Cloud) Reservations(all ...Reservation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watch.estate.reserved = all
}

// CacheNode is a cluster of one node.
type CacheNode struct {
	ID, Type string
	Created  time.Time
}

// CacheNodes makes these the clusters of ElastiCache.
func (c *Cloud) CacheNodes(all ...CacheNode) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watch.estate.caches = all
}

// reservations lists what is of a service, sorted and in pages, as the caller
// filters it.
func (c *Cloud) reservations(r *http.Request, service string, offer bool) (part []Reservation, next string) {
	byName := map[string]Reservation{}
	for i, x := range c.watch.estate.reserved {
		if x.Offer != offer || strings.HasPrefix(x.Class, "cache.") != (service == "elasticache") {
			continue
		}
		fits := true
		for name, has := range map[string]string{
			"DBInstanceClass": x.Class, "CacheNodeType": x.Class, "OfferingType": cmp.Or(x.Kind, "No Upfront"), "Duration": term(x), "MultiAZ": map[bool]string{true: "true", false: "false"}[x.MultiAZ],
		} {
			if want := r.Form.Get(name); want != "" && want != has {
				fits = false
			}
		}
		if fits {
			byName["ri-"+string(rune('a'+i))] = x
		}
	}
	names, next := page(slices.Sorted(maps.Keys(byName)), r.Form.Get("Marker"))
	for _, name := range names {
		part = append(part, byName[name])
	}
	return part, next
}

func term(x Reservation) string {
	if x.Years == 3 {
		return "94608000"
	}
	return "31536000"
}

type charge struct {
	Amount    string `xml:"RecurringChargeAmount"`
	Frequency string `xml:"RecurringChargeFrequency"`
}

func charges(x Reservation) []charge { return []charge{{cmp.Or(x.Hourly, "0"), "Hourly"}} }

// elasticache answers what this project asks; source: ElastiCache API reference,
// query protocol of 2015-02-02.
func (c *Cloud) elasticache(w http.ResponseWriter, r *http.Request) {
	offers := []string{"CacheNodeType", "Duration", "OfferingType", "ProductDescription", "Marker"}
	if !c.query(w, r, "elasticache", "2015-02-02", map[string][]string{"DescribeCacheClusters": {"CacheClusterId"}, "DescribeReservedCacheNodes": {"Marker"}, "DescribeReservedCacheNodesOfferings": offers}) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch r.Form.Get("Action") {
	case "DescribeCacheClusters":
		c.showCaches(w, r)
	case "DescribeReservedCacheNodes":
		c.note(r, "elasticache:DescribeReservedCacheNodes", arn("elasticache", "reserved-instance:*"))
		c.showReservedNodes(w, r, false)
	default:
		c.note(r, "elasticache:DescribeReservedCacheNodesOfferings", "*")
		c.showReservedNodes(w, r, true)
	}
}

func (c *Cloud) showCaches(w http.ResponseWriter, r *http.Request) {
	id := r.Form.Get("CacheClusterId")
	c.note(r, "elasticache:DescribeCacheClusters", arn("elasticache", "cluster:"+id))
	i := slices.IndexFunc(c.watch.estate.caches, func(n CacheNode) bool { return n.ID == id })
	if i < 0 {
		failQuery(w, &denial{http.StatusNotFound, "CacheClusterNotFound", "CacheCluster not found: " + id})
		return
	}
	n := c.watch.estate.caches[i]
	type cluster struct {
		CacheClusterId, CacheNodeType, Engine string // AWS's name
		NumCacheNodes                         int
		CacheClusterCreateTime                string
	}
	answerXML(w, struct {
		XMLName  xml.Name  `xml:"DescribeCacheClustersResponse"`
		Clusters []cluster `xml:"DescribeCacheClustersResult>CacheClusters>CacheCluster"`
	}{Clusters: []cluster{{n.ID, n.Type, "redis", 1, n.Created.UTC().Format(time.RFC3339)}}})
}

func (c *Cloud) showReservedNodes(w http.ResponseWriter, r *http.Request, offers bool) {
	type node struct {
		CacheNodeType, OfferingType, State string
		CacheNodeCount                     int
		Duration                           string
		Charges                            []charge `xml:"RecurringCharges>RecurringCharge"`
	}
	part, next := c.reservations(r, "elasticache", offers)
	var nodes []node
	for _, x := range part {
		nodes = append(nodes, node{x.Class, cmp.Or(x.Kind, "No Upfront"), cmp.Or(x.State, "active"), x.Count, term(x), charges(x)})
	}
	if offers {
		answerXML(w, struct {
			XMLName xml.Name `xml:"DescribeReservedCacheNodesOfferingsResponse"`
			Marker  string   `xml:"DescribeReservedCacheNodesOfferingsResult>Marker,omitempty"`
			Nodes   []node   `xml:"DescribeReservedCacheNodesOfferingsResult>ReservedCacheNodesOfferings>ReservedCacheNodesOffering"`
		}{Marker: next, Nodes: nodes})
		return
	}
	answerXML(w, struct {
		XMLName xml.Name `xml:"DescribeReservedCacheNodesResponse"`
		Marker  string   `xml:"DescribeReservedCacheNodesResult>Marker,omitempty"`
		Nodes   []node   `xml:"DescribeReservedCacheNodesResult>ReservedCacheNodes>ReservedCacheNode"`
	}{Marker: next, Nodes: nodes})
}

// showReservedInstances is the same of RDS; the caller has noted the call.
func (c *Cloud) showReservedInstances(w http.ResponseWriter, r *http.Request, offers bool) {
	type instance struct {
		DBInstanceClass, OfferingType, CurrencyCode, State string
		DBInstanceCount                                    int
		MultiAZ                                            bool
		Duration                                           string
		Charges                                            []charge `xml:"RecurringCharges>RecurringCharge"`
	}
	part, next := c.reservations(r, "rds", offers)
	var all []instance
	for _, x := range part {
		all = append(all, instance{x.Class, cmp.Or(x.Kind, "No Upfront"), "USD", cmp.Or(x.State, "active"), x.Count, x.MultiAZ, term(x), charges(x)})
	}
	if offers {
		answerXML(w, struct {
			XMLName xml.Name   `xml:"DescribeReservedDBInstancesOfferingsResponse"`
			Marker  string     `xml:"DescribeReservedDBInstancesOfferingsResult>Marker,omitempty"`
			All     []instance `xml:"DescribeReservedDBInstancesOfferingsResult>ReservedDBInstancesOfferings>ReservedDBInstancesOffering"`
		}{Marker: next, All: all})
		return
	}
	answerXML(w, struct {
		XMLName xml.Name   `xml:"DescribeReservedDBInstancesResponse"`
		Marker  string     `xml:"DescribeReservedDBInstancesResult>Marker,omitempty"`
		All     []instance `xml:"DescribeReservedDBInstancesResult>ReservedDBInstances>ReservedDBInstance"`
	}{Marker: next, All: all})
}
