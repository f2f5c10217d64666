package monitoring

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// mostInventory bounds inventory.json in bytes: 1,000 functions take a fifth.
const mostInventory = 1 << 20

// ParseInventory reads inventory.json, which errors call name. It is strict:
// what it does not know is an error, and not something left unwatched.
func ParseInventory(name string, data []byte) (Inventory, error) {
	refuse := func(what, got, allowed string) (Inventory, error) {
		return Inventory{}, &fault.Fault{Kind: fault.Input, Name: name, What: what, Got: got, Allowed: allowed, Next: "See schemas/inventory.schema.json."}
	}
	if len(data) > mostInventory {
		return refuse("is too large", strconv.Itoa(len(data))+" bytes", strconv.Itoa(mostInventory)+" bytes")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var i Inventory
	if err := d.Decode(&i); err != nil {
		return refuse("is no inventory: "+err.Error(), "", "")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return refuse("is no inventory: something follows it", "", "one JSON document")
	}
	if i.Version != InventoryVersion {
		return refuse("has a version that this build does not read", strconv.Itoa(i.Version), strconv.Itoa(InventoryVersion))
	}
	seen := map[string]string{}
	for _, c := range i.fields() {
		if !c.like.re.MatchString(c.value) && (c.value != "" || !c.optional) {
			return refuse(c.path+" is missing or is none", c.value, c.like.allowed)
		}
		if c.once == "" {
			continue
		}
		if before, double := seen[c.once+"\n"+c.value]; double {
			return refuse(c.path+" stands at "+before+" already", c.value, "")
		}
		seen[c.once+"\n"+c.value] = c.path
	}
	if what := i.outOfBounds(); what != "" {
		return refuse(what, "", "")
	}
	return i, nil
}

// form is how a value may look.
type form struct {
	re      *pattern.Pattern
	allowed string
}

func formOf(text, allowed string) form {
	return form{pattern.New("^(" + text + ")$"), allowed}
}

// The forms of names; sources: the API references of the services that own them.
var (
	stageForm    = formOf(`[A-Za-z][A-Za-z0-9-]{0,31}`, "the name of a stage")
	regionForm   = formOf(`[a-z]{2}(-[a-z]+)+-[0-9]`, "an AWS region")
	functionForm = formOf(`[A-Za-z0-9_-]{1,64}`, "the name of a function, without its ARN")
	groupForm    = formOf(`[A-Za-z0-9_./#-]{1,512}`, "the name of a log group")
	archForm     = formOf(`arm64|x86_64`, "arm64, x86_64")
	logForm      = formOf(`text|json`, "text, json; left out if it is not known")
	apiTypeForm  = formOf(`http|rest`, "http, rest")
	apiForm      = formOf(`[A-Za-z0-9][A-Za-z0-9 ._-]{0,127}`, "the ID of an HTTP API or the name of a REST API")
	apiStageForm = formOf(`\$default|[A-Za-z0-9_-]{1,128}`, "$default or the name of a stage of the API")
	storeForm    = formOf(`[A-Za-z][A-Za-z0-9-]{0,62}`, "letters, digits and -, starting with a letter")
	redisForm    = formOf(`node|serverless`, "node, serverless")
	dimForm      = formOf(`[A-Za-z][A-Za-z0-9]{0,63}`, "the name of a dimension")
	accountForm  = formOf(`[0-9]{12}`, "an account number of 12 digits")
	bucketForm   = formOf(`[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]`, "the name of an S3 bucket")
)

// field is one text of an inventory. Within what once names, its value may
// stand only once.
type field struct {
	path, value string
	like        form
	optional    bool
	once        string
}

func (i Inventory) fields() []field {
	all := []field{{path: "stage", value: i.Stage, like: stageForm}, {path: "region", value: i.Region, like: regionForm}}
	for n, f := range i.Functions {
		at := fmt.Sprintf("functions[%d].", n)
		all = append(all, field{at + "name", f.Name, functionForm, false, "function"}, field{at + "architecture", f.Architecture, archForm, true, ""},
			field{at + "log_group", f.LogGroup, groupForm, true, ""}, field{at + "log_format", f.LogFormat, logForm, true, ""})
	}
	for n, a := range i.APIs {
		at := fmt.Sprintf("apis[%d].", n)
		all = append(all, field{at + "type", a.Type, apiTypeForm, false, ""}, field{at + "name", a.Name, apiForm, false, ""},
			field{at + "stage", a.Stage, apiStageForm, true, ""}, field{at + "name and stage", a.subject(), form{pattern.New(``), ""}, false, "api"})
	}
	if r := i.RDS; r != nil {
		all = append(all, field{"rds.instance", r.Instance, storeForm, false, ""}, field{"rds.proxy", r.Proxy, storeForm, true, ""})
	}
	if r := i.Redis; r != nil {
		all = append(all, field{"redis.kind", r.Kind, redisForm, false, ""}, field{"redis.dimension", r.Dimension, dimForm, true, ""})
		for n, id := range r.IDs {
			all = append(all, field{fmt.Sprintf("redis.ids[%d]", n), id, storeForm, false, "redis"})
		}
	}
	if o := i.OpenSearch; o != nil {
		all = append(all, field{"opensearch.domain", o.Domain, storeForm, false, ""}, field{"opensearch.account", o.Account, accountForm, false, ""})
	}
	for n, b := range i.Buckets {
		all = append(all, field{fmt.Sprintf("buckets[%d]", n), b, bucketForm, false, "bucket"})
	}
	return all
}

// The most that a stage may have; a composite alarm takes 100 children.
const (
	mostAPIs  = 20
	mostNodes = 50
)

// outOfBounds says which number cannot be right, or "".
func (i Inventory) outOfBounds() string {
	for n, f := range i.Functions {
		// Lambda's own limits; a timeout or a memory of zero is not known.
		if f.TimeoutSeconds < 0 || f.TimeoutSeconds > 900 {
			return fmt.Sprintf("functions[%d].timeout_seconds is %d, and Lambda allows 1 to 900", n, f.TimeoutSeconds)
		}
		if f.MemoryMB != 0 && (f.MemoryMB < 128 || f.MemoryMB > 10_240) {
			return fmt.Sprintf("functions[%d].memory_mb is %d, and Lambda allows 128 to 10240", n, f.MemoryMB)
		}
	}
	switch {
	case len(i.APIs) > mostAPIs:
		return fmt.Sprintf("apis has %d entries, and a stage may have %d", len(i.APIs), mostAPIs)
	case i.RDS != nil && (i.RDS.StorageGB < 0 || i.RDS.StorageGB > 1<<17):
		return fmt.Sprintf("rds.storage_gb is %d, which no instance has", i.RDS.StorageGB)
	case i.Redis != nil && (len(i.Redis.IDs) == 0 || len(i.Redis.IDs) > mostNodes):
		return fmt.Sprintf("redis.ids has %d entries, and 1 to %d are allowed", len(i.Redis.IDs), mostNodes)
	case i.Redis != nil && i.Redis.Kind == redisServerless && len(i.Redis.IDs) > 1:
		return "redis.ids has several entries, and a serverless cache has one name"
	case i.Redis != nil && i.Redis.Kind == redisNode && i.Redis.Dimension != "":
		return "redis.dimension is for serverless caches; nodes have CacheClusterId"
	}
	return ""
}
