package cloud

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// TaskDefinition is a revision of a family.
type TaskDefinition struct {
	Image, LogGroup, Role string
	Inactive              bool
}

// Definition makes a task definition, by family:revision.
func (o *OldSide) Definition(name string, d TaskDefinition) { put(&o.c.old.definitions, name, &d) }

// Definitions are those that are active.
func (o *OldSide) Definitions() []string {
	all := slices.Sorted(maps.Keys(o.c.old.definitions))
	return slices.DeleteFunc(all, func(name string) bool { return o.c.old.definitions[name].Inactive })
}

// Cluster makes a cluster without services; Clusters are those that are active.
func (o *OldSide) Cluster(name string) { put(&o.c.old.clusters, name, true) }

// Clusters are those that are active.
func (o *OldSide) Clusters() []string { return o.c.clusterNames() }

// Lone lets tasks of no service run in a cluster.
func (o *OldSide) Lone(cluster string, n int) { put(&o.c.old.lone, cluster, n) }

// clusterNames are those that are active: one is as soon as it has a service, until
// it is deleted.
func (c *Cloud) clusterNames() []string {
	names := map[string]bool{}
	for at := range c.fleet.ecs {
		name, _, _ := strings.Cut(at, "/")
		names[name] = true
	}
	maps.Copy(names, c.old.clusters)
	maps.DeleteFunc(names, func(_ string, there bool) bool { return !there })
	return slices.Sorted(maps.Keys(names))
}

// ecsOld are the further calls of ECS, with everything that any of them takes.
type ecsOld struct {
	Cluster        string   `json:"cluster"`
	Clusters       []string `json:"clusters"`
	Service        string   `json:"service"`
	Force          bool     `json:"force"`
	Tasks          []string `json:"tasks"`
	DesiredStatus  string   `json:"desiredStatus"`
	FamilyPrefix   string   `json:"familyPrefix"`
	Status         string   `json:"status"`
	TaskDefinition string   `json:"taskDefinition"`
	Include        []string `json:"include"`
	MaxResults     int      `json:"maxResults"`
	NextToken      string   `json:"nextToken"`
}

var ecsOldCalls = words("ListClusters DescribeClusters ListServices ListTasks DescribeTasks ListContainerInstances ListTaskDefinitions DescribeTaskDefinition DeleteService DeleteCluster DeregisterTaskDefinition")

// behind is the last part of an ARN, or a name as it is.
func behind(at string) string { return at[strings.LastIndexByte(at, '/')+1:] }

func (c *Cloud) ecsFail(w http.ResponseWriter, code, message string) {
	failJSON(w, &denial{http.StatusBadRequest, code, message})
}

// ecsOld answers them; c.mu is held. Resources are those of the Service
// Authorization Reference.
func (c *Cloud) ecsOld(w http.ResponseWriter, r *http.Request, call string, in ecsOld) {
	in.Cluster, in.Service, in.TaskDefinition = behind(in.Cluster), behind(in.Service), behind(in.TaskDefinition)
	resource := "*"
	switch call {
	case "DescribeClusters":
		for _, at := range in.Clusters {
			c.note(r, "ecs:"+call, arn("ecs", "cluster/"+behind(at)))
		}
	case "ListContainerInstances", "DeleteCluster":
		resource = arn("ecs", "cluster/"+in.Cluster)
	case "DescribeTasks":
		for _, at := range in.Tasks {
			c.note(r, "ecs:"+call, at)
		}
	case "DeleteService":
		resource = arn("ecs", "service/"+in.Cluster+"/"+in.Service)
	}
	if call != "DescribeClusters" && call != "DescribeTasks" {
		c.note(r, "ecs:"+call, resource)
	}
	if in.Cluster != "" && !has(c.clusterNames(), in.Cluster) {
		c.ecsFail(w, "ClusterNotFoundException", "Cluster not found.")
		return
	}
	switch call {
	case "ListClusters":
		c.arns(w, "clusterArns", c.clusterNames(), in.NextToken, func(name string) string { return arn("ecs", "cluster/"+name) })
	case "DescribeClusters":
		c.describeClusters(w, in)
	case "ListServices":
		c.listServices(w, in)
	case "ListTasks":
		running := in.DesiredStatus != "STOPPED"
		c.arns(w, "taskArns", slices.DeleteFunc(c.taskIDs(in.Cluster), func(string) bool { return !running }), in.NextToken, func(id string) string { return arn("ecs", "task/"+in.Cluster+"/"+id) })
	case "DescribeTasks":
		c.describeTasks(w, in)
	case "ListContainerInstances":
		c.arns(w, "containerInstanceArns", nil, in.NextToken, nil)
	case "ListTaskDefinitions":
		c.listDefinitions(w, in)
	case "DescribeTaskDefinition", "DeregisterTaskDefinition":
		c.definition(w, call, in)
	case "DeleteService":
		c.deleteService(w, in)
	case "DeleteCluster":
		c.deleteCluster(w, in.Cluster)
	}
}

// arns answers a page of a list of ARNs.
func (c *Cloud) arns(w http.ResponseWriter, field string, keys []string, token string, name func(string) string) {
	part, next := page(keys, token)
	list := []any{}
	for _, key := range part {
		list = append(list, name(key))
	}
	out := map[string]any{field: list}
	if next != "" {
		out["nextToken"] = next
	}
	reply(w, out)
}

func (c *Cloud) describeClusters(w http.ResponseWriter, in ecsOld) {
	list, failures := []any{}, []any{}
	for _, at := range in.Clusters {
		name := behind(at)
		if !has(c.clusterNames(), name) {
			if _, was := c.old.clusters[name]; was {
				list = append(list, map[string]any{"clusterArn": arn("ecs", "cluster/"+name), "clusterName": name, "status": "INACTIVE"})
				continue
			}
			failures = append(failures, map[string]any{"arn": at, "reason": "MISSING"})
			continue
		}
		list = append(list, map[string]any{"clusterArn": arn("ecs", "cluster/"+name), "clusterName": name, "status": "ACTIVE", "tags": c.listed(arn("ecs", "cluster/"+name), "key", "value"),
			"activeServicesCount": len(c.active(name)), "runningTasksCount": len(c.taskIDs(name))})
	}
	reply(w, map[string]any{"clusters": list, "failures": failures})
}

// active are the names of a cluster's services that are active: those that drain
// are in no list; source: API reference, ListServices and DeleteService.
func (c *Cloud) active(cluster string) []string {
	var names []string
	for _, s := range c.fleet.ecs {
		if s.Cluster == cluster && s.Status == "ACTIVE" {
			names = append(names, s.Name)
		}
	}
	slices.Sort(names)
	return names
}

func (c *Cloud) listServices(w http.ResponseWriter, in ecsOld) {
	c.arns(w, "serviceArns", c.active(in.Cluster), in.NextToken, func(name string) string { return arn("ecs", "service/"+in.Cluster+"/"+name) })
}

// taskIDs are those of a cluster's tasks: <service>-<n>, and lone-<n> of no service.
func (c *Cloud) taskIDs(cluster string) []string {
	var ids []string
	for _, s := range c.fleet.ecs {
		for i := range s.Running {
			if s.Cluster == cluster && s.Status != "INACTIVE" {
				ids = append(ids, fmt.Sprintf("%s-%d", s.Name, i))
			}
		}
	}
	for i := range c.old.lone[cluster] {
		ids = append(ids, fmt.Sprintf("lone-%d", i))
	}
	slices.Sort(ids)
	return ids
}

func (c *Cloud) describeTasks(w http.ResponseWriter, in ecsOld) {
	list, failures := []any{}, []any{}
	for _, at := range in.Tasks {
		id := behind(at)
		name, _, _ := strings.Cut(id, "-")
		s := c.fleet.ecs[in.Cluster+"/"+id[:max(0, strings.LastIndexByte(id, '-'))]]
		switch {
		case !has(c.taskIDs(in.Cluster), id):
			failures = append(failures, map[string]any{"arn": at, "reason": "MISSING"})
		case s == nil:
			list = append(list, map[string]any{"taskArn": at, "clusterArn": arn("ecs", "cluster/"+in.Cluster), "group": "family:" + name, "taskDefinitionArn": arn("ecs", "task-definition/lone:1"), "lastStatus": "RUNNING", "desiredStatus": "RUNNING"})
		default:
			n := 0
			_, _ = fmt.Sscanf(id[strings.LastIndexByte(id, '-')+1:], "%d", &n) // an id ends in a number
			list = append(list, map[string]any{"taskArn": at, "clusterArn": arn("ecs", "cluster/"+in.Cluster), "group": "service:" + s.Name, "taskDefinitionArn": arn("ecs", "task-definition/"+s.Definition), "lastStatus": "RUNNING", "desiredStatus": "RUNNING",
				"attachments": []any{map[string]any{"id": id, "type": "ElasticNetworkInterface", "status": "ATTACHED", "details": []any{map[string]any{"name": "networkInterfaceId", "value": taskCard(in.Cluster+"/"+s.Name, n)},
					map[string]any{"name": "privateIPv4Address", "value": taskAddress(in.Cluster+"/"+s.Name, n)}}}}})
		}
	}
	reply(w, map[string]any{"tasks": list, "failures": failures})
}

func (c *Cloud) listDefinitions(w http.ResponseWriter, in ecsOld) {
	var names []string
	for name, d := range c.old.definitions {
		family, _, _ := strings.Cut(name, ":")
		if (in.FamilyPrefix == "" || family == in.FamilyPrefix) && d.Inactive == (in.Status == "INACTIVE") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	c.arns(w, "taskDefinitionArns", names, in.NextToken, func(name string) string { return arn("ecs", "task-definition/"+name) })
}

// definition shows one, or makes it INACTIVE; source: API reference,
// DeregisterTaskDefinition: it can still be described.
func (c *Cloud) definition(w http.ResponseWriter, call string, in ecsOld) {
	d := c.old.definitions[in.TaskDefinition]
	if d == nil {
		c.ecsFail(w, "ClientException", "Unable to describe task definition.")
		return
	}
	if call == "DeregisterTaskDefinition" {
		d.Inactive = true
	}
	family, revision, _ := strings.Cut(in.TaskDefinition, ":")
	n := 0
	_, _ = fmt.Sscanf(revision, "%d", &n) // made so by a test
	container := map[string]any{"name": family, "image": d.Image, "essential": true}
	if d.LogGroup != "" {
		container["logConfiguration"] = map[string]any{"logDriver": "awslogs", "options": map[string]string{"awslogs-group": d.LogGroup, "awslogs-region": Region}}
	}
	shown := map[string]any{"taskDefinitionArn": arn("ecs", "task-definition/"+in.TaskDefinition), "family": family, "revision": n, "status": map[bool]string{true: "INACTIVE", false: "ACTIVE"}[d.Inactive],
		"cpu": "1024", "memory": "2048", "networkMode": "awsvpc", "containerDefinitions": []any{container}}
	if d.Role != "" {
		shown["executionRoleArn"] = "arn:aws:iam::" + Account + ":role/" + d.Role
	}
	reply(w, map[string]any{"taskDefinition": shown, "tags": c.listed(arn("ecs", "task-definition/"+in.TaskDefinition), "key", "value")})
}

// deleteService; source: API reference, DeleteService: without force not while it
// is scaled above zero; it drains, and is INACTIVE once its tasks have ended.
func (c *Cloud) deleteService(w http.ResponseWriter, in ecsOld) {
	s := c.fleet.ecs[in.Cluster+"/"+in.Service]
	switch {
	case s == nil || s.Status == "INACTIVE":
		c.ecsFail(w, "ServiceNotFoundException", "Service not found.")
	case in.Force:
		c.unknown = append(c.unknown, "ecs DeleteService with force")
		c.ecsFail(w, "InvalidParameterException", "this cloud lets nobody force")
	case s.Desired > 0 && !s.Daemon:
		c.ecsFail(w, "InvalidParameterException", "The service cannot be stopped while it is scaled above 0.")
	default:
		s.Status = "DRAINING"
		reply(w, map[string]any{"service": s.shown()})
	}
}

// deleteCluster; source: API reference, DeleteCluster, errors.
func (c *Cloud) deleteCluster(w http.ResponseWriter, name string) {
	for _, s := range c.fleet.ecs {
		if s.Cluster == name && s.Status != "INACTIVE" {
			c.ecsFail(w, "ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active.")
			return
		}
	}
	if len(c.taskIDs(name)) > 0 {
		c.ecsFail(w, "ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.")
		return
	}
	put(&c.old.clusters, name, false)
	reply(w, map[string]any{"cluster": map[string]any{"clusterName": name, "status": "INACTIVE"}})
}

// Drained ends the draining of services without tasks, as time does.
func (o *OldSide) Drained() {
	for _, s := range o.c.fleet.ecs {
		if s.Status == "DRAINING" && s.Running == 0 {
			s.Status = "INACTIVE"
		}
	}
}
