package redact_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/release/redact"
)

// canary is what must never be seen again.
const canary = "hunter2-canary"

// Attack: secret-in-output
func TestSecretsGo(t *testing.T) {
	secret := `{"4dabf18193072939515e22adb298388d":"1b47061264138c4ac30d75fd1eb44270","ciphertext":"` + canary + `"}`
	for name, document := range map[string]string{
		"an encrypted value":                  `{"outputs":{"url":` + secret + `}}`,
		"a decrypted value":                   `{"a":{"4dabf18193072939515e22adb298388d":"1b47061264138c4ac30d75fd1eb44270","plaintext":"\"` + canary + `\""}}`,
		"a marker with other members":         `{"a":{"4dabf18193072939515e22adb298388d":"1b47061264138c4ac30d75fd1eb44270","value":"` + canary + `","more":1}}`,
		"a marker in a list":                  `[[` + secret + `]]`,
		"the document itself":                 secret,
		"a password":                          `{"password":"` + canary + `"}`,
		"a number":                            `{"pin":"` + canary + `"}`,
		"a tree under a secret's name":        `{"secrets":{"a":{"b":["` + canary + `"]}}}`,
		"camel case":                          `{"masterUserPassword":"` + canary + `"}`,
		"capitals":                            `{"DBPassword":"` + canary + `"}`,
		"upper snake case":                    `{"STRIPE_SECRET_KEY":"` + canary + `"}`,
		"kebab case":                          `{"api-key":"` + canary + `"}`,
		"no seams":                            `{"dbpassword":"` + canary + `","apikey":"` + canary + `","accesstoken":"` + canary + `"}`,
		"the key of SST's links":              `{"SST_KEY":"` + canary + `"}`,
		"a link of SST":                       `{"environment":{"variables":{"SST_RESOURCE_Db":"{\"host\":\"` + canary + `\"}"}}}`,
		"a link of SST, split":                `{"SST_RESOURCE_App":"` + canary + `"}`,
		"a named value":                       `{"env":[{"name":"DB_PASSWORD","value":"` + canary + `"}]}`,
		"a parameter":                         `[{"ParameterKey":"DbPassword","ParameterValue":"` + canary + `"}]`,
		"a tag":                               `[{"Key":"token","Value":"` + canary + `"}]`,
		"JSON within a string":                `{"policy":"{\"password\":\"` + canary + `\"}"}`,
		"JSON within JSON within a string":    `{"policy":"{\"x\":\"{\\\"password\\\":\\\"` + canary + `\\\"}\"}"}`,
		"a list within a string":              `{"list":" [{\"token\":\"` + canary + `\"}]"}`,
		"broken JSON within a string":         `{"policy":"{\"password\":\"` + canary + `\""}`,
		"an address with a password":          `{"url":"postgres://app:` + canary + `@db.example.com/app"}`,
		"an address without a user":           `{"url":"redis://:` + canary + `@cache.example.com"}`,
		"a setting among words":               `{"script":"export DB_PASSWORD=` + canary + `; run"}`,
		"a flag among words":                  `{"command":"run --token ` + "x --api-key=" + canary + `"}`,
		"a setting with blanks":               `{"ini":"password : ` + canary + `"}`,
		"a header":                            `{"h":"Authorization: Bearer ` + canary + `"}`,
		"a signed address":                    `{"u":"https://b.s3.amazonaws.com/k?X-Amz-Signature=` + canary + `&x=1"}`,
		"a private key":                       `{"x":"-----BEGIN RSA PRIVATE KEY-----\n` + canary + `\n-----END RSA PRIVATE KEY-----"}`,
		"additional secret outputs":           `{"additionalSecretOutputs":["answer"],"outputs":{"answer":"` + canary + `"},"inputs":{"answer":"` + canary + `"}}`,
		"a secret of SST":                     `{"type":"sst:sst:Secret","outputs":{"value":"` + canary + `"}}`,
		"a random password":                   `{"type":"random:index/randomPassword:RandomPassword","outputs":{"result":"` + canary + `","bcryptHash":"` + canary + `"}}`,
		"a parameter of SSM":                  `{"type":"aws:ssm/parameter:Parameter","inputs":{"value":"` + canary + `"},"outputs":{"value":"` + canary + `"}}`,
		"a provider's settings":               `{"type":"pulumi:providers:cloudflare","inputs":{"x":"` + canary + `"}}`,
		"the same name twice":                 `{"password":"","password":"` + canary + `"}`,
		"an escaped name":                     `{"p\u0061ssword":"` + canary + `"}`,
		"a name that is a setting":            `{"password=` + canary + `":1}`,
		"a byte order mark":                   "\ufeff" + `{"password":"` + canary + `"}`,
		"the passphrase's salt":               `{"secrets_providers":{"type":"passphrase","state":{"salt":"` + canary + `"}}}`,
		"blanks around the document":          "\n\t " + `{"password":"` + canary + `"}` + "\n\n",
		"a secret beside an ordinary output":  `{"url":"https://example.com","token":"` + canary + `"}`,
		"an environment as one string a line": `{"env":["A=1","DATABASE_PASSWORD=` + canary + `"]}`,
	} {
		t.Run(name, func(t *testing.T) {
			got, masked, err := redact.JSON([]byte(document))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(got), canary) || masked == 0 {
				t.Errorf("%d masked in\n%s", masked, got)
			}
			again, more, err := redact.JSON(got)
			if err != nil || more != 0 || string(again) != string(got) {
				t.Errorf("a second time masks %d more (%v):\n%s\n%s", more, err, got, again)
			}
		})
	}
}

func TestCredentialsAreKnownByTheirLook(t *testing.T) {
	// Split, so that no scanner takes this file for a leak.
	for name, credential := range map[string]string{
		"AWS":      "AKIA" + "ABCDEFGHIJKLMNOP",
		"GitHub":   "ghp" + "_abcdefghijklmnopqrstuvwxyz0123456789",
		"Slack":    "xox" + "b-123456789012-abcdefghijkl",
		"a hook":   "https://hooks.slack" + ".com/services/T0/B0/abcdef",
		"Stripe":   "sk_" + "live_abcdefghijklmnop",
		"npm":      "npm_" + "abcdefghijklmnopqrstuvwxyz0123456789",
		"a JWT":    "eyJ" + "hbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl",
		"GitLab":   "glpat" + "-abcdefghijklmnopqrst",
		"SendGrid": "SG." + "abcdefghijklmnopqrst.abcdefghijklmnopqrst",
	} {
		document, _ := json.Marshal(map[string]any{"plain": "before " + credential + " after"})
		got, masked, err := redact.JSON(document)
		if err != nil || masked == 0 || strings.Contains(string(got), credential) || !strings.Contains(string(got), "before ") {
			t.Errorf("%s: %v, %s", name, err, got)
		}
	}
}

func TestTheRestStays(t *testing.T) {
	for _, document := range []string{
		`{"urn":"urn:pulumi:production::lego::sst:aws:Function$aws:secretsmanager/secretVersion:SecretVersion::ApiSecret"}`,
		`{"url":"https://example.com/a?b=c","n":12345678901234567890.10,"t":true,"x":null,"l":[1,"two"]}`,
		`{"arn":"arn:aws:secretsmanager:us-east-1:123456789012:secret:name-abc"}`,
		`{"type":"aws:iam/accessKey:AccessKey"}`,
		`{"key":"a/b.zip","s3Key":"a/b","hashKey":"id","publicKey":"ssh-rsa AAAA","bucketKey":"x","monkey":"x","keyboard":"x"}`,
		`{"policy":"{ \"Version\": \"2012-10-17\" }"}`,
		`{"password":""}`, `{"password":null}`, `{"passwordSet":true}`,
		`[{"name":"STAGE","value":"production"}]`, `"text"`, `7`, `null`,
	} {
		got, masked, err := redact.JSON([]byte(document))
		if err != nil || masked != 0 {
			t.Errorf("%s: %d masked, %v: %s", document, masked, err, got)
		}
		var was, is any
		if json.Unmarshal([]byte(document), &was) != nil || json.Unmarshal(got, &is) != nil {
			t.Fatal(document)
		}
		a, _ := json.Marshal(was)
		b, _ := json.Marshal(is)
		if string(a) != string(b) {
			t.Errorf("%s became %s", document, got)
		}
	}
	if got, _, _ := redact.JSON([]byte(`{"n":12345678901234567890.10}`)); !strings.Contains(string(got), "12345678901234567890.10") {
		t.Errorf("digits were lost: %s", got)
	}
}

func TestWhatCannotBeReadIsRefused(t *testing.T) {
	for name, document := range map[string]string{
		"nothing": "", "blanks": "  ", "not JSON": "password: " + canary, "it breaks off": `{"a":"` + canary, "two documents": `{} {"password":"` + canary + `"}`,
		"a log before it": "SST 4.17\n{}", "too deep": strings.Repeat("[", 600) + strings.Repeat("]", 600),
		"deeper than the decoder goes": strings.Repeat("[", 20000),
	} {
		got, _, err := redact.JSON([]byte(document))
		if fault.KindOf(err) != fault.Refused || got != nil {
			t.Errorf("%s: %v, %s", name, err, got)
		}
		if err != nil && strings.Contains(err.Error(), canary) {
			t.Errorf("%s: the error quotes the document: %v", name, err)
		}
	}
}

// Attack: secret-in-output
func TestAWholeState(t *testing.T) {
	document, err := os.ReadFile("testdata/state.json")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(document), canary) < 8 {
		t.Fatal("the example holds too few secrets to show anything")
	}
	got, masked, err := redact.JSON(document)
	if err != nil || strings.Contains(string(got), canary) || masked < 8 {
		t.Errorf("%d masked, %v\n%s", masked, err, got)
	}
	for _, stays := range []string{"urn:pulumi:production::lego::sst:aws:Function::Api", "arn:aws:lambda:us-east-1:123456789012:function:lego-Api", "code.zip", "nodejs22.x"} {
		if !strings.Contains(string(got), stays) {
			t.Errorf("%q is gone from\n%s", stays, got)
		}
	}
}

// FuzzRedact: whatever the document, no panic; what comes out is JSON, is
// redacted already, and holds no secret that stood in a marked place.
func FuzzRedact(f *testing.F) {
	state, err := os.ReadFile("testdata/state.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(state)
	for _, seed := range []string{`{"a":[1,{"password":"x"}]}`, `"{\"token\":1}"`, `[{"name":"TOKEN","value":{}}]`, `{`, `{"a":"x=(secret, not archived)"}`, `{"":""}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		got, _, err := redact.JSON(document)
		if err != nil {
			return
		}
		again, masked, err := redact.JSON(got)
		if err != nil || masked != 0 || string(again) != string(got) {
			t.Fatalf("a second time masks %d more (%v):\n%s\n%s", masked, err, got, again)
		}
		// The same document with a secret planted in it in three ways.
		whole := json.RawMessage(document)
		planted, err := json.Marshal(map[string]any{
			"document": whole, "password": canary, "env": []any{map[string]any{"name": "API_TOKEN", "value": canary, "more": whole}},
			"x": map[string]any{"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": canary, "d": whole},
		})
		if err != nil {
			return
		}
		if got, _, err := redact.JSON(planted); err == nil && strings.Contains(string(got), canary) && !strings.Contains(string(document), canary) {
			t.Fatalf("the secret shows in\n%s", got)
		}
	})
}
