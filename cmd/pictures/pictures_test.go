package main

import (
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const root = "../.."

// heaviest is what a picture may weigh at most: the repository keeps every one
// that there ever was.
const heaviest = 150 << 10

// The pictures are of the pages as they are now.
func TestThePicturesAreOfThesePages(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, folder, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var kept index
	if err := json.Unmarshal(text, &kept); err != nil {
		t.Fatal(err)
	}
	all, err := pages(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 6 || len(kept) != len(all) {
		t.Errorf("%d pages, %d in the index; run make pictures", len(all), len(kept))
	}
	for name, html := range all {
		if kept[name] != sum(html) {
			t.Errorf("the page %s has changed since its pictures were taken; run make pictures, and look at them", name)
		}
		for _, s := range screens {
			look(t, filepath.Join(root, folder, name+"-"+s.name+".png"), s)
		}
	}
}

// look holds a picture to its screen, and that something is to be seen.
func look(t *testing.T, path string, s screen) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }() // it was only read
	info, err := file.Stat()
	if err != nil || info.Size() > heaviest {
		t.Errorf("%s weighs %d bytes, %v", path, info.Size(), err)
	}
	picture, err := png.Decode(file)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if size := picture.Bounds().Size(); size.X != s.width || size.Y != s.height {
		t.Errorf("%s is %v, a %s %d×%d", path, size, s.name, s.width, s.height)
	}
	seen := map[[3]uint32]bool{}
	for y := 0; y < s.height; y += 3 {
		for x := 0; x < s.width; x += 3 {
			r, g, b, _ := picture.At(x, y).RGBA()
			seen[[3]uint32{r, g, b}] = true
		}
	}
	if len(seen) < 20 {
		t.Errorf("%s has %d colours: nothing is to be seen", path, len(seen))
	}
}

// A page is the same every time, or its picture would be due every time.
func TestPagesAreTheSameEveryTime(t *testing.T) {
	one, err := pages(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	two, err := pages(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	for name := range one {
		if sum(one[name]) != sum(two[name]) {
			t.Errorf("the page %s is another one the second time", name)
		}
		if strings.Contains(string(one[name]), "<script") {
			t.Errorf("the page %s has a script", name)
		}
	}
}

func TestWhoHasNoBrowserIsToldWhatIsMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for named, want := range map[string]string{"": "google-chrome", "/nowhere/chromium": "/nowhere/chromium"} {
		if _, err := chromium(named); err == nil || !strings.Contains(err.Error(), "CHROMIUM=") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", named, err)
		}
	}
}
