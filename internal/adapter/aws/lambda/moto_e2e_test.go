//go:build e2e

package lambda_test

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/cutover-dev/cutover/internal/adapter/aws/lambda"
	"github.com/cutover-dev/cutover/internal/mototest"
	"github.com/cutover-dev/cutover/internal/release/rollback"
)

// setUp makes a function and an archive with other code, and prints the hash of
// that code as Python computes it.
const setUp = `
import base64, boto3, hashlib, io, os, zipfile
def code(text):
    b = io.BytesIO()
    with zipfile.ZipFile(b, "w") as z:
        z.writestr("index.py", text)
    return b.getvalue()
two = code("two")  # once: a zip holds the time
at = dict(endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
role = boto3.client("iam", **at).create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
s3 = boto3.client("s3", **at)
s3.create_bucket(Bucket="archive")
s3.put_object(Bucket="archive", Key="cutover/blobs/sha256/two", Body=two)
boto3.client("lambda", **at).create_function(FunctionName="api", Runtime="python3.12", Role=role, Handler="index.handler", Architectures=["arm64"], Code={"ZipFile": code("one")})
print(base64.b64encode(hashlib.sha256(two).digest()).decode())
`

// What the adapter sends and reads is understood by an AWS that was not written
// here: paths, names, the hash of the zip. moto keeps no revisions and accepts a
// zip that is not there, so the refusals are shown by the strict cloud alone.
func TestE2EMotoTakesTheCode(t *testing.T) {
	raw, err := base64.StdEncoding.DecodeString(mototest.Start(t).Python(setUp))
	if err != nil {
		t.Fatal(err)
	}
	want := hex.EncodeToString(raw)
	f, err := lambda.Open(t.Context(), "", "archive")
	if err != nil {
		t.Fatal(err)
	}
	at, err := f.Look(t.Context(), "api")
	if err != nil || at.SHA256 == want || len(at.SHA256) != 64 || at.Handler != "index.handler" || at.Runtime != "python3.12" || at.Package != "Zip" || len(at.Architectures) != 1 || at.Architectures[0] != "arm64" || at.Updating {
		t.Fatalf("%+v, %v", at, err)
	}
	if next, err := f.Put(t.Context(), "api", at.Revision, "cutover/blobs/sha256/two"); err != nil || next.SHA256 != want {
		t.Fatalf("%+v, %v", next, err)
	}
	if at, err = f.Look(t.Context(), "api"); err != nil || at.SHA256 != want || at.Updating || at.Problem != "" {
		t.Errorf("%+v, %v", at, err)
	}
	if _, err := f.Look(t.Context(), "none"); !errors.Is(err, rollback.ErrNoFunction) {
		t.Errorf("%v", err)
	}
}
