package cloud

import (
	"cmp"
	"encoding/xml"
	"maps"
	"net/http"
	"slices"
)

// KeptBucket is how a bucket is kept. Versioning is Enabled, Suspended or empty;
// Rules are its lifecycle's as XML, each in Rule; Uploads are unfinished ones, with
// the size of each one's parts by key.
type KeptBucket struct {
	Versioning, Rules string
	Uploads           map[string][]int64
	// Region is another than this cloud's, Open the settings of the public access
	// block that are off, of which "all" is no block at all; Encryption is none where
	// it is "none", Lock the mode of the default retention.
	Region, Encryption, Lock string
	Open                     []string
}

// Keep says how a bucket is kept.
func (c *Cloud) Keep(bucket string, k KeptBucket) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.watch.estate.kept == nil {
		c.watch.estate.kept = map[string]KeptBucket{}
	}
	c.watch.estate.kept[bucket] = k
}

// onEstate answers what is asked of how a bucket is kept; source: S3 API
// reference. false says that it is another question.
func (q request) onEstate() bool {
	query := q.r.URL.Query()
	k := q.watch.estate.kept[q.bucket]
	type upload struct{ Key, UploadId string } // S3's name
	type part struct {
		PartNumber int
		Size       int64
	}
	switch {
	case q.r.Method == http.MethodHead && q.key == "":
		q.note("ListBucket") // that is the permission of HeadBucket
		q.w.Header().Set("X-Amz-Bucket-Region", cmp.Or(k.Region, Region))
	case q.r.Method != http.MethodGet:
		return false
	case q.key == "" && query.Has("versioning"):
		q.note("GetBucketVersioning")
		answerXML(q.w, struct {
			XMLName xml.Name `xml:"VersioningConfiguration"`
			Status  string   `xml:",omitempty"`
		}{Status: k.Versioning})
	case q.key == "" && query.Has("lifecycle"):
		q.note("GetLifecycleConfiguration")
		if k.Rules == "" {
			failS3(q.w, http.StatusNotFound, "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist")
			return true
		}
		q.w.Header().Set("Content-Type", "application/xml")
		_, _ = q.w.Write([]byte("<LifecycleConfiguration>" + k.Rules + "</LifecycleConfiguration>")) // the caller may be gone
	case q.key == "" && query.Has("uploads"):
		q.note("ListBucketMultipartUploads")
		var all []upload
		for _, key := range slices.Sorted(maps.Keys(k.Uploads)) {
			all = append(all, upload{key, "id-" + key})
		}
		answerXML(q.w, struct {
			XMLName     xml.Name `xml:"ListMultipartUploadsResult"`
			IsTruncated bool
			Upload      []upload
		}{Upload: all[:min(len(all), 100)], IsTruncated: len(all) > 100})
	case q.key == "" && (query.Has("publicAccessBlock") || query.Has("encryption") || query.Has("object-lock") && k.Lock != ""):
		q.guarded(k)
	case q.key != "" && query.Has("uploadId"):
		q.note("ListMultipartUploadParts")
		var all []part
		for i, size := range k.Uploads[q.key] {
			all = append(all, part{i + 1, size})
		}
		answerXML(q.w, struct {
			XMLName     xml.Name `xml:"ListPartsResult"`
			IsTruncated bool
			Part        []part
		}{Part: all})
	default:
		return false
	}
	return true
}

// putLifecycle replaces all of a bucket's rules; source: S3 API reference,
// PutBucketLifecycleConfiguration. What a rule says is kept as it came.
func (q request) putLifecycle() {
	text, err := body(q.r)
	var rules struct {
		XMLName xml.Name `xml:"LifecycleConfiguration"`
		Inner   string   `xml:",innerxml"`
	}
	if err != nil || xml.Unmarshal(text, &rules) != nil {
		failS3(q.w, http.StatusBadRequest, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
		return
	}
	if q.watch.estate.kept == nil {
		q.watch.estate.kept = map[string]KeptBucket{}
	}
	k := q.watch.estate.kept[q.bucket]
	k.Rules = rules.Inner
	q.watch.estate.kept[q.bucket] = k
}

// Rules are the rules of a bucket's lifecycle, as XML.
func (c *Cloud) Rules(bucket string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.watch.estate.kept[bucket].Rules
}
