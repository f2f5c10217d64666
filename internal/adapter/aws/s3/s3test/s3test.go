// Package s3test runs a real S3 server on loopback: versitygw, which keeps
// objects as files, so that a test can damage one behind its back. An emulator
// that says yes to everything would prove nothing here: before a server is
// given out it must have refused a second write of the same key. Only tests and
// benchmarks import this package.
package s3test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// The server's only account, which is worth nothing anywhere else.
const (
	Access = "key"
	Secret = "very-secret"
	Region = "us-east-1"
)

// Server is a running S3 server.
type Server struct {
	// Address is http://127.0.0.1:port.
	Address string
	// Folder holds a folder for each bucket.
	Folder string
	// Client speaks to it without any of cutover's code.
	Client *s3.Client

	cmd *exec.Cmd
	log *bytes.Buffer
}

// Start runs the binary that CUTOVER_S3 names, over an empty folder, with one
// bucket of each name. Close ends it.
func Start(folder string, buckets ...string) (*Server, error) {
	binary := os.Getenv("CUTOVER_S3")
	if binary == "" {
		return nil, errors.New("CUTOVER_S3 names no server; run make test, or set it to .cache/bin/versitygw")
	}
	// Go's test cache sees what a test looks at itself, and nothing of what it starts.
	if _, err := os.Stat(binary); err != nil {
		return nil, fmt.Errorf("CUTOVER_S3 names no server: %w; run make test", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		return nil, err
	}
	s := &Server{Address: "http://" + address, Folder: folder, log: new(bytes.Buffer)}
	s.cmd = exec.Command(binary, "--port", address, "--access", Access, "--secret", Secret, "--quiet", "--keep-alive", "posix", "--versioning-dir", folder+".versions", folder)
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	for _, f := range []string{folder, folder + ".versions"} {
		if err := os.MkdirAll(f, 0o755); err != nil {
			return nil, err
		}
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	s.Client = s3.New(s3.Options{
		BaseEndpoint: &s.Address, UsePathStyle: true, Region: Region,
		Credentials: credentials.NewStaticCredentialsProvider(Access, Secret, ""),
	})
	if err := s.ready(address, buckets); err != nil {
		s.Close()
		return nil, fmt.Errorf("%w\n%s", err, s.log.String())
	}
	return s, nil
}

// Close ends the server by its own process id.
func (s *Server) Close() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait() // it was killed
}

// Env is what a program needs to reach the server and nothing else.
func (s *Server) Env() []string {
	return []string{
		"AWS_ENDPOINT_URL=" + s.Address, "AWS_ACCESS_KEY_ID=" + Access, "AWS_SECRET_ACCESS_KEY=" + Secret, "AWS_REGION=" + Region,
		"AWS_EC2_METADATA_DISABLED=true", "HOME=/nonexistent",
	}
}

// Path is where an object lies as a file.
func (s *Server) Path(bucket, key string) string { return filepath.Join(s.Folder, bucket, key) }

func (s *Server) ready(address string, buckets []string) error {
	deadline := time.Now().Add(10 * time.Second)
	for {
		c, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			_ = c.Close()
			break
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the server does not answer: %w", err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for _, b := range buckets {
		if _, err := s.Client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &b}); err != nil {
			return err
		}
	}
	if len(buckets) == 0 {
		return nil
	}
	return s.keepsConditions(ctx, buckets[0])
}

// keepsConditions holds the server to what all that is archived rests on: a
// second write with If-None-Match: * is refused, in one piece and in parts, and
// a body that is not what its checksum says is refused too.
func (s *Server) keepsConditions(ctx context.Context, bucket string) error {
	key, once := aws.String("probe"), aws.String("*")
	put := func(text string, checksum *string) error {
		_, err := s.Client.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: key, Body: bytes.NewReader([]byte(text)), IfNoneMatch: once, ChecksumSHA256: checksum})
		return err
	}
	// The SHA-256 of nothing, for a body that is something.
	if put("first", aws.String("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")) == nil {
		return errors.New("the server stores what its checksum denies: tests of archives against it would prove nothing")
	}
	if err := put("first", nil); err != nil {
		return err
	}
	if put("second", nil) == nil {
		return errors.New("the server ignores If-None-Match: tests of archives against it would prove nothing")
	}
	if err := s.keepsConditionsInParts(ctx, bucket, key); err != nil {
		return err
	}
	_, err := s.Client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: key})
	return err
}

func (s *Server) keepsConditionsInParts(ctx context.Context, bucket string, key *string) error {
	upload, err := s.Client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: key})
	if err != nil {
		return err
	}
	part, err := s.Client.UploadPart(ctx, &s3.UploadPartInput{Bucket: &bucket, Key: key, UploadId: upload.UploadId, PartNumber: aws.Int32(1), Body: bytes.NewReader([]byte("third"))})
	if err != nil {
		return err
	}
	_, err = s.Client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &bucket, Key: key, UploadId: upload.UploadId, IfNoneMatch: aws.String("*"),
		MultipartUpload: &types.CompletedMultipartUpload{Parts: []types.CompletedPart{{PartNumber: aws.Int32(1), ETag: part.ETag, ChecksumCRC32: part.ChecksumCRC32}}},
	})
	if err == nil {
		return errors.New("the server ignores If-None-Match for uploads in parts: tests of archives against it would prove nothing")
	}
	_, err = s.Client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &bucket, Key: key, UploadId: upload.UploadId})
	return err
}
