package manual

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"
)

// Shelf is every page by its name, and whether any other file is there.
type Shelf struct {
	Pages map[string]Page
	Has   func(name string) bool
}

// Dead says why a link leads nowhere, or "". Addresses outside are not asked,
// only read.
func (s Shelf) Dead(p Page, l Link) string {
	if scheme, _, ok := strings.Cut(l.Target, ":"); ok && !strings.ContainsAny(scheme, "/.#") {
		return outside(l.Target)
	}
	target, anchor, _ := strings.Cut(l.Target, "#")
	name := s.resolve(p, target)
	page, known := s.Pages[name]
	switch {
	case !known && !s.Has(name):
		return fmt.Sprintf("%s is not there", l.Target)
	case known && anchor != "" && !page.Anchors[anchor]:
		return fmt.Sprintf("%s has no heading #%s", name, anchor)
	}
	return ""
}

// resolve is the file that a link of a page means.
func (s Shelf) resolve(p Page, target string) string {
	if target == "" {
		return p.Name
	}
	if plain, err := url.PathUnescape(target); err == nil {
		target = plain
	}
	return path.Join(path.Dir(p.Name), target)
}

var hostname = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)+$`)

// outside wants an address that a browser takes as it stands.
func outside(target string) string {
	u, err := url.Parse(target)
	switch {
	case err != nil:
		return fmt.Sprintf("%s is no address: %v", target, err)
	case u.Scheme == "mailto" && strings.Contains(u.Opaque, "@"):
		return ""
	case u.Scheme != "https" || !hostname.MatchString(u.Host):
		return fmt.Sprintf("%s is not https://host.domain/…", target)
	}
	return ""
}

// Reached are the pages to which links lead from one on, also by way of others.
// A link to a folder leads to what lies below it, since GitHub lists that.
func (s Shelf) Reached(from string) map[string]bool {
	reached := map[string]bool{}
	for next := []string{from}; len(next) > 0; next = next[1:] {
		p, known := s.Pages[next[0]]
		if !known || reached[p.Name] {
			continue
		}
		reached[p.Name] = true
		for _, l := range p.Links {
			target, _, _ := strings.Cut(l.Target, "#")
			if target == "" || strings.Contains(target, ":") {
				continue
			}
			name := s.resolve(p, target)
			next = append(next, name)
			for other := range s.Pages {
				if strings.HasPrefix(other, name+"/") {
					next = append(next, other)
				}
			}
		}
	}
	return reached
}
