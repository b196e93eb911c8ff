package main

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// longestTitle is what is kept of the first line of a message.
const longestTitle = 500

// identity is who a commit says wrote or made it.
type identity struct {
	Name  string    `json:"name"`
	Email string    `json:"email"`
	At    kind.Time `json:"at,omitzero"`
}

// document is the vendor's document of a commit.
type document struct {
	Author     identity  `json:"author"`
	Committer  identity  `json:"committer"`
	Merge      bool      `json:"merge"`
	Parents    []string  `json:"parents"`
	Signature  signature `json:"signature"`
	ReviewedBy []string  `json:"reviewed_by,omitempty"` // claims in the message
}

// readCommits sends the commits of the default branch.
func readCommits(ctx context.Context, c *clone, out *sdk.Output) error {
	return c.walk(ctx, out, func(commit *object.Commit) error {
		err := out.Put(commit.Hash.String(), c.change(commit))
		if err != nil && sdk.AsError(err).Code == sdk.CodeLimitRecordTooLarge {
			return nil // Put reported the gap
		}
		return err
	})
}

// change returns the record of a commit. Its approvers are unknown: a review leaves nothing in Git that anyone checked.
func (c *clone) change(commit *object.Commit) kind.Change {
	charset := string(commit.Encoding)
	doc := document{
		Author: identityOf(commit.Author, charset), Committer: identityOf(commit.Committer, charset), Merge: len(commit.ParentHashes) > 1,
		Parents: []string{}, Signature: c.keys.judge(commit.PGPSignature, commit), ReviewedBy: reviewers(readable(commit.Message, charset)),
	}
	for _, parent := range commit.ParentHashes {
		doc.Parents = append(doc.Parents, parent.String())
	}
	change := kind.Change{
		ExternalID: commit.Hash.String(), Title: titleOf(readable(commit.Message, charset)), Repository: c.name, Status: "merged",
		Author: doc.Author.who(), Target: c.branch, CreatedAt: doc.Author.At, MergedAt: doc.Committer.At,
	}
	if doc.Merge {
		change.MergedBy = doc.Committer.who()
	}
	change.Vendor, _ = json.Marshal(doc) // it has only texts
	return change
}

func identityOf(s object.Signature, charset string) identity {
	who := identity{Name: strings.TrimSpace(readable(s.Name, charset)), Email: strings.TrimSpace(readable(s.Email, charset))}
	if year := s.When.UTC().Year(); !s.When.IsZero() && year >= 1 && year <= 9999 {
		who.At = kind.At(s.When)
	}
	return who
}

// who returns the address, by which people are found, or else the name.
func (i identity) who() string {
	if i.Email != "" {
		return i.Email
	}
	return i.Name
}

// readable returns a text as UTF-8. Git keeps bytes; a commit may name another encoding. Bytes of an encoding that is not
// Latin-1 become the replacement character.
func readable(text, charset string) string {
	if utf8.ValidString(text) {
		return strings.ReplaceAll(text, "\x00", "")
	}
	switch strings.ToLower(strings.ReplaceAll(charset, "_", "-")) {
	case "iso-8859-1", "iso8859-1", "latin1", "latin-1":
		var b strings.Builder
		for _, one := range []byte(text) {
			b.WriteRune(rune(one))
		}
		return b.String()
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

func titleOf(message string) string {
	first, _, _ := strings.Cut(strings.TrimLeft(message, "\n"), "\n")
	if len(first) > longestTitle {
		first = strings.ToValidUTF8(first[:longestTitle], "")
	}
	return strings.TrimSpace(first)
}

var reviewedBy = regexp.MustCompile(`(?im)^(?:Reviewed|Approved|Acked)-by:[ \t]*(\S.*?)[ \t\r]*$`)

// reviewers returns the lines Reviewed-by of a message, without repetitions.
func reviewers(message string) []string {
	var all []string
	for _, found := range reviewedBy.FindAllStringSubmatch(message, 50) {
		if !slices.Contains(all, found[1]) {
			all = append(all, found[1])
		}
	}
	return all
}
