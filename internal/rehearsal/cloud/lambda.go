package cloud

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Lambda is a function as a test makes one.
type Lambda struct {
	Handler, Runtime, Package string
	Architectures             []string
	MemoryMB, TimeoutSeconds  int
	// LogGroup and LogFormat are Lambda's defaults unless set; Tracing is
	// PassThrough unless it is Active. Edge says that it is a copy of another one.
	LogGroup, LogFormat, Tracing string
	Edge                         bool
	// VPC is the id of the one that it is in, if it is in one.
	VPC string
	// Code is its zip.
	Code string
	// Takes is how long a change is under way before the function has it.
	Takes time.Duration
	// Fails is the reason for which changes of it come to nothing, if they do.
	Fails string
}

type function struct {
	Lambda
	revision int
	// until is when the change that is under way ends, next is its code.
	until   time.Time
	next    string
	problem string
	history []string
}

// Function makes a function, or makes one anew, as somebody else would.
func (c *Cloud) Function(name string, f Lambda) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.Package == "" {
		f.Package = "Zip"
	}
	if f.Architectures == nil {
		f.Architectures = []string{"x86_64"}
	}
	was := c.functions[name]
	made := &function{Lambda: f, revision: 1}
	if was != nil {
		made.revision, made.history = was.revision+1, was.history
	}
	made.history = append(made.history, f.Code)
	c.functions[name] = made
}

// Busy lets a change of a function be under way, as if somebody else had begun
// one, that ends with this code.
func (c *Cloud) Busy(name, code string, takes time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.functions[name]
	f.next, f.until = code, time.Now().Add(takes)
	f.revision++
}

// Remove removes a function.
func (c *Cloud) Remove(name string) { c.mu.Lock(); defer c.mu.Unlock(); delete(c.functions, name) }

// Runs returns the zip that a function runs, "" if there is no such function.
func (c *Cloud) Runs(name string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	f, ok := c.functions[name]
	if !ok {
		return ""
	}
	f.settle()
	return f.Code
}

// Ran lists the zips that a function was given, in their order.
func (c *Cloud) Ran(name string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f, ok := c.functions[name]; ok {
		f.settle()
		return slices.Clone(f.history)
	}
	return nil
}

// Refuse makes requests to Lambda fail: f names status, code and message, or a
// status of 0. It is called ahead of each request and may use the cloud.
func (c *Cloud) Refuse(f func(call, name string) (status int, code, message string)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refuse = f
}

// settle ends a change whose time is over. The revision changes once more then:
// stricter than the API reference says, which leaves it open.
func (f *function) settle() {
	if f.until.IsZero() || time.Now().Before(f.until) {
		return
	}
	f.until = time.Time{}
	f.revision++
	if f.problem = f.Fails; f.problem == "" {
		f.Code = f.next
		f.history = append(f.history, f.next)
	}
}

// lambda answers GetFunctionConfiguration and UpdateFunctionCode; source: Lambda
// API reference, 2015-03-31, for paths, statuses and error codes.
func (c *Cloud) lambda(w http.ResponseWriter, r *http.Request) {
	name, call, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, "/2015-03-31/functions/"), "/")
	if c.account(w, r) || c.lambdaOld(w, r) {
		return
	}
	known := map[string]string{"GET configuration": "GetFunctionConfiguration", "PUT code": "UpdateFunctionCode"}[r.Method+" "+call]
	if !ok || known == "" || !strings.HasPrefix(r.URL.Path, "/2015-03-31/functions/") {
		c.strange("lambda " + r.Method + " " + r.URL.String())
		failLambda(w, http.StatusNotImplemented, "NotImplemented", "this cloud does not know the request")
		return
	}
	c.mu.Lock()
	refuse := c.refuse
	c.mu.Unlock()
	if refuse != nil {
		if status, code, message := refuse(known, name); status != 0 {
			failLambda(w, status, code, message)
			return
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.note(r, "lambda:"+known, arn("lambda", "function:"+name))
	f, ok := c.functions[name]
	if !ok {
		failLambda(w, http.StatusNotFound, "ResourceNotFoundException", "Function not found: "+arn("lambda", "function:"+name))
		return
	}
	f.settle()
	if known == "UpdateFunctionCode" && !c.updateCode(w, r, name, f) {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	reply(w, f.configuration(name))
}

// updateCode begins a change. Conditions in Lambda's order: is the function
// busy, is the revision the one that was named, can the zip be read.
func (c *Cloud) updateCode(w http.ResponseWriter, r *http.Request, name string, f *function) bool {
	var in struct {
		S3Bucket, S3Key, RevisionID string
		Publish, DryRun             bool
	}
	text, err := io.ReadAll(r.Body)
	if err != nil {
		// Whoever sent it was killed half way: it has asked for nothing.
		failLambda(w, http.StatusBadRequest, "InvalidRequestContentException", "Could not parse request body into json")
		return false
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	switch err := decoder.Decode(&in); {
	case err != nil || in.S3Bucket == "" || in.S3Key == "" || in.Publish || in.DryRun:
		// Versions and other sources of code are not what a rollback uses.
		c.unknown = append(c.unknown, fmt.Sprintf("lambda UpdateFunctionCode %+v %v", in, err))
		failLambda(w, http.StatusBadRequest, "InvalidParameterValueException", "this cloud takes code from S3 only")
		return false
	case !f.until.IsZero():
		failLambda(w, http.StatusConflict, "ResourceConflictException", "The operation cannot be performed at this time. An update is in progress for resource: "+arn("lambda", "function:"+name))
		return false
	case in.RevisionID != "" && in.RevisionID != f.revisionID():
		failLambda(w, http.StatusPreconditionFailed, "PreconditionFailedException", "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id")
		return false
	case f.Package != "Zip":
		failLambda(w, http.StatusBadRequest, "InvalidParameterValueException", "Please don't provide S3Bucket, S3Key when updating a function with packageType Image.")
		return false
	}
	// Lambda reads the zip with the caller's rights; source: Lambda Developer
	// Guide, "Deploying .zip files", permissions.
	c.note(r, "s3:GetObject", "arn:aws:s3:::"+in.S3Bucket+"/"+in.S3Key)
	zip, ok := c.buckets[in.S3Bucket][in.S3Key]
	if !ok {
		failLambda(w, http.StatusBadRequest, "InvalidParameterValueException", "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.")
		return false
	}
	if !bytes.HasPrefix(zip.text, []byte("PK")) {
		failLambda(w, http.StatusBadRequest, "InvalidParameterValueException", "Could not unzip uploaded file. Please check your file, then try to upload again.")
		return false
	}
	f.next, f.until, f.problem = string(zip.text), time.Now().Add(f.Takes), ""
	f.revision++
	return true
}

func (f *function) revisionID() string {
	sum := sha256.Sum256(fmt.Append(nil, f.revision))
	text := hex.EncodeToString(sum[:16])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:32]
}

// configuration is what Lambda tells of a function. While a change is under way
// it tells the code that is to come; source: seen in the answers of
// UpdateFunctionCode, whose CodeSha256 is the new one beside InProgress.
func (f *function) configuration(name string) map[string]any {
	code, status := f.Code, "Successful"
	if !f.until.IsZero() {
		code, status = f.next, "InProgress"
	}
	m := map[string]any{
		"FunctionName": name, "FunctionArn": arn("lambda", "function:"+name), "Handler": f.Handler, "Runtime": f.Runtime, "PackageType": f.Package,
		"Architectures": f.Architectures, "CodeSha256": SHA256(code), "CodeSize": len(code), "RevisionId": f.revisionID(), "State": "Active", "LastUpdateStatus": status, "Version": "$LATEST",
	}
	f.more(name, m)
	if f.problem != "" {
		m["LastUpdateStatus"], m["LastUpdateStatusReason"], m["LastUpdateStatusReasonCode"] = "Failed", f.problem, "InternalError"
	}
	return m
}

// more tells memory, timeout, logs and tracing; the defaults are Lambda's.
func (f *function) more(name string, m map[string]any) {
	m["MemorySize"], m["Timeout"] = cmp.Or(f.MemoryMB, 128), cmp.Or(f.TimeoutSeconds, 3)
	m["LoggingConfig"] = map[string]string{"LogFormat": cmp.Or(f.LogFormat, "Text"), "LogGroup": cmp.Or(f.LogGroup, "/aws/lambda/"+name)}
	m["TracingConfig"] = map[string]string{"Mode": cmp.Or(f.Tracing, "PassThrough")}
	if f.VPC != "" {
		m["VpcConfig"] = map[string]any{"VpcId": f.VPC, "SubnetIds": []string{"subnet-1"}, "SecurityGroupIds": []string{"sg-1"}}
	}
	if f.Edge {
		m["MasterArn"] = arn("lambda", "function:"+name+"-main")
	}
}

// Damage puts another content in the place of an object, as a disk or a hand
// does; "" removes it. The checksum that is kept is then that of the content.
func (c *Cloud) Damage(bucket, key, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	o := c.buckets[bucket][key]
	if text == "" {
		delete(c.buckets[bucket], key)
		return
	}
	o.text, o.sum = []byte(text), SHA256(text)
	c.buckets[bucket][key] = o
}

// SHA256 is a zip's hash as Lambda writes it.
func SHA256(zip string) string {
	sum := sha256.Sum256([]byte(zip))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func failLambda(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-Errortype", code)
	w.WriteHeader(status)
	reply(w, map[string]string{"Type": "User", "Message": message})
}
