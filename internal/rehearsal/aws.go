package rehearsal

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
)

// What the rehearsed workflow finds as its AWS: names that open nothing but the
// cloud on loopback.
const (
	stateBucket   = "sst-state-rehearsal"
	ArchiveBucket = "lego-api-releases"
)

// roles are the roles of the cloud with the variable that names each, and what
// a job must be to take it: in that environment, or on that ref.
var roles = []struct{ variable, name, subject string }{
	{"AWS_ROLE_STAGING", "cutover-staging", "environment:staging"},
	{"AWS_ROLE_PRODUCTION", "cutover-production", "environment:production"},
	{"AWS_ROLE_ROLLBACK", "cutover-rollback", "environment:production-rollback"},
	{"AWS_ROLE_GATE", "cutover-gate", "ref:refs/heads/main"},
	{"AWS_ROLE_DOCTOR", "cutover-doctor", "ref:refs/heads/main"},
	{"AWS_ROLE_DIFF", "cutover-diff", "pull_request"},
	{"AWS_ROLE_MONITOR", "cutover-monitor", "environment:production-monitor"},
	{"AWS_ROLE_SHIFT", "cutover-shift", "environment:production-shift"},
	{"AWS_ROLE_WATCH", "cutover-watch", "environment:production-watch"},
	{"AWS_ROLE_STAGING_MONITOR", "cutover-staging-monitor", "environment:staging-monitor"},
	{"AWS_ROLE_STAGING_REPORT", "cutover-staging-report", "environment:staging-report"},
	{"AWS_ROLE_REPORT", "cutover-report", "environment:production-report"},
	{"AWS_ROLE_DECIDE", "cutover-decide", "environment:production-decide"},
	// What a reviewer has approved goes on without one, under the same role.
	{"AWS_ROLE_RETIRE", "cutover-retire", "environment:production-retire"},
	{"AWS_ROLE_RETIRE", "cutover-retire", "environment:production-retiring"},
}

// Stage says how SST behaves in a stage; see internal/rehearsal/sststand.
type Stage struct {
	Mode    string         `json:",omitempty"`
	Times   int            `json:",omitempty"`
	Step    string         `json:",omitempty"`
	Outputs map[string]any `json:",omitempty"`
	Serve   bool
}

// awsServer is an AWS on loopback.
type awsServer struct {
	*cloud.Cloud
	http    *http.Server
	address string
	// stands holds how SST behaves in each stage, and what it started.
	stands string
	// watched is when a drill follows the monitoring's deployment; empty is for no
	// monitoring.
	watched string
}

// startAWS starts a cloud that gives sessions to jobs as IAM would: by whom their
// token stands for.
func startAWS(left *cloud.Cloud, repository, stands, watched string, stages map[string]Stage) (*awsServer, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening on loopback: %w", err)
	}
	s := &awsServer{Cloud: left, address: "http://" + l.Addr().String(), stands: stands, watched: watched}
	if left == nil {
		s.Cloud = cloud.New(stateBucket)
		s.Bucket(ArchiveBucket)
		s.Hasty()
		for _, tag := range []string{"Project", "Environment"} {
			s.CostTag(tag, "Active")
		}
	}
	s.Trust(func(role, token string) error {
		for _, r := range roles {
			if role == arnOf(r.name) && loopback.Subject(token) == "repo:"+repository+":"+r.subject {
				return nil
			}
		}
		return errors.New("the trust policy does not fit")
	})
	s.http = &http.Server{Handler: s.Cloud, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.http.Serve(l) }() // ends with close
	for _, name := range []string{"staging", "production"} {
		stage, ok := stages[name]
		if !ok {
			stage = Stage{Serve: true}
		}
		text, err := json.Marshal(stage)
		if err == nil {
			err = os.WriteFile(filepath.Join(stands, name+".json"), text, 0o600)
		}
		if err != nil {
			return s, fmt.Errorf("writing how SST behaves: %w", err)
		}
	}
	return s, nil
}

func arnOf(role string) string { return "arn:aws:iam::" + cloud.Account + ":role/" + role }

// args are what act is told of the cloud.
func (s *awsServer) args() []string {
	args := []string{
		"--env", "AWS_ENDPOINT_URL=" + s.address, "--env", "AWS_REGION=" + cloud.Region, "--env", "AWS_EC2_METADATA_DISABLED=true",
		"--env", "SST_STAND=" + s.stands, "--var", "ARCHIVE_BUCKET=" + ArchiveBucket, "--var", "BAKE=2s", "--var", "DRILL=" + s.watched,
	}
	for _, r := range roles {
		if s.watched != "" || !strings.HasSuffix(r.variable, "MONITOR") && !strings.HasSuffix(r.variable, "REPORT") {
			args = append(args, "--var", r.variable+"="+arnOf(r.name))
		}
	}
	return args
}

// close ends the cloud and the APIs that were deployed in it.
func (s *awsServer) close() error {
	problems := []error{s.http.Close()}
	files, err := filepath.Glob(filepath.Join(s.stands, "*.pid"))
	problems = append(problems, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		pid, bad := strconv.Atoi(strings.TrimSpace(string(text)))
		if err := errors.Join(err, bad); err != nil {
			problems = append(problems, err)
			continue
		}
		_ = syscall.Kill(pid, syscall.SIGKILL) // it holds nothing, and may be gone
	}
	return errors.Join(problems...)
}
