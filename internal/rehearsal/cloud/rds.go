package cloud

import (
	"cmp"
	"encoding/xml"
	"maps"
	"net/http"
	"slices"
	"time"
)

// Database is one instance of RDS.
type Database struct {
	ID, Engine, Cluster string
	StorageGB           int
	// Class is db.t4g.medium unless set.
	Class   string
	MultiAZ bool
	Created time.Time
}

// Databases makes these the instances of the account, and proxies its proxies,
// name by ARN.
func (c *Cloud) Databases(proxies map[string]string, instances ...Database) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watch.dbs, c.watch.proxies = instances, proxies
}

// rds answers DescribeDBInstances and DescribeDBProxies; source: RDS API
// reference, query protocol of 2014-10-31.
func (c *Cloud) rds(w http.ResponseWriter, r *http.Request) {
	if !c.query(w, r, "rds", "2014-10-31", map[string][]string{
		"DescribeDBInstances": {"DBInstanceIdentifier"}, "DescribeDBProxies": {"Marker"}, "DescribeReservedDBInstances": {"Marker"},
		"DescribeReservedDBInstancesOfferings": {"DBInstanceClass", "Duration", "OfferingType", "MultiAZ", "ProductDescription", "Marker"},
	}) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch r.Form.Get("Action") {
	case "DescribeDBProxies":
		c.showProxies(w, r)
		return
	case "DescribeReservedDBInstances":
		c.note(r, "rds:DescribeReservedDBInstances", arn("rds", "ri:*"))
		c.showReservedInstances(w, r, false)
		return
	case "DescribeReservedDBInstancesOfferings":
		c.note(r, "rds:DescribeReservedDBInstancesOfferings", "*")
		c.showReservedInstances(w, r, true)
		return
	}
	id := r.Form.Get("DBInstanceIdentifier")
	c.note(r, "rds:DescribeDBInstances", arn("rds", "db:"+id))
	i := slices.IndexFunc(c.watch.dbs, func(d Database) bool { return d.ID == id })
	if i < 0 {
		failQuery(w, &denial{http.StatusNotFound, "DBInstanceNotFound", "DBInstance " + id + " not found."})
		return
	}
	d := c.watch.dbs[i]
	type instance struct {
		DBInstanceIdentifier, Engine string
		AllocatedStorage             int
		DBClusterIdentifier          string `xml:",omitempty"`
		DBInstanceClass              string
		MultiAZ                      bool
		InstanceCreateTime           string
	}
	answerXML(w, struct {
		XMLName   xml.Name   `xml:"DescribeDBInstancesResponse"`
		Instances []instance `xml:"DescribeDBInstancesResult>DBInstances>DBInstance"`
	}{Instances: []instance{{d.ID, d.Engine, d.StorageGB, d.Cluster, cmp.Or(d.Class, "db.t4g.medium"), d.MultiAZ, d.Created.UTC().Format(time.RFC3339)}}})
}

func (c *Cloud) showProxies(w http.ResponseWriter, r *http.Request) {
	c.note(r, "rds:DescribeDBProxies", arn("rds", "db-proxy:*"))
	part, next := page(slices.Sorted(maps.Keys(c.watch.proxies)), r.Form.Get("Marker"))
	type proxy struct{ DBProxyName, DBProxyArn string }
	var out struct {
		XMLName xml.Name `xml:"DescribeDBProxiesResponse"`
		Result  struct {
			DBProxies []proxy `xml:"DBProxies>member"`
			Marker    string  `xml:",omitempty"`
		} `xml:"DescribeDBProxiesResult"`
	}
	for _, at := range part {
		out.Result.DBProxies = append(out.Result.DBProxies, proxy{c.watch.proxies[at], at})
	}
	out.Result.Marker = next
	answerXML(w, out)
}
