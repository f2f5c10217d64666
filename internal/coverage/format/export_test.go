package format

import "bytes"

// Accepting names the formats that claim a report by its head.
func Accepting(text []byte) []string {
	head := bytes.TrimLeft(bytes.TrimPrefix(text[:min(len(text), headSize)], []byte("\ufeff")), " \t\r\n")
	var names []string
	for _, f := range registered {
		if f.Detect(head) {
			names = append(names, f.Name)
		}
	}
	return names
}
