package keys_test

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/cutover-dev/cutover/internal/adapter/aws/keys"
)

func TestFind(t *testing.T) {
	const secret = "wJalrXUtnFEMI/K7MDENG/the-secret"
	files := map[string]string{
		"/home/u/.aws/credentials": "# mine\n[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = " + secret + "\n\n[session]\naws_access_key_id=ASIASESSION\naws_secret_access_key=" + secret + "\n[base]\nAWS_ACCESS_KEY_ID = AKIABASE\n",
		"/home/u/.aws/config":      "[default]\nregion = us-east-1\n[profile deploy]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = base\n[profile  loop]\nsource_profile = loop2\n[profile loop2]\nsource_profile = loop\n[profile inside]\naws_access_key_id = AKIAINSIDE\n",
		"/elsewhere":               "[default]\naws_access_key_id=AKIAELSEWHERE\n",
	}
	var held [][]byte
	read := func(path string) ([]byte, error) {
		text, ok := files[path]
		if !ok {
			return nil, os.ErrNotExist
		}
		held = append(held, []byte(text))
		return held[len(held)-1], nil
	}
	const home, credentials, configuration = "HOME=/home/u", "/home/u/.aws/credentials", "/home/u/.aws/config"
	for name, c := range map[string]struct {
		environ []string
		want    []keys.Found
	}{
		"nothing":                 {nil, nil},
		"a session":               {[]string{"AWS_ACCESS_KEY_ID=ASIAX", "AWS_SECRET_ACCESS_KEY=" + secret}, nil},
		"a key":                   {[]string{"AWS_ACCESS_KEY_ID=AKIAX", "AWS_SECRET_ACCESS_KEY=" + secret}, []keys.Found{{"AWS_ACCESS_KEY_ID", true}}},
		"a key without its half":  {[]string{"AWS_ACCESS_KEY_ID=AKIAX"}, []keys.Found{{"AWS_ACCESS_KEY_ID", false}}},
		"the default profile":     {[]string{home}, []keys.Found{{"profile default of " + credentials, true}}},
		"a profile of a session":  {[]string{home, "AWS_PROFILE=session"}, nil},
		"a profile not there":     {[]string{home, "AWS_PROFILE=absent"}, nil},
		"the older variable":      {[]string{home, "AWS_DEFAULT_PROFILE=base"}, []keys.Found{{"profile base of " + credentials, true}}},
		"in the file config":      {[]string{home, "AWS_PROFILE=inside"}, []keys.Found{{"profile inside of " + configuration, true}}},
		"a role's source":         {[]string{home, "AWS_PROFILE=deploy"}, []keys.Found{{"profile base of " + credentials, true}}},
		"a circle":                {[]string{home, "AWS_PROFILE=loop"}, nil},
		"another file":            {[]string{home, "AWS_SHARED_CREDENTIALS_FILE=/elsewhere"}, []keys.Found{{"profile default of /elsewhere", true}}},
		"a file behind a session": {[]string{home, "AWS_ACCESS_KEY_ID=ASIAX", "AWS_SECRET_ACCESS_KEY=x"}, []keys.Found{{"profile default of " + credentials, false}}},
		"a file behind a role":    {[]string{home, "AWS_WEB_IDENTITY_TOKEN_FILE=/t"}, []keys.Found{{"profile default of " + credentials, false}}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := keys.Find(c.environ, read); !slices.Equal(got, c.want) {
				t.Errorf("%+v", got)
			}
			if s := fmt.Sprintf("%+v", keys.Find(c.environ, read)); len(s) > 0 && slices.Contains([]string{secret, "AKIAX"}, s) {
				t.Errorf("it shows %s", s)
			}
		})
	}
	for _, text := range held {
		if slices.ContainsFunc(text, func(b byte) bool { return b != 0 }) {
			t.Fatal("a file's content is still in memory")
		}
	}
}
