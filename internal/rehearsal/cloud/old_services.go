package cloud

import (
	"encoding/xml"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// ImageFunction makes a function whose versions run these images: the first one
// is $LATEST, the others are 1, 2 and so on.
func (o *OldSide) ImageFunction(name string, images ...string) { put(&o.c.old.versions, name, images) }

// Assumes gives a function a role.
func (o *OldSide) Assumes(name, role string) { put(&o.c.old.assumes, name, role) }

// Wears gives a function security groups.
func (o *OldSide) Wears(name string, groups ...string) { put(&o.c.old.wears, name, groups) }

// lambdaOld answers ListFunctions and GetFunction; source: Lambda API reference.
func (c *Cloud) lambdaOld(w http.ResponseWriter, r *http.Request) bool {
	path, ok := strings.CutPrefix(r.URL.Path, "/2015-03-31/functions")
	name := strings.Trim(path, "/")
	if !ok || r.Method != http.MethodGet || strings.Contains(name, "/") {
		return false
	}
	call, resource := "GetFunction", arn("lambda", "function:"+name)
	if name == "" {
		call, resource = "ListFunctions", "*"
	}
	if f := c.refusal("lambda:" + call); f != nil {
		failLambda(w, f.status, f.code, f.message)
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.note(r, "lambda:"+call, resource)
	w.Header().Set("Content-Type", "application/json")
	if name == "" {
		c.listFunctions(w, r)
		return true
	}
	versions := c.versions(name)
	image, ok := versions[r.URL.Query().Get("Qualifier")]
	if !ok {
		failLambda(w, http.StatusNotFound, "ResourceNotFoundException", "Function not found: "+resource)
		return true
	}
	reply(w, map[string]any{"Configuration": map[string]any{"FunctionName": name}, "Code": map[string]any{"ImageUri": image, "ResolvedImageUri": image}})
	return true
}

// versions are the images of a function by version; none for one of a zip.
func (c *Cloud) versions(name string) map[string]string {
	all := map[string]string{}
	for i, image := range c.old.versions[name] {
		all[[]string{"$LATEST", "1", "2", "3", "4"}[i]] = image
	}
	return all
}

func (c *Cloud) listFunctions(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("FunctionVersion") != "ALL" {
		c.unknown = append(c.unknown, "lambda ListFunctions without all versions")
	}
	shown := map[string]any{}
	for name, f := range c.functions {
		shown[name] = f.configuration(name)
	}
	for name := range c.old.versions {
		for version := range c.versions(name) {
			shown[name+":"+version] = map[string]any{"FunctionName": name, "Version": version, "PackageType": "Image", "FunctionArn": arn("lambda", "function:"+name+":"+version)}
		}
	}
	for name, groups := range c.old.wears {
		shown[name+":vpc"] = map[string]any{"FunctionName": name, "Version": "$LATEST", "PackageType": "Zip", "VpcConfig": map[string]any{"VpcId": "vpc-1", "SecurityGroupIds": groups}}
	}
	for name, role := range c.old.assumes {
		shown[name+":role"] = map[string]any{"FunctionName": name, "Version": "$LATEST", "PackageType": "Zip", "Role": role}
	}
	part, next := page(slices.Sorted(maps.Keys(shown)), r.URL.Query().Get("Marker"))
	list := []any{}
	for _, key := range part {
		list = append(list, shown[key])
	}
	out := map[string]any{"Functions": list}
	if next != "" {
		out["NextMarker"] = next
	}
	reply(w, out)
}

// logsOld answers DeleteLogGroup and ListTagsForResource; source: CloudWatch Logs
// API reference.
func (c *Cloud) logsOld(w http.ResponseWriter, r *http.Request, call string) {
	var in struct {
		LogGroupName string `json:"logGroupName"`
		ResourceARN  string `json:"resourceArn"`
	}
	if !c.json11(w, r, "logs", logsTarget+call, &in) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	name := in.LogGroupName
	if in.ResourceARN != "" {
		_, name, _ = strings.Cut(in.ResourceARN, ":log-group:")
	}
	c.note(r, "logs:"+call, arn("logs", "log-group:"+name))
	if _, ok := c.watch.groups[name]; !ok {
		failJSON(w, &denial{http.StatusBadRequest, "ResourceNotFoundException", "The specified log group does not exist."})
		return
	}
	if call == "DeleteLogGroup" {
		delete(c.watch.groups, name)
		reply(w, map[string]any{})
		return
	}
	tags := c.old.tags[arn("logs", "log-group:"+name)]
	if tags == nil {
		tags = map[string]string{}
	}
	reply(w, map[string]any{"tags": tags})
}

// ecrOld answers DescribeRepositories and ListTagsForResource; source: ECR API
// reference. c.mu is held.
func (c *Cloud) ecrOld(w http.ResponseWriter, r *http.Request, call string, names []string, at string) {
	if call == "ListTagsForResource" {
		c.note(r, "ecr:ListTagsForResource", at)
		reply(w, map[string]any{"tags": c.listed(at, "Key", "Value")})
		return
	}
	list := []any{}
	for _, name := range names {
		c.note(r, "ecr:DescribeRepositories", arn("ecr", "repository/"+name))
		if _, ok := c.containers.images[name]; !ok {
			failJSON(w, &denial{http.StatusBadRequest, "RepositoryNotFoundException", "The repository with name '" + name + "' does not exist"})
			return
		}
		list = append(list, map[string]any{"repositoryArn": arn("ecr", "repository/"+name), "repositoryName": name, "registryId": Account, "repositoryUri": Account + ".dkr.ecr." + Region + ".amazonaws.com/" + name, "imageTagMutability": "MUTABLE"})
	}
	reply(w, map[string]any{"repositories": list})
}

// listZones pages; source: Route 53 API reference, ListHostedZones.
func (c *Cloud) listZones(q asked53) (any, *denial) {
	type config struct{ PrivateZone bool }
	type zone struct {
		ID     string `xml:"Id"`
		Name   string
		Config config
	}
	var out struct {
		XMLName   xml.Name `xml:"ListHostedZonesResponse"`
		Zones     []zone   `xml:"HostedZones>HostedZone"`
		Truncated bool     `xml:"IsTruncated"`
		Next      string   `xml:"NextMarker,omitempty"`
		MaxItems  int
	}
	part, next := page(slices.Sorted(maps.Keys(c.dns.zones)), q.r.URL.Query().Get("marker"))
	for _, id := range part {
		out.Zones = append(out.Zones, zone{"/hostedzone/" + id, fqdn53(c.dns.zones[id].name), config{c.dns.zones[id].private}})
	}
	out.MaxItems, out.Truncated, out.Next = onePage, next != "", next
	return out, nil
}
