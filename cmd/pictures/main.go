// Command pictures takes the pictures of docs/pictures: pages as cutover makes
// them, seen by Chromium at the width of a desk and of a phone. Its test holds
// the pictures to the pages: once a page has changed, make pictures is due.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/runner"
)

func main() { os.Exit(runner.Main(program())) }

func program() *runner.Program {
	in := runner.NewInputs()
	browser := in.String("chromium", "", "The browser; without it the first of chromium, chromium-browser, google-chrome and chrome on PATH.")
	return &runner.Program{
		Name:    "pictures",
		Summary: "Takes the pictures of docs/pictures anew.",
		Inputs:  in,
		Run: func(ctx context.Context, s *runner.Session) error {
			path, err := chromium(*browser)
			if err != nil {
				return err
			}
			return take(ctx, path, ".", s.Notef)
		},
	}
}

// folder is where the pictures lie, seen from the root of the repository.
const folder = "docs/pictures"

// screen is what a page is seen on.
type screen struct {
	name          string
	width, height int
}

// Widths as most desks and phones have them; as long as it takes to see what the page is about.
var screens = []screen{{"desktop", 1200, 1520}, {"phone", 390, 1200}}

// index says of which pages the pictures are: by the page's name the SHA-256 of its HTML.
type index map[string]string

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// take makes every page, has it looked at, and writes down which it was.
func take(ctx context.Context, browser, root string, tell func(string, ...any)) error {
	all, err := pages(ctx, root)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "pictures")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }() // a temporary folder
	taken := index{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		taken[name] = sum(all[name])
		for _, s := range screens {
			to := filepath.Join(root, folder, name+"-"+s.name+".png")
			if err := shoot(ctx, browser, work, all[name], s, to); err != nil {
				return fmt.Errorf("%s on a %s: %w", name, s.name, err)
			}
			tell("%s", to)
		}
	}
	text, err := json.MarshalIndent(taken, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, folder, "index.json"), append(text, '\n'), 0o644)
}

// chromium finds the browser: the one that was named, or the first on PATH.
func chromium(named string) (string, error) {
	names := []string{"chromium", "chromium-browser", "google-chrome", "chrome"}
	if named != "" {
		names = []string{named}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", &fault.Fault{Kind: fault.Input, Name: "chromium", What: "is not on PATH", Got: strings.Join(names, ", "), Next: "Install Chromium, or name it: make pictures CHROMIUM=/path/to/chromium."}
}

// shoot takes one picture. The page lies in a frame of the screen's width,
// because a window cannot be as narrow as a phone.
func shoot(ctx context.Context, browser, work string, page []byte, s screen, to string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	whole, shot := filepath.Join(work, "page.html"), filepath.Join(work, "shot.png")
	frame := filepath.Join(work, "frame.html")
	around := fmt.Sprintf(`<!doctype html><meta charset="utf-8"><style>html,body{margin:0;background:#fff}iframe{border:0;width:%dpx;height:%dpx}</style><iframe src="page.html" scrolling="no"></iframe>`, s.width, s.height)
	if err := errors.Join(os.WriteFile(whole, page, 0o600), os.WriteFile(frame, []byte(around), 0o600)); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-color-profile=srgb", "--blink-settings=preferredColorScheme=1",
		"--user-data-dir="+filepath.Join(work, "profile"), "--allow-file-access-from-files", fmt.Sprintf("--window-size=%d,%d", max(s.width, 600), s.height+200), "--screenshot="+shot, "file://"+frame)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return crop(shot, to, s)
}
