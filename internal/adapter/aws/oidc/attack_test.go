package oidc_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cutover-dev/cutover/internal/adapter/aws/oidc"
)

// What pays for a token goes nowhere but to GitHub's provider: a redirect is an
// answer without a token.
//
// Attack: token-by-redirect, stolen-aws-session
func TestThePaymentFollowsNoRedirect(t *testing.T) {
	var asked atomic.Int32
	thief := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		_, _ = w.Write([]byte(`{"value": "a.b.c"}`))
	}))
	defer thief.Close()
	for _, status := range []int{http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, thief.URL+"/token", status)
		}))
		_, err := oidc.Keep(t.Context(), oidc.Options{RoleARN: role, RequestURL: provider.URL + "/?api-version=2.0", RequestToken: payment, Folder: t.TempDir()}.Hasty())
		if err == nil || strings.Contains(err.Error(), payment) {
			t.Errorf("%d: %v", status, err)
		}
		provider.Close()
	}
	if asked.Load() > 0 {
		t.Errorf("another host was asked %d times", asked.Load())
	}
}
