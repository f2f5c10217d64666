package message

// Announcement is one thing that people should know. Every text in it may come
// from a stranger (a branch, a commit message, a title): it is shown, and never
// acted on.
type Announcement struct {
	Kind Kind
	// Stage is the SST stage it is about; empty for none.
	Stage string
	// Title is one line, Text what there is to say beyond it.
	Title, Text string
	Fields      []Field
	Links       []Link
	// Runbook is the address of what to do, as absolute as a link's; empty where
	// nothing is wrong.
	Runbook string
	Actor   Actor
	Run     Run
	// Progress shows how far a cutover is; nil for none.
	Progress *Progress
	// Image is a picture that Slack can fetch; nil for none.
	Image *Image
}

// Field is a fact with its name.
type Field struct{ Name, Value string }

// Link leads somewhere. URL is absolute, http or https, without credentials.
type Link struct{ Label, URL string }

// Image is a picture by its address, with the words that replace it.
type Image struct{ URL, Alt string }

// Actor is who set the run going.
type Actor struct {
	// Login is the name at GitHub.
	Login string
	// Email finds the Slack member where no map names one.
	Email string
}

// Name is how the actor is called where Slack does not know them. An address
// is cut to its first part: a channel need not learn it.
func (a Actor) Name() string {
	if a.Login != "" {
		return a.Login
	}
	for i := range a.Email {
		if a.Email[i] == '@' {
			return a.Email[:i]
		}
	}
	return a.Email
}

// Run is the workflow run that an announcement comes from.
type Run struct {
	Repository, Ref, SHA string
	// URL is the run's page.
	URL string
	// Number is the run's number as people see it; empty if unknown.
	Number string
}

// Progress is a way of Total steps of which Done lie behind. Total 100 reads
// as percent.
type Progress struct{ Done, Total int }
