// Package bundle gives what is deployed one name: a digest over the files that
// the build has made, the same on every machine and for every stage. With it a
// gate can hold that production gets what staging had.
//
// The digest is the SHA-256 of what sha256sum would print for the files: one
// line each, "<sha256 in hex>  <path>\n", paths relative to the folder, written
// with slashes and sorted by their bytes. By hand:
//
//	cd dist/functions && find . -type f ! -name resource.enc -printf '%P\n' |
//	  LC_ALL=C sort | xargs -d '\n' sha256sum | sha256sum
//
// Neither times nor permissions count. Files named resource.enc are left out:
// SST writes one into each function, encrypted with a key of the stage, so that
// they never agree between two stages.
package bundle

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode"
)

// PerStage is the name of the files that are left out.
const PerStage = "resource.enc"

// ErrEmpty says that a folder holds no file that counts. An empty bundle equals
// every other empty one, which would prove nothing.
var ErrEmpty = errors.New("the bundle holds no file")

// Digest returns the digest of all files below the root of fsys, in hex, and how
// many files it covers. Symbolic links and other things that are no plain files
// are refused, since what they lead to is not part of the bundle; so are names
// that a list of lines cannot hold.
func Digest(fsys fs.FS) (sum string, files int, err error) {
	var names []string
	err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return nil
		case !d.Type().IsRegular():
			return fmt.Errorf("%q is no plain file but %s", name, kind(d.Type()))
		case strings.ContainsFunc(name, unicode.IsControl):
			return fmt.Errorf("%q has a control character in its name", name)
		case path.Base(name) != PerStage:
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		return "", 0, err
	}
	if len(names) == 0 {
		return "", 0, ErrEmpty
	}
	slices.Sort(names)
	whole := sha256.New()
	for _, name := range names {
		one, err := File(fsys, name)
		if err != nil {
			return "", 0, err
		}
		fmt.Fprintf(whole, "%s  %s\n", one, name)
	}
	return hex.EncodeToString(whole.Sum(nil)), len(names), nil
}

// File returns the SHA-256 of one file in hex.
func File(fsys fs.FS, name string) (string, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // only read from
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("reading %q: %w", name, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// kind names what stands where a file should be.
func kind(mode fs.FileMode) string {
	if mode&fs.ModeSymlink != 0 {
		return "a symbolic link"
	}
	return "something else (" + mode.String() + ")"
}
