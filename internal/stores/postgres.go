package stores

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const (
	user     = "lego"
	password = "pass word/ü" // that it has to be escaped in a URL is part of the test
	database = "postgres"
)

// nobody runs PostgreSQL where the test is root, for whom PostgreSQL refuses to.
const nobody = 65534

// startPostgres makes a cluster and starts it. That nothing is flushed to disk
// makes it fast; nothing of it outlives the test.
func startPostgres(t testing.TB, home string) string {
	t.Helper()
	// Not t.TempDir: what is above that is closed to all but root.
	folder, err := os.MkdirTemp("", "postgres")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	secret := filepath.Join(folder, "password")
	if err := os.WriteFile(secret, []byte(password), 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(folder, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	own(t, folder, secret, data)
	initdb := as(exec.Command(filepath.Join(home, "bin", "initdb"), "--pgdata", data, "--username", user, "--pwfile", secret,
		"--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync"), folder)
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	port := freePort(t)
	server := as(exec.Command(filepath.Join(home, "bin", "postgres"), "-D", data, "-p", port, "-c", "listen_addresses=127.0.0.1",
		"-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off",
		"-c", "max_connections=50", "-c", "shared_buffers=16MB", "-c", "log_statement=all"), folder)
	// SIGINT is its fast shutdown: clients are cut off.
	run(t, server, syscall.SIGINT, func(said string) bool {
		return strings.Contains(said, "database system is ready to accept connections")
	})
	address := url.URL{Scheme: "postgres", User: url.UserPassword(user, password), Host: "127.0.0.1:" + port, Path: "/" + database}
	return address.String()
}

// as lets a command run as somebody who is not root, in English.
func as(cmd *exec.Cmd, folder string) *exec.Cmd {
	cmd.Dir, cmd.Env = folder, []string{"LC_ALL=C", "TZ=UTC", "HOME=" + folder}
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	return cmd
}

func own(t testing.TB, paths ...string) {
	t.Helper()
	if os.Getuid() != 0 {
		return
	}
	for _, path := range paths {
		if err := os.Chown(path, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
}
