// Package keys finds access keys that do not expire. Whoever reads one once can
// use it for ever, so that a job should have none: see docs/oidc.md.
package keys

import (
	"bytes"
	"path/filepath"
	"strings"
)

// Found is a long-lived key. Its secret is never read, and its name is not kept.
type Found struct {
	// Where it stands, in words.
	Where string
	// Used says whether the SDKs would take it; another lies about.
	Used bool
}

// longLived is how the ids of keys without an end begin; those of sessions begin
// with ASIA. Source: IAM User Guide, "IAM identifiers", unique ids.
const longLived = "AKIA"

// Find looks where AWS's SDKs look, in their order: variables, a web identity,
// then the profile in the shared files. environ is the process's environment,
// read reads a file; a file that cannot be read has no key.
func Find(environ []string, read func(path string) ([]byte, error)) []Found {
	env := map[string]string{}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		env[name] = value
	}
	var found []Found
	if strings.HasPrefix(env["AWS_ACCESS_KEY_ID"], longLived) {
		found = append(found, Found{"AWS_ACCESS_KEY_ID", env["AWS_SECRET_ACCESS_KEY"] != ""})
	}
	before := env["AWS_ACCESS_KEY_ID"] != "" && env["AWS_SECRET_ACCESS_KEY"] != "" || env["AWS_WEB_IDENTITY_TOKEN_FILE"] != ""
	profile := first(env["AWS_PROFILE"], env["AWS_DEFAULT_PROFILE"], "default")
	files := []string{
		first(env["AWS_SHARED_CREDENTIALS_FILE"], home(env, "credentials")),
		first(env["AWS_CONFIG_FILE"], home(env, "config")),
	}
	// A profile that assumes a role begins with another's key. Five steps are
	// more than anybody has; a circle ends there too.
	for range 5 {
		next := ""
		for _, file := range files {
			if file == "" {
				continue
			}
			id, source := section(file, profile, read)
			if strings.HasPrefix(id, longLived) {
				found = append(found, Found{"profile " + profile + " of " + file, !before})
			}
			next = first(next, source)
		}
		if next == "" || next == profile {
			break
		}
		profile = next
	}
	return found
}

// home is a file in ~/.aws, "" without a home.
func home(env map[string]string, name string) string {
	if h := first(env["HOME"], env["USERPROFILE"]); h != "" {
		return filepath.Join(h, ".aws", name)
	}
	return ""
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// section reads two settings of a profile, of which none is secret. In the file
// config a profile's heading has the word profile before its name.
func section(file, profile string, read func(string) ([]byte, error)) (id, source string) {
	text, err := read(file)
	if err != nil {
		return "", ""
	}
	defer clear(text) // the secrets beside it
	here := false
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		if len(line) > 1 && line[0] == '[' {
			heading := strings.TrimSpace(strings.Trim(string(line), "[]"))
			here = heading == profile || strings.Join(strings.Fields(heading), " ") == "profile "+profile
			continue
		}
		name, value, ok := bytes.Cut(line, []byte("="))
		if !here || !ok {
			continue
		}
		switch strings.ToLower(string(bytes.TrimSpace(name))) {
		case "aws_access_key_id":
			id = string(bytes.TrimSpace(value))
		case "source_profile":
			source = string(bytes.TrimSpace(value))
		}
	}
	return id, source
}
