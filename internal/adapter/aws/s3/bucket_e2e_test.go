//go:build e2e

package s3_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/adapter/aws/s3/s3test"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/release/archive"
)

func bucket(t *testing.T) (*s3test.Server, *s3.Bucket) {
	t.Helper()
	s, err := s3test.Start(t.TempDir()+"/s3", "archive")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", s3test.Access)
	t.Setenv("AWS_SECRET_ACCESS_KEY", s3test.Secret)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	b, err := s3.OpenBucket(t.Context(), "archive", s3.Options{Endpoint: s.Address})
	if err != nil {
		t.Fatal(err)
	}
	return s, b
}

func content(t *testing.T, size int) ([]byte, archive.Content) {
	t.Helper()
	text := make([]byte, size)
	random := rand.NewChaCha8([32]byte{byte(size)})
	_, _ = random.Read(text)
	d, err := archive.DigestFrom(bytes.NewReader(text), int64(size))
	if err != nil {
		t.Fatal(err)
	}
	return text, archive.Content{Body: bytes.NewReader(text), Digest: d, Type: "application/octet-stream"}
}

// In one piece and in parts: written once, kept with the checksums that were
// computed here, read back the same.
func TestE2EAContentIsWrittenOnce(t *testing.T) {
	_, b := bucket(t)
	for name, size := range map[string]int{"empty": 0, "small": 1000, "one piece": 16 << 20, "parts": 16<<20 + 1, "many parts": 50<<20 + 77} {
		t.Run(name, func(t *testing.T) {
			text, c := content(t, size)
			if _, err := b.Head(t.Context(), name); !errors.Is(err, archive.ErrAbsent) {
				t.Fatalf("an absent one: %v", err)
			}
			if _, err := b.Open(t.Context(), name); !errors.Is(err, archive.ErrAbsent) {
				t.Fatalf("an absent one: %v", err)
			}
			if err := b.Create(t.Context(), name, c); err != nil {
				t.Fatal(err)
			}
			if err := b.Create(t.Context(), name, c); !errors.Is(err, archive.ErrExists) {
				t.Errorf("a second time: %v", err)
			}
			o, err := b.Head(t.Context(), name)
			if err != nil || o.Size != int64(size) || o.Modified.IsZero() || o.Held {
				t.Errorf("%v, %+v", err, o)
			}
			if size <= 16<<20 && (o.SHA256 != c.Digest.Hex() || o.Parts != "") || size > 16<<20 && (o.Parts != c.Digest.Parts() || o.SHA256 != "") {
				t.Errorf("the checksums are %q and %q, not %q and %q", o.SHA256, o.Parts, c.Digest.Hex(), c.Digest.Parts())
			}
			body, err := b.Open(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(body)
			if err != nil || !bytes.Equal(got, text) {
				t.Errorf("%v, %d bytes", err, len(got))
			}
		})
	}
}

// What is not what was hashed is not stored: the file changed in between.
func TestE2EAChangedFileIsNotStored(t *testing.T) {
	s, b := bucket(t)
	for name, size := range map[string]int{"small": 1000, "parts": 40 << 20} {
		text, c := content(t, size)
		text[size-1] ^= 1
		if err := b.Create(t.Context(), name, c); fault.KindOf(err) != fault.Outside || !strings.Contains(err.Error(), "changed meanwhile") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := b.Head(t.Context(), name); !errors.Is(err, archive.ErrAbsent) {
			t.Errorf("%s is stored: %v", name, err)
		}
		_, c = content(t, size)
		c.Body = bytes.NewReader(text[:size-1])
		if err := b.Create(t.Context(), name, c); err == nil {
			t.Errorf("%s was stored although it shrank", name)
		}
		c.Body = bytes.NewReader(append(text, make([]byte, 20<<20)...))
		if err := b.Create(t.Context(), name, c); err == nil {
			t.Errorf("%s was stored although it grew", name)
		}
	}
	left, err := s.Client.ListMultipartUploads(t.Context(), &sdk.ListMultipartUploadsInput{Bucket: ptr("archive")})
	if err != nil || len(left.Uploads) > 0 {
		t.Errorf("%v, %d uploads are left", err, len(left.Uploads))
	}
}

func ptr[T any](v T) *T { return &v }

func TestE2EManyWritersOneWins(t *testing.T) {
	_, b := bucket(t)
	for _, size := range []int{100, 20 << 20} {
		key := "k" + strings.Repeat("x", size>>20)
		var won sync.Map
		var wait sync.WaitGroup
		for i := range 6 {
			_, c := content(t, size)
			wait.Go(func() {
				switch err := b.Create(t.Context(), key, c); {
				case err == nil:
					won.Store(i, true)
				case !errors.Is(err, archive.ErrExists):
					t.Error(err)
				}
			})
		}
		wait.Wait()
		n := 0
		won.Range(func(any, any) bool { n++; return true })
		if n != 1 {
			t.Errorf("%d of 6 writers have won", n)
		}
	}
}

func TestE2EACancelledUploadLeavesNothing(t *testing.T) {
	s, b := bucket(t)
	_, c := content(t, 64<<20)
	ctx, cancel := context.WithCancel(t.Context())
	c.Body = &cancelling{ReadSeeker: c.Body, after: 30 << 20, cancel: cancel}
	if err := b.Create(ctx, "big", c); err == nil {
		t.Error("it was stored")
	}
	left, err := s.Client.ListMultipartUploads(t.Context(), &sdk.ListMultipartUploadsInput{Bucket: ptr("archive")})
	if err != nil || len(left.Uploads) > 0 {
		t.Errorf("%v, %d uploads are left", err, len(left.Uploads))
	}
}

type cancelling struct {
	io.ReadSeeker
	after  int
	cancel func()
}

func (c *cancelling) Read(p []byte) (int, error) {
	n, err := c.ReadSeeker.Read(p)
	if c.after -= n; c.after < 0 {
		c.cancel()
	}
	return n, err
}

func TestE2EListAndDelete(t *testing.T) {
	_, b := bucket(t)
	var keys []string
	for i := range 1100 {
		key := "p/" + string(rune('a'+i%26)) + strings.Repeat("z", i/26)
		keys = append(keys, key)
		if err := b.Replace(t.Context(), key, []byte("{}")); err != nil {
			t.Fatal(err)
		}
	}
	count := func() (n int) {
		for _, err := range b.List(t.Context(), "p/") {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		return n
	}
	if n := count(); n != len(keys) {
		t.Errorf("%d objects are listed", n)
	}
	if err := b.Delete(t.Context(), append(keys, "p/absent")); err != nil || count() != 0 {
		t.Errorf("%v, %d are left", err, count())
	}
}

func TestE2EHold(t *testing.T) {
	s, b := bucket(t)
	if can, err := b.CanHold(t.Context()); can || err != nil {
		t.Errorf("a bucket without object lock: %v, %v", can, err)
	}
	if _, err := s.Client.CreateBucket(t.Context(), &sdk.CreateBucketInput{Bucket: ptr("locked"), ObjectLockEnabledForBucket: ptr(true)}); err != nil {
		t.Fatal(err)
	}
	locked, err := s3.OpenBucket(t.Context(), "locked", s3.Options{Endpoint: s.Address})
	if err != nil {
		t.Fatal(err)
	}
	if can, err := locked.CanHold(t.Context()); !can || err != nil {
		t.Fatalf("a bucket with object lock: %v, %v", can, err)
	}
	for name, size := range map[string]int{"small": 10, "parts": 20 << 20} {
		for _, at := range []string{"written", "later"} {
			_, c := content(t, size)
			c.Hold = at == "written"
			if err := locked.Create(t.Context(), name+at, c); err != nil {
				t.Fatal(err)
			}
			if at == "later" {
				if err := locked.Hold(t.Context(), name+at); err != nil {
					t.Fatal(err)
				}
			}
			hold, err := s.Client.GetObjectLegalHold(t.Context(), &sdk.GetObjectLegalHoldInput{Bucket: ptr("locked"), Key: ptr(name + at)})
			if err != nil || hold.LegalHold.Status != types.ObjectLockLegalHoldStatusOn {
				t.Errorf("%s %s: %v", name, at, err)
			}
			if o, err := locked.Head(t.Context(), name+at); err != nil || !o.Held {
				t.Errorf("%s %s: %v, %+v", name, at, err, o)
			}
		}
	}
}

func TestE2EBucketRefusalsHelp(t *testing.T) {
	s, _ := bucket(t)
	_, c := content(t, 10)
	open := func(name string) *s3.Bucket {
		b, err := s3.OpenBucket(t.Context(), name, s3.Options{Endpoint: s.Address})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if err := open("nobucket").Create(t.Context(), "k", c); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "name and region") {
		t.Errorf("an absent bucket: %v", err)
	}
	t.Setenv("AWS_SECRET_ACCESS_KEY", "another-secret")
	if err := open("archive").Create(t.Context(), "k", c); fault.KindOf(err) != fault.Input || strings.Contains(err.Error(), "another-secret") {
		t.Errorf("a wrong key: %v", err)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	t.Setenv("HOME", t.TempDir())
	if err := open("archive").Create(t.Context(), "k", c); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "no AWS credentials") {
		t.Errorf("no key: %v", err)
	}
}
