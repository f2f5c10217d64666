package rds_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/rds"
	"github.com/cutover-dev/cutover/internal/cost/recommend"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud/cloudtest"
)

func world(t *testing.T) *cloud.Cloud {
	t.Helper()
	return cloudtest.Serve(t, cloud.New("state"))
}

// Shows: 5.7.7
func TestEstate(t *testing.T) {
	c := world(t)
	made := time.Date(2026, 3, 1, 4, 5, 6, 0, time.UTC)
	c.Databases(nil, cloud.Database{ID: "db", Engine: "postgres", Class: "db.r6g.large", MultiAZ: true, Created: made})
	d, err := rds.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	found, unread := d.Estate(t.Context(), []string{"db", "gone"})
	if len(found) != 1 || found[0].Class != "db.r6g.large" || !found[0].MultiAZ || !found[0].Since.Equal(made) || found[0].CPU != -1 || found[0].CPUMost != -1 || len(unread) != 1 || unread[0].What != "databases" || !strings.Contains(unread[0].Why, "gone") {
		t.Errorf("%+v %v", found, unread)
	}
	c.Reservations(
		cloud.Reservation{Class: "db.r6g.large", Count: 1}, cloud.Reservation{Class: "db.r6g.large", Count: 1, MultiAZ: true}, cloud.Reservation{Class: "db.t4g.medium", Count: 2},
		cloud.Reservation{Class: "db.t4g.medium", Count: 9, State: "retired"}, cloud.Reservation{Class: "cache.t4g.small", Count: 5},
		cloud.Reservation{Class: "db.r6g.large", Offer: true, Hourly: "0.1425"}, cloud.Reservation{Class: "db.r6g.large", Offer: true, Hourly: "0.05", Years: 3},
		cloud.Reservation{Class: "db.r6g.large", Offer: true, Hourly: "0.01", Kind: "All Upfront"}, cloud.Reservation{Class: "db.r6g.large", Offer: true, Hourly: "0.9", MultiAZ: true},
	)
	if got, err := d.Reserved(t.Context()); err != nil || len(got) != 2 || got["db.r6g.large"] != 3 || got["db.t4g.medium"] != 2 {
		t.Error(got, err)
	}
	asked := []recommend.Database{{Class: "db.r6g.large", Engine: "postgres"}, {Class: "db.none", Engine: "postgres"}}
	if got, err := d.Offers(t.Context(), asked); err != nil || len(got) != 1 || got["db.r6g.large"].String() != "0.1425" {
		t.Error(got, err)
	}
	c.RefuseWatch(func(string) (int, string) { return http.StatusForbidden, "AccessDenied" })
	_, e1 := d.Reserved(t.Context())
	_, e2 := d.Offers(t.Context(), asked)
	for i, err := range []error{e1, e2} {
		if fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), []string{"rds:DescribeReservedDBInstances on", "rds:DescribeReservedDBInstancesOfferings"}[i]) {
			t.Error(err)
		}
	}
}
