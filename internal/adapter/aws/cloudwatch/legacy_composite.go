package cloudwatch

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/survey"
	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// children are the alarms that the rule of a composite one names, by name or by
// ARN, in quotes or without; source: CloudWatch API reference, PutCompositeAlarm,
// AlarmRule.
var children = pattern.New(`(?i)\b(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"([^"]*)"|([^")\s]+))\s*\)`)

// composites tells the composite alarms that go by an alarm that was told, by
// others of their kind too. An alarm must not go before those that count it: what
// they say would mean something else.
func composites(p *survey.Part, all []types.CompositeAlarm) {
	told := map[string]string{} // ARNs by name and by ARN
	for _, i := range p.Items {
		told[i.Name], told[i.ARN] = i.ARN, i.ARN
	}
	for again := true; again; {
		again = false
		for _, c := range all {
			at := aws.ToString(c.AlarmArn)
			for _, named := range children.FindAllStringSubmatch(aws.ToString(c.AlarmRule), -1) {
				child := told[named[1]+named[2]]
				link := estate.Link{From: at, To: child, How: "goes by", Holds: true}
				if child == "" || child == at || slices.Contains(p.Links, link) {
					continue
				}
				p.Links, again = append(p.Links, link), true
				if told[at] == "" {
					told[aws.ToString(c.AlarmName)], told[at] = at, at
					p.Items = append(p.Items, estate.Item{ARN: at, Kind: estate.Alarm, Name: aws.ToString(c.AlarmName), Print: survey.Print(at)})
				}
			}
		}
	}
}
