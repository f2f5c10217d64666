package retire

// Verb is what can be done to a thing: each one a single call or batch, none of
// them a loop that waits.
type Verb string

// The verbs, each with its way back.
const (
	Freeze       Verb = "freeze"         // the service: nobody deploys to blue any more (Evidence.Frozen)
	Thaw         Verb = "thaw"           // and may again
	SaveKit      Verb = "save-kit"       // the service: the restore kit is written (Evidence.Kit)
	RemoveRecord Verb = "remove-record"  // one weighted record of blue
	AddRecord    Verb = "add-record"     // as the kit has it
	LockScaling  Verb = "lock-scaling"   // Min = Max = 0, all of scaling suspended
	FreeScaling  Verb = "free-scaling"   // Args: min, max, suspended as they were
	Scale        Verb = "scale"          // Args: desired
	MakeSimple   Verb = "make-simple"    // green's weighted records and those in With become simple ones, in one batch
	MakeWeighted Verb = "make-weighted"  // and back, as the kit has them
	MuteVerdict  Verb = "mute-verdict"   // the rollout publishes its verdict metric no more (Evidence.VerdictOff)
	SoundVerdict Verb = "sound-verdict"  // and does again
	ArchiveImage Verb = "archive-images" // one repository (Evidence.Archives)
	Lift         Verb = "lift"           // termination protection of a stack, deletion protection of a load balancer
	Protect      Verb = "protect"        // and back
	Delete       Verb = "delete"         // one thing of the plan that no stack owns
	DeleteStack  Verb = "delete-stack"   // never FORCE_DELETE, never with resources retained that the template does not retain
	WriteDocs    Verb = "write-docs"     // the pull request and the retrospective (Evidence.PullRequest, Evidence.Retrospective)
)

// final says that a verb has no way back.
func (v Verb) final() bool { return v == Delete || v == DeleteStack }

// Action is one verb for one ARN.
type Action struct {
	Verb Verb   `json:"verb"`
	ARN  string `json:"arn"`
	// With are further ARNs of the same atomic batch.
	With []string `json:"with,omitempty"`
	// Args are what the verb needs, such as desired, min and max.
	Args map[string]string `json:"args,omitempty"`
	// Print is what the thing's print must be right before a deletion; empty
	// asks for nothing.
	Print string `json:"print,omitempty"`
}
