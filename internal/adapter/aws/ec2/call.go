package ec2

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/cutover-dev/cutover/internal/pause"
)

const (
	// mostAnswer bounds an answer in bytes.
	mostAnswer = 8 << 20
	// eachTry bounds one request.
	eachTry = 20 * time.Second
)

// endpoint is where EC2 is reached, or what the environment names for it.
func (n *Network) endpoint() string {
	if at := aws.ToString(n.config.BaseEndpoint); at != "" {
		return at
	}
	domain := ".amazonaws.com/"
	if strings.HasPrefix(n.config.Region, "cn-") {
		domain = ".amazonaws.com.cn/"
	}
	return "https://ec2." + n.config.Region + domain
}

// call makes one call, again where the SDK would: throttled, or an outage.
func (n *Network) call(ctx context.Context, form url.Values) ([]byte, error) {
	again := n.config.Retryer()
	for try := 1; ; try++ {
		text, err := n.once(ctx, []byte(form.Encode()))
		if err == nil || try >= again.MaxAttempts() || ctx.Err() != nil || !again.IsErrorRetryable(err) {
			return text, err
		}
		wait, delayed := again.RetryDelay(try, err)
		if delayed != nil {
			return nil, err
		}
		if ended := pause.For(ctx, wait); ended != nil {
			return nil, errors.Join(err, ended)
		}
	}
}

func (n *Network) once(ctx context.Context, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, eachTry)
	defer cancel()
	who, err := n.config.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, fmt.Errorf("get credentials: %w", err) // the SDK's own words, which refusal.Of knows
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, n.endpoint(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, who, r, hex.EncodeToString(sum[:]), "ec2", n.config.Region, time.Now()); err != nil {
		return nil, err
	}
	client := n.config.HTTPClient
	if client == nil {
		client = http.DefaultClient
	}
	answer, err := client.Do(r)
	if err != nil {
		return nil, &smithyhttp.RequestSendError{Err: err}
	}
	defer func() { _ = answer.Body.Close() }() // read to its end, or given up
	text, err := io.ReadAll(io.LimitReader(answer.Body, mostAnswer+1))
	if err != nil {
		return nil, &smithyhttp.RequestSendError{Err: err}
	}
	if len(text) > mostAnswer {
		return nil, fmt.Errorf("an answer of more than %d bytes", mostAnswer)
	}
	if answer.StatusCode == http.StatusOK {
		return text, nil
	}
	return nil, refused(answer, text)
}

// refused reads an error as EC2 writes them; source: EC2 API reference, "Error
// codes for the Amazon EC2 API".
func refused(answer *http.Response, text []byte) error {
	var e struct {
		Code    string `xml:"Errors>Error>Code"`
		Message string `xml:"Errors>Error>Message"`
	}
	if xml.Unmarshal(text, &e) != nil || e.Code == "" {
		e.Code, e.Message = fmt.Sprintf("HTTP%d", answer.StatusCode), "no error of EC2's"
	}
	if e.Code == "UnauthorizedOperation" {
		e.Code = "AccessDenied" // EC2's word for it
	}
	if e.Code == "AuthFailure" {
		e.Code = "InvalidClientTokenId"
	}
	return &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: answer}, Err: &smithy.GenericAPIError{Code: e.Code, Message: e.Message}}
}
