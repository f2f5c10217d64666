package cloud

import (
	"encoding/base64"
	"net/http"
	"slices"
	"time"
)

// containers are the repositories of ECR.
type containers struct {
	registry string
	password string
	until    time.Time
	images   map[string][]ECRImage
	// paged is how many images a page has at most; 0 leaves it to the request.
	paged int
}

// ECRImage is an image as ECR lists it.
type ECRImage struct {
	Digest    string
	Tags      []string
	MediaType string
	// Status is ACTIVE when empty; ARCHIVED lies in ECR's own archive.
	Status string
}

// SetECR makes a repository with these images, or makes it anew.
func (c *Cloud) SetECR(repository string, images ...ECRImage) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.containers.images == nil {
		c.containers.images = map[string][]ECRImage{}
	}
	c.containers.images[repository] = slices.Clone(images)
}

// PageECR bounds how many images are on a page.
func (c *Cloud) PageECR(n int) { c.mu.Lock(); defer c.mu.Unlock(); c.containers.paged = n }

// SetRegistry says where the registry is that tokens are for, what they are, and
// until when they are good.
func (c *Cloud) SetRegistry(address, password string, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.containers.registry, c.containers.password, c.containers.until = address, password, until
}

type describeImages struct {
	RegistryID     string `json:"registryId"`
	RepositoryName string `json:"repositoryName"`
	ImageIDs       []struct {
		ImageDigest string `json:"imageDigest"`
		ImageTag    string `json:"imageTag"`
	} `json:"imageIds"`
	NextToken  string `json:"nextToken"`
	MaxResults int    `json:"maxResults"`
	Filter     *struct {
		TagStatus   string `json:"tagStatus"`
		ImageStatus string `json:"imageStatus"`
	} `json:"filter"`
}

// ecr answers GetAuthorizationToken and DescribeImages; source: ECR API reference,
// JSON 1.1.
func (c *Cloud) ecr(w http.ResponseWriter, r *http.Request) {
	var token struct {
		RegistryIDs []string `json:"registryIds"`
	}
	var describe describeImages
	var repositories struct {
		RepositoryNames []string `json:"repositoryNames"`
	}
	var tags struct {
		ResourceARN string `json:"resourceArn"`
	}
	call := c.json11Of(w, r, "ecr", "AmazonEC2ContainerRegistry_V20150921", map[string]any{"GetAuthorizationToken": &token, "DescribeImages": &describe, "DescribeRepositories": &repositories, "ListTagsForResource": &tags})
	if call == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if call == "GetAuthorizationToken" {
		c.note(r, "ecr:GetAuthorizationToken", "*")
		reply(w, map[string]any{"authorizationData": []any{map[string]any{
			"authorizationToken": base64.StdEncoding.EncodeToString([]byte("AWS:" + c.containers.password)),
			"expiresAt":          c.containers.until.Unix(), "proxyEndpoint": "https://" + c.containers.registry,
		}}})
		return
	}
	if call != "DescribeImages" {
		c.ecrOld(w, r, call, repositories.RepositoryNames, tags.ResourceARN)
		return
	}
	c.note(r, "ecr:DescribeImages", arn("ecr", "repository/"+describe.RepositoryName))
	c.describeImages(w, describe)
}

// describeImages; source: API reference: with a filter only images of the status that
// it names, ANY for all; without one only those that are ACTIVE. 100 a page, or as
// many as asked for up to 1,000; neither that nor a token goes with imageIds.
func (c *Cloud) describeImages(w http.ResponseWriter, in describeImages) {
	all, ok := c.containers.images[in.RepositoryName]
	if !ok {
		failJSON(w, &denial{http.StatusBadRequest, "RepositoryNotFoundException", "The repository with name '" + in.RepositoryName + "' does not exist in the registry with id '" + Account + "'"})
		return
	}
	if in.MaxResults < 0 || in.MaxResults > 1000 || len(in.ImageIDs) > 0 && (in.NextToken != "" || in.MaxResults != 0) {
		failJSON(w, &denial{http.StatusBadRequest, "InvalidParameterException", "maxResults must be between 1 and 1000, and not beside imageIds"})
		return
	}
	wanted := "ACTIVE"
	if in.Filter != nil && in.Filter.ImageStatus != "" {
		wanted = in.Filter.ImageStatus
	}
	var keys []string
	found := map[string]map[string]any{}
	for _, i := range all {
		if i.Status == "" {
			i.Status = "ACTIVE"
		}
		if wanted != "ANY" && wanted != i.Status || in.Filter != nil && (in.Filter.TagStatus == "TAGGED" && i.Tags == nil || in.Filter.TagStatus == "UNTAGGED" && i.Tags != nil) {
			continue
		}
		detail := map[string]any{"registryId": Account, "repositoryName": in.RepositoryName, "imageDigest": i.Digest, "imageStatus": i.Status, "imageManifestMediaType": i.MediaType}
		if i.Tags != nil {
			detail["imageTags"] = i.Tags
		}
		keys, found[i.Digest] = append(keys, i.Digest), detail
	}
	slices.Sort(keys)
	most := 100
	if in.MaxResults > 0 {
		most = in.MaxResults
	}
	if c.containers.paged > 0 {
		most = min(most, c.containers.paged)
	}
	keys = slices.DeleteFunc(keys, func(k string) bool { return in.NextToken != "" && k <= in.NextToken })
	out := map[string]any{}
	if len(keys) > most {
		keys = keys[:most]
		out["nextToken"] = keys[most-1]
	}
	details := []any{}
	for _, k := range keys {
		details = append(details, found[k])
	}
	out["imageDetails"] = details
	reply(w, out)
}
