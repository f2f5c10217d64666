package runner

import (
	"os"
	"path/filepath"

	"github.com/cutover-dev/cutover/internal/fault"
)

// WriteFile writes a file that the input of this name asked for, with the
// folders above it. It says on standard error where the file is.
func (s *Session) WriteFile(input, path string, content []byte) error {
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path, content, 0o644)
	}
	if err != nil {
		return &fault.Fault{Kind: fault.Outside, Name: input, What: "cannot be written", Got: path, Err: err}
	}
	s.Notef("Written: %s", path)
	return nil
}
