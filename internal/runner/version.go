package runner

// version is the release's tag, set by the linker (see internal/publish).
var version string

// unreleased is the version of what was built from sources.
const unreleased = "unreleased"

// Version is the release that this binary belongs to, or "unreleased".
func Version() string {
	if version == "" {
		return unreleased
	}
	return version
}
