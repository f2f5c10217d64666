package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// With Serve the app's functions are deployed as SST 4.17.1 does it
// (platform/src/components/aws/function.ts): each folder below dist/functions
// is a bundle, gets a resource.enc that the stage's key encrypts, is zipped to
// .sst/artifacts/<name>/code.zip, and its zip's SHA-256 stands in the s3Key of
// the resource <name>Function.

const (
	functionType = "aws:lambda/function:Function"
	keyType      = "random:index/randomBytes:RandomBytes"
)

// ship makes or changes the app's functions. A deployment that failed has come
// as far as its first function if it has made anything; all others stay.
func (p *project) ship(ctx context.Context, good bool, made int) error {
	if !p.scenario.Serve {
		return nil
	}
	if err := p.before(ctx); err != nil {
		return err
	}
	folders, err := filepath.Glob("dist/functions/*")
	if err != nil || len(folders) == 0 {
		return errors.Join(err, errors.New("dist/functions holds no function: build first"))
	}
	for i, folder := range folders {
		if !good && (i > 0 || made == 0) {
			break
		}
		if err := p.shipOne(ctx, folder); err != nil {
			return err
		}
	}
	return nil
}

// before takes over what stands in the state, or makes the stage's key.
func (p *project) before(ctx context.Context) error {
	var state struct {
		Checkpoint struct {
			Latest struct{ Resources []map[string]any }
		}
	}
	if err := p.home.get(ctx, "app", &state); err != nil {
		return err
	}
	for _, r := range state.Checkpoint.Latest.Resources {
		if r["type"] == keyType || r["type"] == functionType && r["outputs"].(map[string]any)["s3Key"] != nil {
			p.shipped = append(p.shipped, r)
		}
	}
	if len(p.shipped) == 0 {
		p.shipped = []map[string]any{{
			"urn": p.urn(keyType, "LambdaEncryptionKey"), "type": keyType, "created": time.Now().UTC().Format(time.RFC3339),
			"outputs": map[string]any{"base64": map[string]any{"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:BBBB"}},
		}}
	}
	return nil
}

func (p *project) urn(kind, name string) string {
	return "urn:pulumi:" + p.home.stage + "::" + p.home.app + "::" + kind + "::" + name
}

func (p *project) shipOne(ctx context.Context, folder string) error {
	base := filepath.Base(folder)
	component := ""
	for part := range strings.SplitSeq(base, "-") {
		component += strings.ToUpper(part[:1]) + part[1:]
	}
	if err := os.WriteFile(filepath.Join(folder, "resource.enc"), []byte("encrypted for "+p.home.stage), 0o644); err != nil {
		return err
	}
	text, err := zipped(os.DirFS(folder))
	if err != nil {
		return err
	}
	at := filepath.Join(".sst", "artifacts", component, "code.zip")
	if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, text, 0o644)); err != nil {
		return err
	}
	name := p.home.app + "-" + p.home.stage + "-" + base
	if err := p.home.makeFunction(ctx, name, text); err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	p.shipped = slices.DeleteFunc(p.shipped, func(r map[string]any) bool { return r["urn"] == p.urn(functionType, component+"Function") })
	p.shipped = append(p.shipped, map[string]any{
		"urn": p.urn(functionType, component+"Function"), "type": functionType,
		"outputs": map[string]any{
			"name": name, "s3Key": "assets/" + component + "-code-" + hex.EncodeToString(sum[:]) + ".zip", "handler": handler, "runtime": runtime,
			"packageType": "Zip", "architectures": []string{"arm64"},
		},
	})
	return nil
}

// As sst.config.ts of examples/lego-api has them.
const handler, runtime = "index.handler", "nodejs22.x"

// zipped packs a bundle; equal bundles give equal zips.
func zipped(bundle fs.FS) ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	err := fs.WalkDir(bundle, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(bundle, path)
		if err != nil {
			return err
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: path, Method: zip.Deflate})
		if err == nil {
			_, err = w.Write(text)
		}
		return err
	})
	err = errors.Join(err, z.Close()) // which writes the zip's end
	return out.Bytes(), err
}

// makeFunction tells the cloud on loopback. Tags are those that SST gives, and
// those of examples/lego-api's sst.config.ts, whose transform turns tracing on.
func (h home) makeFunction(ctx context.Context, name string, code []byte) error {
	tracing := "PassThrough" // Lambda's default
	if tracingConfig() != "" {
		tracing = "Active"
	}
	body, err := json.Marshal(map[string]any{
		"Handler": handler, "Runtime": runtime, "Architectures": []string{"arm64"}, "Code": code,
		"MemoryMB": 512, "TimeoutSeconds": 10, "LogFormat": "JSON", "Tracing": tracing, "LogDays": 30,
		"Tags": map[string]string{"sst:app": h.app, "sst:stage": h.stage, "Project": "LEGO-API", "Environment": h.stage},
	})
	if err != nil {
		return err
	}
	address := os.Getenv("AWS_ENDPOINT_URL") + "/_control/functions/" + name
	r, err := http.NewRequestWithContext(ctx, http.MethodPut, address, bytes.NewReader(body)) //nolint:gosec // the address is the rehearsal's own
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r) //nolint:gosec // as above
	if err != nil {
		return err
	}
	if err := answer.Body.Close(); err != nil || answer.StatusCode != http.StatusOK {
		return errors.Join(err, fmt.Errorf("making the function %s: %s", name, answer.Status))
	}
	return nil
}
