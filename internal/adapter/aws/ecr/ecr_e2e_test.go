//go:build e2e

package ecr_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ecr"

	"github.com/cutover-dev/cutover/internal/adapter/aws/ecr"
	"github.com/cutover-dev/cutover/internal/adapter/aws/session"
	"github.com/cutover-dev/cutover/internal/mototest"
)

// An AWS that was not written here understands what is asked and answers in the words
// that are read.
func TestE2EMoto(t *testing.T) {
	mototest.Start(t)
	c, err := session.Load(t.Context(), "us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	client := sdk.NewFromConfig(c)
	if _, err := client.CreateRepository(t.Context(), &sdk.CreateRepositoryInput{RepositoryName: aws.String("lego-api")}); err != nil {
		t.Fatal(err)
	}
	put := func(n int, tag *string) string {
		out, err := client.PutImage(t.Context(), &sdk.PutImageInput{RepositoryName: aws.String("lego-api"), ImageTag: tag, ImageManifest: aws.String(fmt.Sprintf(
			`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","size":%d,"digest":"sha256:%064x"},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","size":1,"digest":"sha256:%064x"}]}`, n, n, n))})
		if err != nil {
			t.Fatal(err)
		}
		return aws.ToString(out.Image.ImageId.ImageDigest)
	}
	wanted := map[string]string{}
	for i := range 5 {
		tag := fmt.Sprintf("v%d", i)
		wanted[put(i, &tag)] = tag
	}
	wanted[put(9, nil)] = ""
	r, err := ecr.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	images, err := r.Repository("lego-api").Images(t.Context())
	if err != nil || len(images) != len(wanted) {
		t.Fatalf("%v, %+v", err, images)
	}
	for _, l := range images {
		tag, ok := wanted[string(l.Digest)]
		if !ok || l.Asleep != "" || tag == "" && len(l.Tags) > 0 || tag != "" && (len(l.Tags) != 1 || l.Tags[0] != tag) {
			t.Errorf("%+v", l)
		}
	}
	user, password, err := r.Credentials(t.Context())
	if err != nil || user != "AWS" || password == "" {
		t.Errorf("%v, %s", err, user)
	}
	if address, err := r.Address(t.Context()); err != nil || address == "" {
		t.Errorf("%v, %s", err, address)
	}
	if _, err := r.Repository("none").Images(t.Context()); err == nil {
		t.Error("a repository that is not there is empty")
	}
}
