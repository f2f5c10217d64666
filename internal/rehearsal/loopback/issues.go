package loopback

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// This file: issues, as far as a program keeps one of its own. Source: REST API,
// "Issues", "Issue assignees".

// Issue is an issue. Pull requests are issues as well on GitHub: Pull says that
// one is listed here.
type Issue struct {
	Number              int
	Title, Body, Author string
	State, Reason       string
	Labels, Assignees   []string
	Pull                bool
	Edits               int
}

// firstIssue is where numbers begin here, so that none is a pull request's.
const firstIssue = 1001

// Issues are copies of the issues, oldest first.
func (s *Server) Issues() []Issue {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Issue
	for _, i := range s.issues.all {
		all = append(all, *i)
	}
	return all
}

// AddIssue opens one as somebody would; its number is given.
func (s *Server) AddIssue(i Issue) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	i.Number = firstIssue + len(s.issues.all)
	if i.State == "" {
		i.State = "open"
	}
	s.issues.all = append(s.issues.all, &i)
	return i.Number
}

// CloseIssue closes one as somebody would.
func (s *Server) CloseIssue(number int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.issues.all[number-firstIssue]
	i.State, i.Reason = "closed", "completed"
}

// Assignable says who can be assigned; nobody unless set.
func (s *Server) Assignable(logins ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.issues.assignable = logins
}

type issues struct {
	all        []*Issue
	assignable []string
}

func (s *Server) issue(r *http.Request) *Issue {
	n, err := strconv.Atoi(r.PathValue("number"))
	if err != nil || n < firstIssue || n >= firstIssue+len(s.issues.all) {
		return nil
	}
	return s.issues.all[n-firstIssue]
}

func (i *Issue) json() map[string]any {
	people, labels := []any{}, []any{}
	for _, a := range i.Assignees {
		people = append(people, map[string]string{"login": a})
	}
	for _, l := range i.Labels {
		labels = append(labels, map[string]string{"name": l})
	}
	m := map[string]any{
		"number": i.Number, "title": i.Title, "body": i.Body, "state": i.State, "user": map[string]string{"login": i.Author},
		"assignees": people, "labels": labels, "html_url": fmt.Sprintf("https://github.example.com/o/r/issues/%d", i.Number),
	}
	if i.Pull {
		m["pull_request"] = map[string]string{"url": "https://github.example.com/o/r/pull/1"}
	}
	return m
}

// getIssues lists a page, the newest first; a label must be there, in any case of
// its letters.
func (s *Server) getIssues(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := r.URL.Query()
	list := []map[string]any{}
	for _, i := range slices.Backward(s.issues.all) {
		fits := q.Get("state") == "all" || i.State == "open" && q.Get("state") != "closed" || i.State == q.Get("state")
		for _, l := range strings.FieldsFunc(q.Get("labels"), func(r rune) bool { return r == ',' }) {
			fits = fits && slices.ContainsFunc(i.Labels, func(has string) bool { return strings.EqualFold(has, l) })
		}
		if fits {
			list = append(list, i.json())
		}
	}
	size, page := 30, 1
	if n, err := strconv.Atoi(q.Get("per_page")); err == nil && n > 0 {
		size = min(n, 100)
	}
	if n, err := strconv.Atoi(q.Get("page")); err == nil && n > 0 {
		page = n
	}
	from := min((page-1)*size, len(list))
	to := min(from+size, len(list))
	if to < len(list) {
		next := *r.URL
		q.Set("page", strconv.Itoa(page+1))
		next.RawQuery = q.Encode()
		w.Header().Set("Link", fmt.Sprintf(`<http://%s%s>; rel="next"`, r.Host, next.String()))
	}
	reply(w, http.StatusOK, list[from:to])
}

// writeIssue reads what is to be written, as far as this server knows it.
func (s *Server) writeIssue(w http.ResponseWriter, r *http.Request, in any, write func() (*Issue, int)) {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(in); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.readOnly {
		refuse(w, http.StatusForbidden, errNotAccessible)
		return
	}
	i, status := write()
	if i == nil {
		refuse(w, status, words("Validation Failed"))
		return
	}
	reply(w, status, i.json())
}

func tooLong(body string) bool { return len([]rune(body)) > 65_536 }

func (s *Server) postIssue(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Title, Body string
		Labels      []string
	}
	s.writeIssue(w, r, &in, func() (*Issue, int) {
		if in.Title == "" || tooLong(in.Body) {
			return nil, http.StatusUnprocessableEntity
		}
		i := &Issue{Number: firstIssue + len(s.issues.all), Title: in.Title, Body: in.Body, Author: bot, State: "open", Labels: in.Labels}
		s.issues.all = append(s.issues.all, i)
		return i, http.StatusCreated
	})
}

func (s *Server) patchIssue(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Title, Body, State *string
		Reason             string `json:"state_reason"`
	}
	s.writeIssue(w, r, &in, func() (*Issue, int) {
		i := s.issue(r)
		if i == nil {
			return nil, http.StatusNotFound
		}
		for _, x := range []struct{ from, to *string }{{in.Title, &i.Title}, {in.Body, &i.Body}, {in.State, &i.State}} {
			if x.from != nil {
				*x.to = *x.from
			}
		}
		i.Reason = in.Reason
		i.Edits++
		return i, http.StatusOK
	})
}

func (s *Server) getAssignee(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.Contains(s.issues.assignable, r.PathValue("login")) {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	refuse(w, http.StatusNotFound, words("Not Found"))
}

// postAssignees leaves out whom it does not take, and says nothing.
func (s *Server) postAssignees(w http.ResponseWriter, r *http.Request) {
	var in struct{ Assignees []string }
	s.writeIssue(w, r, &in, func() (*Issue, int) {
		i := s.issue(r)
		if i == nil {
			return nil, http.StatusNotFound
		}
		for _, a := range in.Assignees {
			if slices.Contains(s.issues.assignable, a) && !slices.Contains(i.Assignees, a) && len(i.Assignees) < 10 {
				i.Assignees = append(i.Assignees, a)
			}
		}
		return i, http.StatusCreated
	})
}
