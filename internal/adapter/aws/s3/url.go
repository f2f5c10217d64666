package s3

import (
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// URL is the address under which other services read an object with the
// caller's credentials; source: S3 User Guide, "Methods for accessing a bucket".
func (s *Store) URL(at Location) string {
	o := s.client.Options()
	key := (&url.URL{Path: at.Key}).EscapedPath()
	if endpoint := aws.ToString(o.BaseEndpoint); endpoint != "" {
		return strings.TrimSuffix(endpoint, "/") + "/" + at.Bucket + "/" + key
	}
	return "https://" + at.Bucket + ".s3." + o.Region + ".amazonaws.com/" + key
}
