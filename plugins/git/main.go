// Command git is the connector for a Git repository on this machine, a clone or a bare one. It reads the files of the
// repository itself and never runs git.
package main

import (
	"context"
	_ "embed"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

//go:embed config.json
var configSchema []byte

//go:embed guide.md
var guide string

func main() { sdk.Serve(New()) }

// New returns the connector.
func New() *sdk.Connector {
	return &sdk.Connector{
		ID:           "git",
		Name:         "Git repository",
		Version:      "0.1.0",
		Vendor:       "Plumbline",
		Summary:      "Reads the commits, authors and tags of a Git repository on this machine.",
		Homepage:     "https://git-scm.com",
		License:      "Apache-2.0",
		Categories:   []string{"version_control", "codebase"},
		ConfigSchema: configSchema,
		Guide:        guide,
		Files:        []sdk.FileAccess{{Path: "{path}", Purpose: "The repository whose history is read"}},
		MemoryMiB:    256,
		Connect:      connect,
		Check:        check,
		Streams: []sdk.Stream{
			{Name: "repository", Title: "Repository", Kind: kind.KindRepository,
				Description: "The repository itself, with what its files tell of how it is protected.", Read: sdk.ReadWith(readRepository)},
			{Name: "commits", Title: "Commits", Kind: kind.KindChange, Deletes: sdk.Never,
				Description: "The commits on the default branch of the last days, with their signatures.", Read: sdk.ReadWith(readCommits)},
			{Name: "authors", Title: "Authors", Kind: kind.KindCustom,
				Description: "The names and addresses in these commits. They are claims: Git does not check them.", Read: sdk.ReadWith(readAuthors)},
			{Name: "tags", Title: "Tags", Kind: kind.KindCustom,
				Description: "The tags with their signatures.", Read: sdk.ReadWith(readTags)},
		},
	}
}

// connect opens the repository that all streams read.
func connect(_ context.Context, s *sdk.Session) error {
	c, err := open(s)
	if err != nil {
		return err
	}
	s.Set(c)
	s.OnClose(c.close)
	return nil
}
