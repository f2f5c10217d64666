package live

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
)

// App runs the example app's own local server in a folder and returns what passes
// requests on to it. It ends with ctx; wait returns once it has.
func App(ctx context.Context, folder string) (h http.Handler, wait func(), err error) {
	cmd := exec.CommandContext(ctx, "node", "scripts/local.mjs")
	cmd.Dir = folder
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "PORT=0", "HOST=127.0.0.1", "APP_STAGE=production"}
	var log strings.Builder
	cmd.Stderr = &log
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, nil, &fault.Fault{Kind: fault.Outside, Name: "node", What: "does not run the example app", Err: err, Next: "Install Node 20 or later."}
	}
	address, read := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(read)
		for lines := bufio.NewReader(out); ; {
			line, err := lines.ReadString('\n')
			if _, found, ok := strings.Cut(line, "lego-api listens on "); ok {
				address <- strings.TrimSpace(found)
			}
			if err != nil {
				return
			}
		}
	}()
	wait = func() {
		<-read
		_ = cmd.Wait() // it was ended, or says why in what it printed
	}
	select {
	case at := <-address:
		base, err := url.Parse(at)
		if err != nil {
			return nil, wait, err
		}
		return proxy(base), wait, nil
	case <-read:
		wait()
	case <-time.After(30 * time.Second):
	}
	return nil, func() {}, &fault.Fault{Kind: fault.Outside, Name: "the example app", What: "did not begin to listen", Err: fmt.Errorf("%s", tail(log.String())), Next: "Run pnpm install in " + folder + "."}
}

// proxy passes requests on over connections that are kept.
func proxy(base *url.URL) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(base) },
		Transport: &http.Transport{MaxIdleConnsPerHost: 64},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			w.WriteHeader(http.StatusBadGateway) // the front counts it
			_, _ = io.WriteString(w, `{"message":"Bad Gateway"}`)
		},
	}
}
