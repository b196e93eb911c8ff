package main

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// readTags sends the tags. A tag that cannot be read is a gap.
func readTags(ctx context.Context, c *clone, out *sdk.Output) error {
	for _, name := range slices.Sorted(maps.Keys(c.refs)) {
		if !name.IsTag() {
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		record, err := c.tag(name)
		if err != nil {
			out.Gap("tag "+readable(name.Short(), ""), err)
			continue
		}
		if err := out.Put(record.ExternalID, record); err != nil && sdk.AsError(err).Code != sdk.CodeSchemaUnexpected {
			return err
		}
	}
	return nil
}

// tag returns the record of a tag. A lightweight tag is only a name for a commit; an annotated one has an author, a message
// and perhaps a signature.
func (c *clone) tag(name plumbing.ReferenceName) (kind.Custom, error) {
	hash := c.refs[name].Hash()
	fields := map[string]any{"target": hash.String(), "annotated": false}
	record := kind.Custom{ExternalID: readable(name.String(), ""), Type: "git.tag", Name: readable(name.Short(), ""), Fields: fields}
	raw, err := c.object(plumbing.TagObject, hash)
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		if _, err := c.object(plumbing.AnyObject, hash); err != nil {
			return record, sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the object %s of the tag is missing in the repository", hash)
		}
		return record, nil
	}
	tag := &object.Tag{}
	if err == nil {
		err = tag.Decode(raw)
	}
	if err != nil {
		return record, sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the tag cannot be read: %s", err)
	}
	tagger := identityOf(tag.Tagger, "")
	signature := c.keys.judge(tag.PGPSignature, tag)
	fields["target"], fields["annotated"], fields["title"] = tag.Target.String(), true, titleOf(readable(tag.Message, ""))
	fields["tagger"], fields["signature"], fields["signature_verified"] = tagger.who(), signature.Kind, signature.Verified.String()
	if signature.Signer != "" {
		fields["signer"] = signature.Signer
	}
	if !tagger.At.IsZero() {
		fields["tagged_at"] = tagger.At
	}
	fields["target_type"] = strings.ToLower(tag.TargetType.String())
	return record, nil
}
