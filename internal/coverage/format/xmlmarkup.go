package format

import (
	"bufio"
	"bytes"
	"io"
)

// skipText passes over text up to the next tag. What is not asked for is not kept.
func (x *xmlReader) skipText() error {
	x.text = x.text[:0]
	for {
		rest := x.buf[x.at:]
		end := bytes.IndexByte(rest, '<')
		part := rest
		if end >= 0 {
			part = rest[:end]
		}
		if len(x.begins) == 0 && len(bytes.TrimLeft(part, " \t\r\n")) > 0 {
			return x.damaged("%q stands outside of the root element", clipped(bytes.TrimSpace(part)))
		}
		if x.keepText {
			x.text = append(x.text, part...)
			if len(x.text) > maxTag {
				return x.damaged("a text of more than %d bytes", maxTag)
			}
		}
		x.at += len(part)
		if end >= 0 {
			return nil
		}
		ok, err := x.more()
		if err != nil {
			return err
		}
		if ok || !x.atEnd {
			continue
		}
		return x.end()
	}
}

// end says whether the report may end here.
func (x *xmlReader) end() error {
	if len(x.begins) > 0 {
		return x.damaged("it breaks off within <%s>", x.name(0))
	}
	if !x.inRoot {
		return x.damaged("it breaks off before its root element")
	}
	return io.EOF
}

// markup reads what begins with "<". It returns 0 for what is passed over.
func (x *xmlReader) markup() (xmlElement, error) {
	if err := x.need(2); err != nil {
		return 0, err
	}
	switch x.buf[x.at+1] {
	case '?':
		return 0, x.skipTo("?>")
	case '!':
		return 0, x.declaration()
	case '/':
		tag, err := x.tag()
		if err != nil {
			return 0, err
		}
		return xmlClose, x.closes(bytes.TrimRight(tag[2:len(tag)-1], " \t\r\n"))
	}
	tag, err := x.tag()
	if err != nil {
		return 0, err
	}
	return xmlOpen, x.opens(tag[1 : len(tag)-1])
}

// need makes sure that so many bytes can be looked at.
func (x *xmlReader) need(n int) error {
	for len(x.buf)-x.at < n {
		if ok, err := x.more(); err != nil || (!ok && x.atEnd) {
			if err == nil {
				err = x.damaged("it breaks off within a tag")
			}
			return err
		}
	}
	return nil
}

// skipTo passes over everything up to and with end, whatever its length.
func (x *xmlReader) skipTo(end string) error {
	for {
		if i := bytes.Index(x.buf[x.at:], []byte(end)); i >= 0 {
			x.at += i + len(end)
			return nil
		}
		x.at += max(0, len(x.buf)-x.at-len(end)+1)
		if ok, err := x.more(); err != nil || (!ok && x.atEnd) {
			if err == nil {
				err = x.damaged("it breaks off before %q", end)
			}
			return err
		}
	}
}

// declaration passes over comments and a DOCTYPE that only names a DTD, which
// is never read. A DOCTYPE with declarations of its own is refused: entities
// that expand into each other are how a small file fills a large memory.
func (x *xmlReader) declaration() error {
	if err := x.need(4); err != nil {
		return err
	}
	if bytes.HasPrefix(x.buf[x.at:], []byte("<!--")) {
		x.at += 4
		return x.skipTo("-->")
	}
	if err := x.need(len("<!DOCTYPE")); err != nil {
		return err
	}
	if !bytes.HasPrefix(x.buf[x.at:], []byte("<!DOCTYPE")) || x.inRoot {
		return x.damaged("%q is not read here", clipped(x.buf[x.at:x.at+9]))
	}
	_, err := x.tag()
	return err
}

// tag returns the tag that begins here, up to the ">" that closes it, and
// stands behind it.
func (x *xmlReader) tag() ([]byte, error) {
	seen := 1
	quote := byte(0)
	for {
		rest := x.buf[x.at:]
		for seen < len(rest) {
			if quote != 0 {
				i := bytes.IndexByte(rest[seen:], quote)
				if i < 0 {
					seen = len(rest)
					break
				}
				seen += i + 1
				quote = 0
				continue
			}
			switch c := rest[seen]; c {
			case '>':
				x.at += seen + 1
				return rest[:seen+1], nil
			case '"', '\'':
				quote = c
			case '<', '[':
				return nil, x.within(rest)
			}
			seen++
		}
		if len(rest) > maxTag {
			return nil, x.damaged("a tag of more than %d bytes", maxTag)
		}
		if err := x.need(len(rest) + 1); err != nil {
			return nil, err
		}
	}
}

// within is the error for what may not stand in a tag.
func (x *xmlReader) within(tag []byte) error {
	if tag[1] == '!' {
		x.refused = true
		return x.damaged("a DOCTYPE with declarations of its own, which are refused because they can expand without end")
	}
	return x.damaged("a tag within a tag: %q", clipped(tag))
}

func (x *xmlReader) closes(name []byte) error {
	n := len(x.begins)
	if n == 0 || string(x.names[x.begins[n-1]:]) != string(name) {
		return x.damaged("</%s> closes what is not open", clipped(name))
	}
	x.begins[n-1] = -x.begins[n-1] - 1 // dropped by the next call
	x.attributes = x.attributes[:0]
	return nil
}

// opens reads "name a="b"" or the same with a slash at its end.
func (x *xmlReader) opens(tag []byte) error {
	tag, atOnce := bytes.CutSuffix(tag, []byte("/"))
	end := nameEnd(tag)
	if end == 0 {
		return x.damaged("%q is no tag", clipped(tag))
	}
	if len(x.begins) == 0 && x.inRoot {
		return x.damaged("<%s> follows the end of the root element", clipped(tag[:end]))
	}
	if len(x.begins) == maxDepth {
		return x.damaged("elements nested deeper than %d", maxDepth)
	}
	x.inRoot = true
	x.begins = append(x.begins, len(x.names))
	x.names = append(x.names, tag[:end]...)
	if err := x.readAttributes(tag[end:]); err != nil {
		return err
	}
	if atOnce {
		n := len(x.begins)
		x.begins[n-1] = -x.begins[n-1] - 1
		x.pending = true
	}
	return nil
}

func (x *xmlReader) readAttributes(rest []byte) error {
	x.attributes = x.attributes[:0]
	for {
		trimmed := bytes.TrimLeft(rest, " \t\r\n")
		if len(trimmed) == 0 {
			return nil
		}
		end := nameEnd(trimmed)
		after := bytes.TrimLeft(trimmed[end:], " \t\r\n")
		if end == 0 || len(trimmed) == len(rest) || len(after) == 0 || after[0] != '=' {
			return x.damaged("%q is no attribute", clipped(trimmed))
		}
		after = bytes.TrimLeft(after[1:], " \t\r\n")
		if len(after) == 0 || (after[0] != '"' && after[0] != '\'') {
			return x.damaged("an attribute without quotes: %q", clipped(trimmed))
		}
		length := bytes.IndexByte(after[1:], after[0])
		if length < 0 {
			return x.damaged("an attribute without an end: %q", clipped(trimmed))
		}
		if x.attribute(string(trimmed[:end])) != nil {
			return x.damaged("the attribute %q stands in it twice", clipped(trimmed[:end]))
		}
		if len(x.attributes) == maxAttributes {
			return x.damaged("a tag of more than %d attributes", maxAttributes)
		}
		x.attributes = append(x.attributes, xmlAttribute{trimmed[:end], after[1 : 1+length]})
		rest = after[length+2:]
	}
}

// nameEnd returns how long the name is that b begins with.
func nameEnd(b []byte) int {
	for i, c := range b {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c >= 0x80
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '-' && c != '.' && c != ':') {
			return i
		}
	}
	return len(b)
}

// xmlHead is what tells reports in XML apart: the root element with its
// attributes and its first child.
func xmlHead(head []byte) (root, child string, attribute func(string) bool) {
	has := map[string]bool{}
	attribute = func(name string) bool { return has[name] }
	x := headReader(head)
	if x == nil {
		return "", "", attribute
	}
	if kind, err := x.next(); err != nil || kind != xmlOpen {
		return "", "", attribute
	}
	root = x.name(0)
	for _, a := range x.attributes {
		has[string(a.name)] = true
	}
	if kind, err := x.next(); err == nil && kind == xmlOpen {
		child = x.name(0)
	}
	return root, child, attribute
}

// headReader reads a head, nil if it is no XML.
func headReader(head []byte) *xmlReader {
	if !bytes.HasPrefix(head, []byte("<")) {
		return nil
	}
	return newXMLReader(bufio.NewReader(bytes.NewReader(head)), 2*headSize)
}

// refusal is the error for XML that is not looked at any further, whatever
// report it may be.
func refusal(head []byte) error {
	x := headReader(head)
	if x == nil {
		return nil
	}
	if _, err := x.next(); x.refused {
		return err
	}
	return nil
}
