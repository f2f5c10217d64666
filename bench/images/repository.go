package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	ggcr "github.com/google/go-containerregistry/pkg/registry"
)

// The repository: tags of one app, each with a config of its own, the same base layers
// and one layer of its own. Bytes that nobody can compress or find twice.
const (
	tags      = 20
	baseParts = 5
	baseBytes = 13_474_000
	ownBytes  = 5_626_000
)

// repository is a real registry that counts. It runs in a process of its own: what the
// process holds that starts a program counts as that program's peak.
type repository struct {
	address string
	cmd     *exec.Cmd
}

type counting struct {
	http.ResponseWriter
	n *int64
}

// Write implements io.Writer.
func (c counting) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p)
	*c.n += int64(n)
	return n, err
}

// given is what a registry has given out.
type given struct {
	Gets  int
	Bytes int64
}

// countPath is where the registry says what it has given out since it was asked last.
const countPath = "/counted"

// serve is the registry's process: it says its address, and ends with its input.
func serve() error {
	handler := ggcr.New(ggcr.Logger(log.New(io.Discard, "", 0)))
	var mu sync.Mutex
	var now given
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, in *http.Request) {
		if in.URL.Path == countPath {
			mu.Lock()
			defer mu.Unlock()
			_ = json.NewEncoder(w).Encode(now) // whoever asks is there
			now = given{}
			return
		}
		var n int64
		handler.ServeHTTP(counting{w, &n}, in)
		if in.Method == http.MethodGet && strings.Contains(in.URL.Path, "/blobs/") {
			mu.Lock()
			defer mu.Unlock()
			now.Gets++
			now.Bytes += n
		}
	})}
	go func() { _ = server.Serve(listener) }() // until it is closed
	r := &repository{address: listener.Addr().String()}
	if err := r.fill(); err != nil {
		return err
	}
	fmt.Println(r.address)
	_, _ = io.Copy(io.Discard, os.Stdin) // until whoever began it ends
	return server.Close()
}

// start begins the registry in a process of its own.
func start() (*repository, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	r := &repository{cmd: exec.Command(self, "-serve")}
	r.cmd.Stderr = os.Stderr
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if _, err := r.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := r.cmd.Start(); err != nil {
		return nil, err
	}
	_, err = fmt.Fscanln(out, &r.address)
	return r, err
}

func (r *repository) close() {
	_ = r.cmd.Process.Kill()
	_ = r.cmd.Wait() // it was killed
}

// taken is what it has given out since it was asked last.
func (r *repository) taken() (now given, err error) {
	answer, err := http.Get("http://" + r.address + countPath)
	if err != nil {
		return now, err
	}
	defer func() { _ = answer.Body.Close() }() // only read from
	return now, json.NewDecoder(answer.Body).Decode(&now)
}

type descriptor struct {
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
	Size      int    `json:"size"`
}

func (r *repository) fill() error {
	var base []descriptor
	for i := range baseParts {
		d, err := r.blob("application/vnd.oci.image.layer.v1.tar+gzip", random(byte(i), baseBytes/baseParts))
		if err != nil {
			return err
		}
		base = append(base, d)
	}
	for i := range tags {
		own, err := r.blob("application/vnd.oci.image.layer.v1.tar+gzip", random(byte(100+i), ownBytes))
		if err != nil {
			return err
		}
		layers := append(append([]descriptor{}, base...), own)
		var ids []string
		for _, l := range layers {
			ids = append(ids, l.Digest)
		}
		text, err := json.Marshal(map[string]any{"architecture": "amd64", "os": "linux", "author": fmt.Sprint(i), "rootfs": map[string]any{"type": "layers", "diff_ids": ids}, "config": map[string]any{}})
		if err != nil {
			return err
		}
		config, err := r.blob("application/vnd.oci.image.config.v1+json", text)
		if err != nil {
			return err
		}
		manifest, err := json.Marshal(map[string]any{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": config, "layers": layers})
		if err != nil {
			return err
		}
		if err := r.put(fmt.Sprintf("manifests/v%d", i), "application/vnd.oci.image.manifest.v1+json", manifest); err != nil {
			return err
		}
	}
	return nil
}

func random(seed byte, n int) []byte {
	text := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(text)
	return text
}

func (r *repository) blob(kind string, text []byte) (descriptor, error) {
	d := descriptor{kind, fmt.Sprintf("sha256:%x", sha256.Sum256(text)), len(text)}
	answer, err := http.Post("http://"+r.address+"/v2/lego-api/blobs/uploads/?digest="+d.Digest, "application/octet-stream", strings.NewReader(string(text)))
	if err != nil {
		return d, err
	}
	_ = answer.Body.Close() // only its status counts
	if answer.StatusCode != http.StatusCreated {
		return d, fmt.Errorf("the registry takes no blob: %s", answer.Status)
	}
	return d, nil
}

func (r *repository) put(path, kind string, text []byte) error {
	q, err := http.NewRequest(http.MethodPut, "http://"+r.address+"/v2/lego-api/"+path, strings.NewReader(string(text)))
	if err != nil {
		return err
	}
	q.Header.Set("Content-Type", kind)
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		return err
	}
	_ = answer.Body.Close() // only its status counts
	if answer.StatusCode != http.StatusCreated {
		return fmt.Errorf("the registry takes no manifest: %s", answer.Status)
	}
	return nil
}
