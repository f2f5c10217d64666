package tagging_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/adapter/aws/tagging"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud/cloudtest"
)

const here = ":us-east-1:123456789012:"

func world(t *testing.T) (*cloud.Cloud, *tagging.Tags) {
	t.Helper()
	c := cloudtest.Serve(t, cloud.New("state"))
	tags, err := tagging.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return c, tags
}

// Shows: 5.7.1
func TestTagged(t *testing.T) {
	c, tags := world(t)
	own := map[string]string{"Project": "LEGO-API", "Environment": "production"}
	var arns []string
	for i := range 230 {
		arn := fmt.Sprintf("arn:aws:lambda"+here+"function:f%03d", i)
		arns = append(arns, arn)
		c.Tag(arn, own)
	}
	group := "arn:aws:logs" + here + "log-group:/aws/lambda/f000"
	domain := "arn:aws:es" + here + "domain/search"
	c.Tag(group, own)
	c.Tag(domain, map[string]string{})
	c.Tag("arn:aws:sns"+here+"unasked", own)
	found, err := tags.Tagged(t.Context(), append(arns, group+":*", domain, "arn:aws:s3:::never-tagged", arns[0]))
	if err != nil || len(found) != 232 {
		t.Fatal(len(found), err)
	}
	if found[arns[229]]["Project"] != "LEGO-API" || found[group+":*"]["Environment"] != "production" || found[domain] == nil || len(found[domain]) != 0 || found["arn:aws:s3:::never-tagged"] != nil {
		t.Error(found[arns[229]], found[group+":*"], found[domain])
	}
	if n := len(c.Calls()); n != 3 {
		t.Errorf("%d calls", n)
	}
	all, err := tags.All(t.Context(), own, nil)
	if err != nil || len(all) != 231 || all[group] == nil || all["arn:aws:sns"+here+"unasked"] != nil {
		t.Error(len(all), err)
	}
	if all, err = tags.All(t.Context(), own, []string{"logs:log-group"}); err != nil || len(all) != 1 {
		t.Error(all, err)
	}
	if none, err := tags.Tagged(t.Context(), nil); err != nil || len(none) != 0 {
		t.Error(none, err)
	}
}

func TestTaggedRefused(t *testing.T) {
	c, tags := world(t)
	c.RefuseWatch(func(string) (int, string) { return http.StatusBadRequest, "AccessDeniedException" })
	_, e1 := tags.Tagged(t.Context(), []string{"arn:aws:s3:::a"})
	_, e2 := tags.All(t.Context(), nil, nil)
	for _, err := range []error{e1, e2} {
		if fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "tag:GetResources") {
			t.Error(err)
		}
	}
}
