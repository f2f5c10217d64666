package cloud

import (
	"net/http"
	"slices"
)

// guarded answers what is asked of a bucket's own guards; source: S3 API reference,
// GetPublicAccessBlock, GetBucketEncryption, GetObjectLockConfiguration.
func (q request) guarded(k KeptBucket) {
	query := q.r.URL.Query()
	text := ""
	switch {
	case query.Has("publicAccessBlock"):
		q.note("GetBucketPublicAccessBlock")
		if slices.Contains(k.Open, "all") {
			failS3(q.w, http.StatusNotFound, "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found")
			return
		}
		for _, name := range []string{"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"} {
			on := "true"
			if slices.Contains(k.Open, name) {
				on = "false"
			}
			text += "<" + name + ">" + on + "</" + name + ">"
		}
		text = "<PublicAccessBlockConfiguration>" + text + "</PublicAccessBlockConfiguration>"
	case query.Has("encryption"):
		q.note("GetEncryptionConfiguration")
		by := k.Encryption
		switch by {
		case "none":
			failS3(q.w, http.StatusNotFound, "ServerSideEncryptionConfigurationNotFoundError", "The server side encryption configuration was not found")
			return
		case "": // what S3 gives every bucket since January 2023
			by = "AES256"
		}
		text = "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>" + by + "</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>"
	default:
		q.note("GetBucketObjectLockConfiguration")
		text = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>" + k.Lock + "</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>"
	}
	q.w.Header().Set("Content-Type", "application/xml")
	_, _ = q.w.Write([]byte(text)) // the caller may be gone
}
