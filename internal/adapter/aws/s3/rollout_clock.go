package s3

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Time returns what S3's clock says, to the second: the state and the minutes
// of CloudWatch go by AWS's time, and a runner's clock may be anywhere. Any
// state will do, also none. The state is asked for by GET, since only a GET's
// refusal has a body, from which the SDK learns that this machine's clock is
// off, and signs anew.
func (r *Rollout) Time(ctx context.Context) (time.Time, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, within, errSlow)
	defer cancel()
	at := r.at(stateName)
	// One byte is enough. Of a part S3 knows no checksum.
	out, err := r.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &at.Bucket, Key: &at.Key, Range: aws.String("bytes=0-0")}, func(o *s3.Options) {
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
	})
	if err == nil {
		_ = out.Body.Close() // nothing of it is needed
		if told, ok := awsmiddleware.GetServerTime(out.ResultMetadata); ok {
			return told.UTC(), nil
		}
		return time.Time{}, timeless(at)
	}
	if ctx.Err() != nil {
		return time.Time{}, context.Cause(ctx)
	}
	// No state, or one without a first byte: an answer all the same.
	if !gone(err) && statusOf(err) != http.StatusRequestedRangeNotSatisfiable {
		return time.Time{}, failed("asking for the time", at, err)
	}
	var answered *awshttp.ResponseError
	if errors.As(err, &answered) {
		if told, err := http.ParseTime(answered.Response.Header.Get("Date")); err == nil {
			return told.UTC(), nil
		}
	}
	return time.Time{}, timeless(at)
}

func timeless(at Location) error {
	return &fault.Fault{Kind: fault.Outside, Name: at.String(), What: "S3 answered without saying what time it is", Next: "Run it again. If it stays so, what stands between here and S3 takes the header Date away."}
}
