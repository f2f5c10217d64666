package deploy

// Scrub runs every text that came from outside through clean, which takes
// secrets out. It must be done before a face is made: Markdown and JSON write
// some characters of a secret in another way, and what is looked for afterwards
// is not found.
func (r *Result) Scrub(clean func(string) string) {
	r.Lead, r.Next, r.SST = clean(r.Lead), clean(r.Next), clean(r.SST)
	for _, list := range [][]string{r.Notes, r.Tail, r.Retries} {
		for i := range list {
			list[i] = clean(list[i])
		}
	}
	for i := range r.Changes {
		c := &r.Changes[i]
		c.URN, c.Name, c.Type = clean(c.URN), clean(c.Name), clean(c.Type)
		for j := range c.Properties {
			c.Properties[j] = clean(c.Properties[j])
		}
	}
	if r.Update != nil {
		for i := range r.Update.Errors {
			e := &r.Update.Errors[i]
			e.URN, e.Message = clean(e.URN), clean(e.Message)
		}
	}
	for k, v := range r.Outputs {
		r.Outputs[k] = scrubbed(v, clean)
	}
	for i := range r.Locks {
		r.Locks[i].Why = clean(r.Locks[i].Why)
	}
}

func scrubbed(v any, clean func(string) string) any {
	switch v := v.(type) {
	case string:
		return clean(v)
	case map[string]any:
		for k, inner := range v {
			v[k] = scrubbed(inner, clean)
		}
	case []any:
		for i, inner := range v {
			v[i] = scrubbed(inner, clean)
		}
	}
	return v
}
