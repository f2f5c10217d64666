package cloud

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Tag gives a resource tags; nil takes it away.
func (c *Cloud) Tag(arn string, tags map[string]string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.watch.tagged == nil {
		c.watch.tagged = map[string]map[string]string{}
	}
	if c.watch.tagged[arn] = tags; tags == nil {
		delete(c.watch.tagged, arn)
	}
}

// json11 reads a request of the protocol JSON 1.1 strictly. false says that it
// is answered.
func (c *Cloud) json11(w http.ResponseWriter, r *http.Request, service, target string, in any) bool {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if r.Header.Get("X-Amz-Target") != target || r.Method != http.MethodPost {
		c.strange(service + " " + r.Header.Get("X-Amz-Target"))
		failJSON(w, &denial{http.StatusBadRequest, "UnknownOperationException", "this cloud does not know the request"})
		return false
	}
	if err := d.Decode(in); err != nil {
		c.strange(service + " " + target + ": " + err.Error())
		failJSON(w, &denial{http.StatusBadRequest, "SerializationException", err.Error()})
		return false
	}
	if f := c.refusal(service + ":" + target[strings.LastIndexByte(target, '.')+1:]); f != nil {
		failJSON(w, f)
		return false
	}
	return true
}

func failJSON(w http.ResponseWriter, f *denial) {
	w.WriteHeader(f.status)
	reply(w, map[string]string{"__type": f.code, "message": f.message})
}

// tagging answers GetResources; source: Resource Groups Tagging API reference:
// a resource must satisfy every filter, and one of a filter's values; or it is in
// a list of ARNs, beside which nothing else may be asked.
func (c *Cloud) tagging(w http.ResponseWriter, r *http.Request) {
	var in struct {
		PaginationToken     string
		ResourceARNList     []string
		ResourcesPerPage    int
		ResourceTypeFilters []string
		TagFilters          []struct {
			Key    string
			Values []string
		}
	}
	if !c.json11(w, r, "tag", "ResourceGroupsTaggingAPI_20170126.GetResources", &in) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.note(r, "tag:GetResources", "*")
	if n := len(in.ResourceARNList); n > 100 || n > 0 && (in.TagFilters != nil || in.ResourceTypeFilters != nil || in.PaginationToken != "" || in.ResourcesPerPage > 0) {
		failJSON(w, &denial{http.StatusBadRequest, "InvalidParameterException", "ResourceARNList takes 1 to 100 ARNs, and nothing beside it"})
		return
	}
	var found []string
	for at, tags := range c.watch.tagged {
		fits := len(in.ResourceTypeFilters) == 0 || slices.ContainsFunc(in.ResourceTypeFilters, func(t string) bool { return isType(at, t) })
		for _, f := range in.TagFilters {
			value, has := tags[f.Key]
			fits = fits && has && (len(f.Values) == 0 || slices.Contains(f.Values, value))
		}
		if fits && (in.ResourceARNList == nil || slices.Contains(in.ResourceARNList, at)) {
			found = append(found, at)
		}
	}
	slices.Sort(found)
	part, next := page(found, in.PaginationToken)
	if in.ResourceARNList != nil {
		part, next = found, ""
	}
	list := []any{}
	for _, at := range part {
		tags := []map[string]string{}
		for _, key := range slices.Sorted(maps.Keys(c.watch.tagged[at])) {
			tags = append(tags, map[string]string{"Key": key, "Value": c.watch.tagged[at][key]})
		}
		list = append(list, map[string]any{"ResourceARN": at, "Tags": tags})
	}
	reply(w, map[string]any{"ResourceTagMappingList": list, "PaginationToken": next})
}

// isType says whether an ARN is of a type such as lambda:function or s3.
func isType(at, kind string) bool {
	service, resource, narrow := strings.Cut(kind, ":")
	parts := strings.SplitN(at, ":", 6)
	return parts[2] == service && (!narrow || strings.HasPrefix(parts[5], resource+":") || strings.HasPrefix(parts[5], resource+"/"))
}
