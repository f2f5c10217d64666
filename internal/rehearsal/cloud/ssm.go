package cloud

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

// ssm answers ssm:GetParameter; source: SSM API reference, JSON 1.1.
func (c *Cloud) ssm(w http.ResponseWriter, r *http.Request) {
	var in struct{ Name string }
	text, broken := io.ReadAll(r.Body)
	err := json.Unmarshal(text, &in)
	target := r.Header.Get("X-Amz-Target")
	c.mu.Lock()
	defer c.mu.Unlock()
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	c.note(r, "ssm:"+strings.TrimPrefix(target, "AmazonSSM."), arn("ssm", "parameter"+in.Name))
	switch {
	case broken != nil:
		// Whoever sent it was killed half way: it has asked for nothing.
		w.WriteHeader(http.StatusBadRequest)
	case target == "AmazonSSM.GetParameter" && err == nil && in.Name == "/sst/bootstrap" && c.state != "":
		// AwsBootstrapData of provider/aws.go; 5 steps in June 2026.
		value, _ := json.Marshal(map[string]any{"version": 5, "asset": "sst-asset-x", "assetEcrRegistryId": "1", "assetEcrUrl": "x", "state": c.state})
		reply(w, map[string]any{"Parameter": map[string]any{"Name": in.Name, "Type": "String", "Value": string(value), "Version": 1}})
	case target == "AmazonSSM.GetParameter" && err == nil && strings.HasPrefix(in.Name, "/sst/passphrase/"):
		// 32 bytes in base64, as GetOrCreatePassphrase makes them.
		reply(w, map[string]any{"Parameter": map[string]any{"Name": in.Name, "Type": "SecureString", "Value": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "Version": 1}})
	case target == "AmazonSSM.GetParameter" && err == nil:
		w.WriteHeader(http.StatusBadRequest)
		reply(w, map[string]any{"__type": "ParameterNotFound"})
	default:
		c.unknown = append(c.unknown, target)
		w.WriteHeader(http.StatusBadRequest)
		reply(w, map[string]any{"__type": "InvalidAction", "message": "this cloud does not know the request"})
	}
}
