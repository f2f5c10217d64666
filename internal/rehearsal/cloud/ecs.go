package cloud

import (
	"fmt"
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
	// Deploys is how often it was deployed to since it was made. Deploying says that a
	// deployment is under way, Failed why the last failed.
	Deploys   int
	Deploying bool
	Failed    string
	// Daemon says that there is one task on each host, so that nobody may wish for
	// a number; Stuck that wished tasks do not start.
	Daemon, Stuck bool
	// Definition is the family:revision that it runs, TargetGroups the ends of the
	// ARNs where it registers, Groups its security groups, Registry the ID of its
	// Cloud Map service.
	Definition           string
	TargetGroups, Groups []string
	Registry             string
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
	Include  []string `json:"include"`
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
	var old ecsOld
	calls := map[string]any{"DescribeServices": &describe, "UpdateService": &update}
	for _, name := range ecsOldCalls {
		calls[name] = &old
	}
	call := c.json11Of(w, r, "ecs", "AmazonEC2ContainerServiceV20141113", calls)
	if call == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if has(ecsOldCalls, call) {
		c.ecsOld(w, r, call, old)
		return
	}
	// Both may be named by their ARNs.
	describe.Cluster, update.Cluster, update.Service = behind(describe.Cluster), behind(update.Cluster), behind(update.Service)
	for i, name := range describe.Services {
		describe.Services[i] = behind(name)
	}
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
	if there, made := c.old.clusters[name]; made {
		return there
	}
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
	deployments := []any{map[string]any{"id": fmt.Sprintf("ecs-svc/%d", 2+s.Deploys), "status": "PRIMARY", "desiredCount": s.Desired, "runningCount": s.Running, "rolloutState": state, "rolloutStateReason": reason}}
	if s.Status != "ACTIVE" {
		deployments = []any{}
	}
	m := map[string]any{
		"launchType": "FARGATE", "serviceName": s.Name, "serviceArn": arn("ecs", "service/"+s.Cluster+"/"+s.Name), "clusterArn": arn("ecs", "cluster/"+s.Cluster), "status": s.Status,
		"desiredCount": s.Desired, "runningCount": s.Running, "pendingCount": s.Pending, "schedulingStrategy": strategy, "deployments": deployments,
	}
	s.more(m)
	return m
}

// more tells what the service is made of.
func (s *ECSService) more(m map[string]any) {
	if s.Definition != "" {
		m["taskDefinition"] = arn("ecs", "task-definition/"+s.Definition)
	}
	balancers := []any{}
	for _, end := range s.TargetGroups {
		balancers = append(balancers, map[string]any{"targetGroupArn": arn("elasticloadbalancing", end), "containerName": "web", "containerPort": 80})
	}
	m["loadBalancers"] = balancers
	if s.Groups != nil {
		m["networkConfiguration"] = map[string]any{"awsvpcConfiguration": map[string]any{"subnets": []string{"subnet-1"}, "securityGroups": s.Groups}}
	}
	if s.Registry != "" {
		m["serviceRegistries"] = []any{map[string]any{"registryArn": arn("servicediscovery", "service/"+s.Registry)}}
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
