package cloud

import (
	"net/http"
	"strings"
)

// RestAPI makes a REST API with an id and a name.
func (c *Cloud) RestAPI(id, name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.watch.rest == nil {
		c.watch.rest = map[string]string{}
	}
	c.watch.rest[id] = name
}

// gateway answers GetRestApi; source: API Gateway API reference.
func (c *Cloud) gateway(w http.ResponseWriter, r *http.Request) {
	id, ok := strings.CutPrefix(r.URL.Path, "/restapis/")
	fail := func(f *denial) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Amzn-Errortype", f.code)
		w.WriteHeader(f.status)
		reply(w, map[string]string{"message": f.message})
	}
	if !ok || strings.Contains(id, "/") || r.Method != http.MethodGet || r.URL.RawQuery != "" {
		c.strange("apigateway " + r.Method + " " + r.URL.String())
		fail(&denial{http.StatusNotImplemented, "NotImplemented", "this cloud does not know the request"})
		return
	}
	if f := c.refusal("apigateway:GetRestApi"); f != nil {
		fail(f)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	// The permission is the method, the ARN has no account; source: Service
	// Authorization Reference, API Gateway Management.
	c.note(r, "apigateway:GET", "arn:aws:apigateway:"+Region+"::/restapis/"+id)
	name, known := c.watch.rest[id]
	if !known {
		fail(&denial{http.StatusNotFound, "NotFoundException", "Invalid API identifier specified " + Account + ":" + id})
		return
	}
	w.Header().Set("Content-Type", "application/json")
	reply(w, map[string]any{"id": id, "name": name})
}
