// Package refusal says what to do when AWS says no.
package refusal

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// role is what a step without good credentials needs.
const role = "Give the step its role by OIDC: the input role, or aws-actions/configure-aws-credentials before it."

// Of makes a fault of an error of the SDK: name and what say which call failed,
// allow which permission it needs. The SDK's errors hold request ids and no
// credentials.
func Of(name, what, allow string, err error) *fault.Fault {
	f := &fault.Fault{Kind: fault.Outside, Name: name, What: what, Err: err}
	if strings.Contains(err.Error(), "get credentials:") {
		// The SDK has no type for it, and lists everything it has tried.
		f.Kind, f.Err, f.Next = fault.Input, errors.New("no AWS credentials were found"), role
		f.Runbooks = []runbook.Kind{runbook.Session}
		return f
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		f.Err = fmt.Errorf("%s: %s", api.ErrorCode(), api.ErrorMessage())
		switch api.ErrorCode() {
		case "AccessDenied", "AccessDeniedException":
			f.Kind, f.Next, f.Runbooks = fault.Input, allow, []runbook.Kind{runbook.Permission}
		case "UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException", "SignatureDoesNotMatch", "ExpiredToken", "ExpiredTokenException":
			f.Kind, f.Next, f.Runbooks = fault.Input, role, []runbook.Kind{runbook.Session}
		}
	}
	return f
}
