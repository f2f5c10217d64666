package redact

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// secretWords are words of a name that make its value a secret.
var secretWords = set("password", "passwords", "passwd", "passwort", "pwd", "pw", "pass", "passphrase", "passcode", "pin", "otp", "totp",
	"secret", "secrets", "token", "tokens", "jwt", "credential", "credentials", "creds", "bearer", "authorization", "auth", "cookie", "cookies",
	"salt", "ciphertext", "plaintext", "apikey", "apikeys", "privatekey", "accesskey", "secretkey", "sessionkey", "signingkey", "encryptionkey",
	"masterkey", "certificate", "pem", "pfx", "keystore", "dsn", "connectionstring", "signature", "hmac", "webhook", "webhooks", "licensekey", "encryptedvalue", "userdata", "sas")

// openKeys are the words before "key" that make it a name and not a secret.
// Any other "… key" counts as one.
var openKeys = set("hash", "range", "partition", "sort", "primary", "foreign", "public", "object", "s3", "bucket", "index", "cache", "group",
	"routing", "idempotency", "parameter", "output", "tag", "metric", "record", "code", "context", "lookup", "kms", "route", "handler", "source", "target", "dead")

// joined are names without a seam between their words.
var joined = regexp.MustCompile(`(?i)passw(or)?d|passphrase|secret|api[-_]?keys?$|private[-_]?keys?|access[-_]?keys?$|token$|credential|connection[-_]?(string|url|uri)|SST_KEY|SST_RESOURCE`)

func set(words ...string) map[string]bool {
	all := map[string]bool{}
	for _, w := range words {
		all[w] = true
	}
	return all
}

// Sensitive says whether a member of this name holds a secret: DB_PASSWORD,
// apiToken, stripe-secret-key, SST_RESOURCE_Database. It errs towards yes.
func Sensitive(name string) bool {
	if joined.MatchString(name) {
		return true
	}
	parts := words(name)
	for i, w := range parts {
		if secretWords[w] {
			return true
		}
		if (w == "key" || w == "keys") && i > 0 && !openKeys[parts[i-1]] && i == len(parts)-1 {
			return true
		}
	}
	return false
}

// words splits a name at its seams: camelCase, snake_case, kebab-case, dots.
func words(name string) []string {
	var all []string
	var word strings.Builder
	flush := func() {
		if word.Len() > 0 {
			all = append(all, strings.ToLower(word.String()))
			word.Reset()
		}
	}
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
			continue
		case unicode.IsUpper(r) && i > 0 && (unicode.IsLower(runes[i-1]) || unicode.IsDigit(runes[i-1])),
			// The last capital of a run begins the next word: DBPassword.
			unicode.IsUpper(r) && i > 0 && unicode.IsUpper(runes[i-1]) && i+1 < len(runes) && unicode.IsLower(runes[i+1]):
			flush()
		}
		word.WriteRune(r)
	}
	flush()
	return all
}

// holders are resources that exist to hold a secret, by a part of their type,
// and the properties that hold it; "*" is all of them.
var holders = []struct {
	kind       string
	properties map[string]bool
}{
	{"sst:sst:Secret", set("*")},
	{"sst:sst:LinkRef", set("properties", "include")},
	{"random:index/randomPassword:", set("*")},
	{"random:index/randomString:", set("result")},
	{"random:index/randomBytes:", set("*")},
	{"tls:index/privateKey:", set("*")},
	{"aws:iam/accessKey:", set("*")},
	{"aws:secretsmanager/secretVersion:", set("*")},
	{"aws:ssm/parameter:", set("value", "insecureValue")},
	{"aws:cognito/userPoolClient:", set("clientSecret")},
	{"pulumi-nodejs:dynamic:", set("__provider")},
	{"pulumi:providers:", set("*")},
}

func holdsSecret(kind, property string) bool {
	for _, h := range holders {
		if strings.Contains(kind, h.kind) && (h.properties["*"] || h.properties[property]) {
			return true
		}
	}
	return false
}

// shape is the look of a credential, known wherever it stands. Of a match the
// group keep is written again before the mask and the group after behind it.
type shape struct {
	// hints are parts in lower case of which one must be there: looking for them
	// is many times as fast as the expression.
	hints []string
	look  *regexp.Regexp
}

var shapes = []shape{
	{[]string{"-----begin"}, regexp.MustCompile(`(?s)-----BEGIN [A-Z0-9 ]*(PRIVATE KEY|ENCRYPTED MESSAGE|PGP MESSAGE)[A-Z0-9 ]*-----.*`)},
	{[]string{"akia", "asia", "abia", "acca"}, regexp.MustCompile(`\b(AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b`)},
	{[]string{"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"}, regexp.MustCompile(`\b(ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{16,}|\bgithub_pat_[A-Za-z0-9_]{20,}`)},
	{[]string{"glpat-", "gldt-", "glrt-"}, regexp.MustCompile(`\bgl(pat|dt|rt)-[A-Za-z0-9_-]{16,}`)},
	{[]string{"xox", "xapp-"}, regexp.MustCompile(`\bxox[abeoprs]-[A-Za-z0-9-]{8,}|\bxapp-[A-Za-z0-9-]{8,}`)},
	{[]string{"hooks.slack.com"}, regexp.MustCompile(`https://hooks\.slack\.com/[A-Za-z0-9/_-]+`)},
	{[]string{"k_live_", "k_test_", "whsec_"}, regexp.MustCompile(`\b[sr]k_(live|test)_[A-Za-z0-9]{8,}|\bwhsec_[A-Za-z0-9]{8,}`)},
	{[]string{"npm_", "sk-", "sg.", "aiza"}, regexp.MustCompile(`\bnpm_[A-Za-z0-9]{20,}|\bsk-[A-Za-z0-9_-]{20,}|\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|\bAIza[A-Za-z0-9_-]{30,}`)},
	{[]string{"eyj"}, regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(\.[A-Za-z0-9_-]*)?`)},
	{[]string{"://"}, regexp.MustCompile(`(?i)(?P<keep>\b[a-z][a-z0-9+.-]*://[^\s/:@"']*:)[^\s/@"']+(?P<after>@)`)},
	{[]string{"bearer", "basic"}, regexp.MustCompile(`(?i)(?P<keep>\b(bearer|basic)\s+)[A-Za-z0-9+/._~=-]{8,}`)},
	{[]string{"sig", "credential", "token", "key=", "code="}, regexp.MustCompile(`(?i)(?P<keep>[?&](X-Amz-(Signature|Credential|Security-Token)|sig|signature|token|access_token|key|code)=)[^&\s"'(]+`)},
	{[]string{"passw", "pwd", "passphrase", "secret", "token", "api", "private", "access", "credential"}, regexp.MustCompile(`(?i)(?P<keep>[a-z0-9_.-]*(passw(or)?d|passwd|pwd|passphrase|secret|token|api[-_]?key|private[-_]?key|access[-_]?key|credential)[a-z0-9_.-]*["']?\s*[=:]\s*)["']?[^\s"',;&(:][^\s"',;&(]{2,}["']?`)},
}

// names are texts that name a thing and hold no secret, though a word of
// theirs may sound like one: URNs and types of Pulumi, ARNs.
var names = regexp.MustCompile(`^(urn:pulumi:[^\s=?&@]*|arn:aws[a-z-]*:[^\s=?&@]*|[a-z][a-z0-9-]*:[a-z][A-Za-z0-9]*(/[A-Za-z0-9]+)?:[A-Z][A-Za-z0-9]*)$`)

// shortest is a length in bytes below which no text has one of the shapes:
// "pwd=abc" is the shortest.
const shortest = 7

// credentials takes out of a text what looks like a credential, and counts.
func credentials(text string) (safe string, n int) {
	if len(text) < shortest || names.MatchString(text) {
		return text, 0
	}
	lower := strings.ToLower(text)
	for _, shape := range shapes {
		if !slices.ContainsFunc(shape.hints, func(hint string) bool { return strings.Contains(lower, hint) }) {
			continue
		}
		text = replace(shape.look, text, &n)
	}
	return text, n
}

func replace(shape *regexp.Regexp, text string, n *int) string {
	keep, after := shape.SubexpIndex("keep"), shape.SubexpIndex("after")
	found := shape.FindAllStringSubmatchIndex(text, -1)
	if found == nil {
		return text
	}
	var b strings.Builder
	end := 0
	group := func(at []int, i int) string {
		if i < 0 || at[2*i] < 0 {
			return ""
		}
		return text[at[2*i]:at[2*i+1]]
	}
	for _, at := range found {
		*n++
		b.WriteString(text[end:at[0]] + group(at, keep) + Mask + group(at, after))
		end = at[1]
	}
	return b.String() + text[end:]
}
