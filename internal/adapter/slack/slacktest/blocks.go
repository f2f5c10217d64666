package slacktest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
)

const plainText, mrkdwn = "plain_text", "mrkdwn"

// checkBlock reads a block by its type and refuses every member that the type
// does not have.
func checkBlock(raw json.RawMessage) error {
	var head struct{ Type string }
	if err := json.Unmarshal(raw, &head); err != nil {
		return err
	}
	check, ok := map[string]func(json.RawMessage) error{
		"header": checkHeader, "section": checkSection, "context": checkContext,
		"actions": checkActions, "image": checkImage, "divider": checkDivider,
	}[head.Type]
	if !ok {
		return fmt.Errorf("a block of type %q", head.Type)
	}
	return check(raw)
}

func read(raw json.RawMessage, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// checkHeader is D/reference/block-kit/blocks/header-block: plain text, 150.
func checkHeader(raw json.RawMessage) error {
	var b struct {
		Type string
		Text text
	}
	if err := read(raw, &b); err != nil {
		return err
	}
	if strings.Contains(b.Text.Text, "\n") {
		return fmt.Errorf("a header of several lines")
	}
	return b.Text.check(150, plainText)
}

// checkSection is D/reference/block-kit/blocks/section-block: text 3,000, at
// most 10 fields of 2,000; one of both.
func checkSection(raw json.RawMessage) error {
	var b struct {
		Type   string
		Text   *text
		Fields []text
	}
	if err := read(raw, &b); err != nil {
		return err
	}
	if b.Text == nil && len(b.Fields) == 0 {
		return fmt.Errorf("a section without text and fields")
	}
	if b.Text != nil {
		if err := b.Text.check(3000, plainText, mrkdwn); err != nil {
			return err
		}
	}
	if len(b.Fields) > 10 {
		return fmt.Errorf("%d fields, more than 10", len(b.Fields))
	}
	for _, f := range b.Fields {
		if err := f.check(2000, plainText, mrkdwn); err != nil {
			return err
		}
	}
	return nil
}

// checkContext is D/reference/block-kit/blocks/context-block: 10 elements.
func checkContext(raw json.RawMessage) error {
	var b struct {
		Type     string
		Elements []text
	}
	if err := read(raw, &b); err != nil {
		return err
	}
	if len(b.Elements) < 1 || len(b.Elements) > 10 {
		return fmt.Errorf("%d elements where 1 to 10 may stand", len(b.Elements))
	}
	for _, e := range b.Elements {
		if err := e.check(3000, plainText, mrkdwn); err != nil {
			return err
		}
	}
	return nil
}

// checkActions is D/reference/block-kit/blocks/actions-block (25 elements) and
// block-elements/button-element (text 75, url 3,000, action_id 255 and unique).
func checkActions(raw json.RawMessage) error {
	var b struct {
		Type     string
		Elements []struct {
			Type     string
			Text     text
			URL      string `json:"url"`
			ActionID string `json:"action_id"`
			Style    string
		}
	}
	if err := read(raw, &b); err != nil {
		return err
	}
	if len(b.Elements) < 1 || len(b.Elements) > 25 {
		return fmt.Errorf("%d elements where 1 to 25 may stand", len(b.Elements))
	}
	seen := map[string]bool{}
	for _, e := range b.Elements {
		switch {
		case e.Type != "button":
			return fmt.Errorf("an element of type %q", e.Type)
		case e.ActionID == "" || len(e.ActionID) > 255 || seen[e.ActionID]:
			return fmt.Errorf("the action_id %q is empty, too long or there twice", e.ActionID)
		case e.Style != "" && e.Style != "primary" && e.Style != "danger":
			return fmt.Errorf("the style %q", e.Style)
		}
		seen[e.ActionID] = true
		if err := checkURL(e.URL); err != nil {
			return err
		}
		if err := e.Text.check(75, plainText); err != nil {
			return err
		}
	}
	return nil
}

// checkImage is D/reference/block-kit/blocks/image-block: address 3,000,
// alternative text 2,000 and required.
func checkImage(raw json.RawMessage) error {
	var b struct {
		Type     string
		ImageURL string `json:"image_url"`
		AltText  string `json:"alt_text"`
	}
	if err := read(raw, &b); err != nil {
		return err
	}
	if n := units(b.AltText); n < 1 || n > 2000 {
		return fmt.Errorf("an alternative text of %d characters", n)
	}
	return checkURL(b.ImageURL)
}

// checkDivider is D/reference/block-kit/blocks/divider-block.
func checkDivider(raw json.RawMessage) error { return read(raw, &struct{ Type string }{}) }

func checkURL(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("no web address: %q", clip(s))
	}
	if units(s) > 3000 {
		return fmt.Errorf("an address of %d characters", units(s))
	}
	return nil
}
