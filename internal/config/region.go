package config

import (
	"strings"

	"github.com/cutover-dev/cutover/internal/nearest"
	"github.com/cutover-dev/cutover/internal/unit"
	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// Region is an AWS region of the commercial partition. The others (China,
// GovCloud) have other endpoints, ARNs and prices.
type Region string

var regionSyntax = unit.Syntax{
	Name:     "an AWS region",
	Pattern:  `^(af|ap|ca|eu|il|me|mx|sa|us)-(central|east|north|northeast|northwest|south|southeast|southwest|west)-[1-9]$`,
	Allowed:  "a commercial AWS region such as us-east-1",
	Examples: []string{"us-east-1", "eu-west-1"},
}

var regionRE = pattern.New(regionSyntax.Pattern)

// regions are for suggestions only: a region opened tomorrow must not need a
// new release of ours.
var regions = []string{"us-east-1", "us-east-2", "us-west-1", "us-west-2", "eu-west-1", "eu-west-2", "eu-west-3",
	"eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "ap-northeast-1", "ap-northeast-2",
	"ap-northeast-3", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-south-1", "ap-south-2", "ap-east-1",
	"ca-central-1", "ca-west-1", "sa-east-1", "af-south-1", "me-south-1", "me-central-1", "il-central-1", "mx-central-1"}

// partitions are the prefixes of regions that are not ours.
var partitions = []string{"cn-", "us-gov-", "us-iso", "eu-iso", "eusc-"}

// ParseRegion reads the name of a region. The error is a [*unit.Error].
func ParseRegion(text string) (Region, error) {
	if regionRE.MatchString(text) {
		return Region(text), nil
	}
	e := &unit.Error{Message: "is not an AWS region", Allowed: regionSyntax.Allowed}
	for _, prefix := range partitions {
		if strings.HasPrefix(text, prefix) {
			e.Message = "is in another AWS partition, which cutover does not support"
			return "", e
		}
	}
	if len(text) <= 32 {
		if best := nearest.To(strings.ToLower(text), regions); best != "" {
			e.Suggestion = `did you mean "` + best + `"?`
		}
	}
	return "", e
}

// String returns the name of the region.
func (r Region) String() string { return string(r) }

// UnmarshalText makes Region readable by the configuration engine.
func (r *Region) UnmarshalText(text []byte) (err error) {
	*r, err = ParseRegion(string(text))
	return err
}

// Syntax describes the names of regions.
func (Region) Syntax() unit.Syntax { return regionSyntax }
