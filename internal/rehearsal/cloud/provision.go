package cloud

import "fmt"

// declared is a resource of a stack as its template declares it, with every
// reference resolved: properties holds strings, numbers, truths, lists and maps,
// as encoding/json reads them.
type declared struct {
	stack, logical, kind string
	properties           map[string]any
}

// made is what a resource is known by once it is there. id is what Ref gives,
// attributes are what Fn::GetAtt gives, by name.
type made struct {
	id         string
	attributes map[string]string
}

// provisioner makes the resources of one type for CloudFormation, in the cloud's
// own state: an alarm that a stack declares is one that DescribeAlarms shows.
// c.mu is held in every call, so none may take it. An error is a *handlerError.
type provisioner interface {
	// create makes a resource, and fails with AlreadyExists if another has its name.
	create(c *Cloud, d declared) (made, error)
	// update changes one in place. A change of a property that cannot be changed
	// in place never comes here: the resource is replaced by create and remove.
	update(c *Cloud, id string, d declared) error
	// remove takes one away, and fails with NotFound if it is gone already.
	remove(c *Cloud, id string) error
	// read is how it is now, in the words of the template; false if it is gone.
	// Properties that a template leaves out need not be told: drift is judged by
	// those that it declares.
	read(c *Cloud, id string) (map[string]any, bool)
}

// handlerError is why a resource could not be made; source: CloudFormation CLI
// user guide, "Handler error codes".
type handlerError struct{ code, message string }

// The codes that the handlers of this cloud give.
const (
	handlerExists  = "AlreadyExists"
	handlerMissing = "NotFound"
	handlerInvalid = "InvalidRequest"
	handlerDenied  = "AccessDenied"
)

func (e *handlerError) Error() string {
	return fmt.Sprintf("Resource handler returned message: %q (RequestToken: 5f1c0e5e-7c2b-4c1e-9f3d-0a1b2c3d4e5f, HandlerErrorCode: %s)", e.message, e.code)
}

// provision is what makes resources of a type: one of live, which puts them into
// the state that the services of this cloud show, or else a shelf, which only
// keeps their properties. nil means that no such type is known.
func (c *Cloud) provision(kind string) provisioner {
	if p, ok := live()[kind]; ok {
		return p
	}
	if _, ok := kinds[kind]; ok {
		return shelf{kind}
	}
	return nil
}
