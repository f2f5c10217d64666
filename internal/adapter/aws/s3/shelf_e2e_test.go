//go:build e2e

package s3_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/adapter/aws/s3/s3test"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire/image"
)

func shelf(t *testing.T) (*s3test.Server, *s3.Shelf) {
	t.Helper()
	server, _ := bucket(t)
	s, err := s3.OpenShelf(t.Context(), "archive", s3.Options{Endpoint: server.Address})
	if err != nil {
		t.Fatal(err)
	}
	return server, s
}

// streamed is a body that can be read once only, as one from a registry.
func streamed(text []byte) image.Body {
	return image.Body{
		Digest: image.Digest(fmt.Sprintf("sha256:%x", sha256.Sum256(text))), Size: int64(len(text)), Type: "application/octet-stream",
		Open: func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(io.MultiReader(bytes.NewReader(text))), nil
		},
	}
}

// A body that is not kept anywhere arrives whole, once, and with S3's own checksum;
// in parts where it is too large for one request.
func TestE2EShelfPut(t *testing.T) {
	server, s := shelf(t)
	for name, size := range map[string]int{"empty": 0, "small": 1000, "large": 30 << 20, "parts": 16<<20 + 1, "parts of one size": 32 << 20} {
		t.Run(name, func(t *testing.T) {
			s3.PartsOf(s, 5<<30, 16<<20)
			parts := name[:4] == "part"
			if parts {
				s3.PartsOf(s, 8<<20, 8<<20)
			}
			text, _ := content(t, size)
			b := streamed(text)
			if _, err := s.Head(t.Context(), name); !errors.Is(err, image.ErrAbsent) {
				t.Fatal(err)
			}
			if err := s.Put(t.Context(), name, b); err != nil {
				t.Fatal(err)
			}
			if err := s.Put(t.Context(), name, b); !errors.Is(err, image.ErrChanged) {
				t.Errorf("a second time: %v", err)
			}
			o, err := s.Head(t.Context(), name)
			if err != nil || o.Size != b.Size || o.Modified.IsZero() || (o.SHA256 != b.Digest.Hex()) != parts {
				t.Fatalf("%v, %+v", err, o)
			}
			body, err := s.Open(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(body); err != nil || !bytes.Equal(got, text) {
				t.Errorf("%v, %d bytes", err, len(got))
			}
			// Only over the version that is there.
			other := streamed(append(bytes.Clone(text), 'x'))
			other.Over = `"0123456789abcdef0123456789abcdef"`
			if err := s.Put(t.Context(), name, other); !errors.Is(err, image.ErrChanged) {
				t.Errorf("over another version: %v", err)
			}
			other.Over = o.Version
			if err := s.Put(t.Context(), name, other); err != nil {
				t.Errorf("over its version: %v", err)
			}
		})
	}
	left, err := server.Client.ListMultipartUploads(t.Context(), &sdk.ListMultipartUploadsInput{Bucket: ptr("archive")})
	if err != nil || len(left.Uploads) > 0 {
		t.Errorf("%v, %d uploads are left", err, len(left.Uploads))
	}
}

// What breaks off or is not what was promised is not stored, in one piece or in parts.
func TestE2EShelfStoresNothingElse(t *testing.T) {
	server, s := shelf(t)
	text, _ := content(t, 20<<20)
	why := &fault.Fault{Kind: fault.Outside, Name: "registry", What: "it broke off"}
	for _, whole := range []int64{5 << 30, 8 << 20} {
		s3.PartsOf(s, whole, 8<<20)
		broken := streamed(text)
		broken.Open = func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(io.MultiReader(bytes.NewReader(text[:len(text)-10]), failing{why})), nil
		}
		if err := s.Put(t.Context(), "k", broken); err == nil {
			t.Error("it was stored")
		}
		if whole == 5<<30 { // S3 itself compares what came with the name
			wrong := streamed(text)
			wrong.Digest = streamed(text[1:]).Digest
			if err := s.Put(t.Context(), "k", wrong); fault.KindOf(err) != fault.Outside {
				t.Errorf("another digest: %v", err)
			}
		}
		if _, err := s.Head(t.Context(), "k"); !errors.Is(err, image.ErrAbsent) {
			t.Errorf("it is stored: %v", err)
		}
	}
	left, err := server.Client.ListMultipartUploads(t.Context(), &sdk.ListMultipartUploadsInput{Bucket: ptr("archive")})
	if err != nil || len(left.Uploads) > 0 {
		t.Errorf("%v, %d uploads are left", err, len(left.Uploads))
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// A copy keeps the checksum, and is young. (S3 makes an object that is copied onto itself
// as young as a new one; this server leaves the file as it is.)
func TestE2EShelfCopy(t *testing.T) {
	_, s := shelf(t)
	text, _ := content(t, 1<<20)
	b := streamed(text)
	if err := s.Put(t.Context(), "a'(b)!/c.d_e", b); err != nil {
		t.Fatal(err)
	}
	first, err := s.Head(t.Context(), "a'(b)!/c.d_e")
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(1100 * time.Millisecond)
	for _, to := range []string{"copy", "a'(b)!/c.d_e"} {
		if err := s.Copy(t.Context(), first, to); err != nil {
			t.Fatal(err)
		}
		o, err := s.Head(t.Context(), to)
		if err != nil || o.SHA256 != b.Digest.Hex() || o.Size != b.Size || to == "copy" && !o.Modified.After(first.Modified) {
			t.Errorf("%s: %v, %+v after %+v", to, err, o, first)
		}
	}
	if err := s.Copy(t.Context(), image.Object{Key: "absent", Size: 1}, "x"); !errors.Is(err, image.ErrAbsent) {
		t.Errorf("absent: %v", err)
	}
	if err := s.Copy(t.Context(), image.Object{Key: "copy", Size: 6 << 30}, "x"); !errors.Is(err, image.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
}
