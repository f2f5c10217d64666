package change

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// aside are the resources that can only change by going first: AWS makes the new
// one before it removes the old one, and takes the name only once.
func aside(was, will document) []string {
	var ids []string
	for id, a := range was.resources {
		b := will.resources[id]
		if b == nil || text(b["Type"]) != "AWS::Budgets::Budget" || text(a["Type"]) != "AWS::Budgets::Budget" {
			continue
		}
		told := differences("", properties(a)["NotificationsWithSubscribers"], properties(b)["NotificationsWithSubscribers"])
		if len(told) > 0 && nameIn(a) == nameIn(b) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// Without is what has to be deployed before updated can be: the template of the
// stack without the resources that stand in their own way, and their ids. There
// are none most of the time. Whatever is killed in between, the next deployment
// finds a stack that lacks them and adds them.
func Without(old, updated []byte) (first []byte, ids []string, err error) {
	if len(bytes.TrimSpace(old)) == 0 {
		return nil, nil, nil
	}
	was, err := parse("the deployed template", old)
	if err != nil {
		return nil, nil, err
	}
	will, err := parse("the new template", updated)
	if err != nil {
		return nil, nil, err
	}
	if ids = aside(was, will); len(ids) == 0 {
		return nil, nil, nil
	}
	var template map[string]any
	d := json.NewDecoder(bytes.NewReader(old))
	d.UseNumber()
	if err := d.Decode(&template); err != nil {
		return nil, nil, err
	}
	resources, _ := template["Resources"].(map[string]any)
	maps.DeleteFunc(resources, func(id string, _ any) bool { return slices.Contains(ids, id) })
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err = e.Encode(template)
	return b.Bytes(), ids, err
}
