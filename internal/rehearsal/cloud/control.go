package cloud

import (
	"encoding/json"
	"net/http"
	"strings"
)

// control lets another process of a rehearsal make functions, as sst would by
// Pulumi: PUT /_control/functions/{name} with a Lambda as JSON, its code in
// base64. It is no part of AWS and is not signed.
func (c *Cloud) control(w http.ResponseWriter, r *http.Request) bool {
	name, ok := strings.CutPrefix(r.URL.Path, "/_control/functions/")
	if !ok || r.Method != http.MethodPut {
		return false
	}
	var in struct {
		Handler, Runtime string
		Architectures    []string
		Code             []byte

		MemoryMB, TimeoutSeconds, LogDays int
		LogFormat, Tracing                string
		Tags                              map[string]string
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return true
	}
	c.Function(name, Lambda{
		Handler: in.Handler, Runtime: in.Runtime, Architectures: in.Architectures, Code: string(in.Code),
		MemoryMB: in.MemoryMB, TimeoutSeconds: in.TimeoutSeconds, LogFormat: in.LogFormat, Tracing: in.Tracing,
	})
	if in.LogDays > 0 {
		c.LogGroup("/aws/lambda/"+name, in.LogDays)
	}
	if len(in.Tags) > 0 {
		c.Tag(arn("lambda", "function:"+name), in.Tags)
	}
	return true
}
