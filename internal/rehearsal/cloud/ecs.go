package cloud

import (
	"net/http"
	"slices"
	"strings"
)

// fleet is what runs by itself: services of ECS, what scales them, the rules of
// EventBridge, and what feeds functions.
type fleet struct {
	limits  Limits
	feeds   []Feed
	ecs     map[string]*ECSService // by cluster/name
	targets map[string]*Scalable   // by cluster/name
	rules   map[string][]EventRule // by bus
}

// ECSService is a service of ECS as it stands.
type ECSService struct {
	Cluster, Name, Status     string
	Desired, Running, Pending int
	// Deploying says that a deployment is under way, Failed why the last failed.
	Deploying bool
	Failed    string
	// Daemon says that there is one task on each host, so that nobody may wish for
	// a number; Stuck that wished tasks do not start.
	Daemon, Stuck bool
	// Wished is each number of tasks that was wished for.
	Wished []int
}

func (s *ECSService) wish(n int) {
	s.Desired = n
	s.Wished = append(s.Wished, n)
	if !s.Stuck || n < s.Running {
		s.Running, s.Pending = n, 0
		return
	}
	s.Pending = n - s.Running
}

// SetECS makes a service, or makes one anew; one without a status is active.
func (c *Cloud) SetECS(s ECSService) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fleet.ecs == nil {
		c.fleet.ecs = map[string]*ECSService{}
	}
	if s.Status == "" {
		s.Status = "ACTIVE"
	}
	s.Wished = append(slices.Clone(s.Wished), s.Desired)
	c.fleet.ecs[s.Cluster+"/"+s.Name] = &s
}

// ECS is how a service stands; the zero value if there is none.
func (c *Cloud) ECS(cluster, name string) ECSService {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.fleet.ecs[cluster+"/"+name]; s != nil {
		return *s
	}
	return ECSService{}
}

// ForgetECS lets ECS forget a service, as it does some time after it was deleted.
func (c *Cloud) ForgetECS(cluster, name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.fleet.ecs, cluster+"/"+name)
}

// json11Of reads a request of the protocol JSON 1.1 that is one of several calls.
// The name is empty if it is answered.
func (c *Cloud) json11Of(w http.ResponseWriter, r *http.Request, service, prefix string, calls map[string]any) string {
	name := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), prefix+".")
	in, ok := calls[name]
	if !ok {
		// No call is of this name, so that it is refused and remembered.
		c.json11(w, r, service, prefix+"."+"-", nil)
		return ""
	}
	if !c.json11(w, r, service, prefix+"."+name, in) {
		return ""
	}
	return name
}

type describeServices struct {
	Cluster  string   `json:"cluster"`
	Services []string `json:"services"`
}

type updateService struct {
	Cluster      string `json:"cluster"`
	Service      string `json:"service"`
	DesiredCount *int   `json:"desiredCount"`
}

// elastic answers DescribeServices and UpdateService; source: ECS API reference,
// JSON 1.1.
func (c *Cloud) elastic(w http.ResponseWriter, r *http.Request) {
	var describe describeServices
	var update updateService
	call := c.json11Of(w, r, "ecs", "AmazonEC2ContainerServiceV20141113", map[string]any{"DescribeServices": &describe, "UpdateService": &update})
	if call == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	cluster := describe.Cluster + update.Cluster
	for _, name := range append(describe.Services, update.Service) {
		if name != "" {
			c.note(r, "ecs:"+call, arn("ecs", "service/"+cluster+"/"+name))
		}
	}
	if !c.cluster(cluster) {
		failJSON(w, &denial{http.StatusBadRequest, "ClusterNotFoundException", "Cluster not found."})
		return
	}
	if call == "DescribeServices" {
		c.showServices(w, describe)
		return
	}
	c.updateService(w, update)
}

// cluster says whether there is one: one is as soon as it has a service.
func (c *Cloud) cluster(name string) bool {
	for at := range c.fleet.ecs {
		if strings.HasPrefix(at, name+"/") {
			return name != ""
		}
	}
	return false
}

// showServices; source: API reference, DescribeServices: up to ten at once, and
// what is not known is a failure with the reason MISSING.
func (c *Cloud) showServices(w http.ResponseWriter, in describeServices) {
	if n := len(in.Services); n == 0 || n > 10 {
		failJSON(w, &denial{http.StatusBadRequest, "InvalidParameterException", "Services cannot be empty, or more than 10."})
		return
	}
	services, failures := []any{}, []any{}
	for _, name := range in.Services {
		if s := c.fleet.ecs[in.Cluster+"/"+name]; s != nil {
			services = append(services, s.shown())
			continue
		}
		failures = append(failures, map[string]string{"arn": arn("ecs", "service/"+in.Cluster+"/"+name), "reason": "MISSING"})
	}
	reply(w, map[string]any{"services": services, "failures": failures})
}

func (s *ECSService) shown() map[string]any {
	state, reason := "COMPLETED", "ECS deployment completed."
	switch {
	case s.Deploying:
		state, reason = "IN_PROGRESS", "ECS deployment in progress."
	case s.Failed != "":
		state, reason = "FAILED", s.Failed
	}
	strategy := "REPLICA"
	if s.Daemon {
		strategy = "DAEMON"
	}
	deployments := []any{map[string]any{"id": "ecs-svc/2", "status": "PRIMARY", "desiredCount": s.Desired, "runningCount": s.Running, "rolloutState": state, "rolloutStateReason": reason}}
	if s.Status != "ACTIVE" {
		deployments = []any{}
	}
	return map[string]any{
		"serviceName": s.Name, "serviceArn": arn("ecs", "service/"+s.Cluster+"/"+s.Name), "clusterArn": arn("ecs", "cluster/"+s.Cluster), "status": s.Status,
		"desiredCount": s.Desired, "runningCount": s.Running, "pendingCount": s.Pending, "schedulingStrategy": strategy, "deployments": deployments,
	}
}

// updateService; source: API reference, UpdateService.
func (c *Cloud) updateService(w http.ResponseWriter, in updateService) {
	s := c.fleet.ecs[in.Cluster+"/"+in.Service]
	refuse := func(code, message string) { failJSON(w, &denial{http.StatusBadRequest, code, message}) }
	switch {
	case s == nil:
		refuse("ServiceNotFoundException", "Service not found.")
	case s.Status != "ACTIVE":
		refuse("ServiceNotActiveException", "Service was not ACTIVE.")
	case in.DesiredCount == nil || *in.DesiredCount < 0:
		refuse("InvalidParameterException", "this cloud changes nothing but the desired count")
	case s.Daemon:
		refuse("InvalidParameterException", "The daemon scheduling strategy does not support a desired count for services.")
	default:
		s.wish(*in.DesiredCount)
		reply(w, map[string]any{"service": s.shown()})
	}
}
