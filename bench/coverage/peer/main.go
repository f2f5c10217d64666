// Command peer reads a coverage report as other Go programs do: with the parser
// of golang.org/x/tools, or with the tokens of encoding/xml. It is a module of
// its own so that cutover needs none of it.
package main

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/tools/cover"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: peer profile|xml <report>")
		os.Exit(2)
	}
	read := map[string]func(string) error{"profile": profile, "xml": tokens}[os.Args[1]]
	if read == nil {
		fmt.Fprintln(os.Stderr, "no reader is named", os.Args[1])
		os.Exit(2)
	}
	if err := read(os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(3)
	}
}

func profile(path string) error {
	profiles, err := cover.ParseProfiles(path)
	if err == nil && len(profiles) == 0 {
		err = errors.New("no file in it")
	}
	return err
}

// tokens only splits the document; whoever wants its lines has yet to begin.
func tokens(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read from
	in := xml.NewDecoder(f)
	for {
		if _, err := in.RawToken(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
