package main

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// author is one address in the commits of the window.
type author struct {
	email    string
	names    map[string]bool
	signed   int
	unsigned int
	commits  bool // made commits, not only wrote them
}

// readAuthors sends who wrote or made the commits of the window. They are records of their own kind and no accounts: anyone
// can write any name into a commit, and nothing signs in with it. Numbers of commits are left out, because they change with
// every day.
func readAuthors(ctx context.Context, c *clone, out *sdk.Output) error {
	authors := map[string]*author{}
	of := func(who identity) *author {
		key := strings.ToLower(who.who())
		if authors[key] == nil {
			authors[key] = &author{email: strings.ToLower(who.Email), names: map[string]bool{}}
		}
		authors[key].names[who.Name] = true
		return authors[key]
	}
	err := c.walk(ctx, out, func(commit *object.Commit) error {
		charset := string(commit.Encoding)
		of(identityOf(commit.Author, charset))
		committer := of(identityOf(commit.Committer, charset))
		committer.commits = true
		if commit.PGPSignature == "" {
			committer.unsigned++
		} else {
			committer.signed++
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(authors)) {
		if key == "" {
			out.Gap("commits without an author", sdk.Errorf(sdk.CodeSchemaKeyMissing, "some commits have neither a name nor an address"))
			continue
		}
		if err := out.Put(key, authors[key].record(key)); err != nil && sdk.AsError(err).Code != sdk.CodeSchemaUnexpected {
			return err
		}
	}
	return nil
}

func (a *author) record(key string) kind.Custom {
	names := slices.Sorted(maps.Keys(a.names))
	signs := "none"
	switch {
	case !a.commits:
		signs = "unknown"
	case a.unsigned == 0:
		signs = "all"
	case a.signed > 0:
		signs = "some"
	}
	name := slices.MaxFunc(names, func(x, y string) int { return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(y, x)) })
	return kind.Custom{ExternalID: key, Type: "git.author", Name: name, Fields: map[string]any{
		"email": a.email, "names": names, "makes_commits": a.commits, "signs_commits": signs,
	}}
}
