//go:build e2e

package rds_test

import (
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/rds"
	"github.com/cutover-dev/cutover/internal/mototest"
)

const makeOne = `
import boto3, os
at = dict(endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
boto3.client("rds", **at).create_db_instance(DBInstanceIdentifier="db", DBInstanceClass="db.t4g.medium", Engine="postgres", AllocatedStorage=20, MasterUsername="u", MasterUserPassword="long-enough-1", MultiAZ=True)
`

// An instance is read from an RDS that was not written here. moto knows no
// reservations: that they cannot be read is an error, not none.
func TestE2EMotoEstate(t *testing.T) {
	mototest.Start(t).Python(makeOne)
	d, err := rds.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	found, unread := d.Estate(t.Context(), []string{"db", "gone"})
	if len(found) != 1 || found[0].Class != "db.t4g.medium" || found[0].Engine != "postgres" || !found[0].MultiAZ || time.Since(found[0].Since) > time.Hour || len(unread) != 1 {
		t.Errorf("%+v %v", found, unread)
	}
	if got, err := d.Reserved(t.Context()); err == nil {
		t.Errorf("nothing is reserved: %v", got)
	}
}
