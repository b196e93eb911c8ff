// Command folder is the connector for documents in a directory of this machine: policies, certificates of insurance,
// signed papers. It reads names, hashes and what the small file beside a document says of it, never contents.
package main

import (
	"context"
	_ "embed"
	"fmt"

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
		ID:           "folder",
		Name:         "Documents in a folder",
		Version:      "1.0.0",
		Vendor:       "Plumbline",
		Summary:      "Reads which policies, insurance certificates and signed papers are in a folder, with owners, approvals and dates.",
		License:      "Apache-2.0",
		Categories:   []string{"external_policy", "cyber_insurance", "custom"},
		ConfigSchema: configSchema,
		Guide:        guide,
		Files:        []sdk.FileAccess{{Path: "{path}", Purpose: "The documents"}},
		MemoryMiB:    64,
		Check:        check,
		Streams: []sdk.Stream{
			{
				Name: "policies", Title: "Policies", Kind: kind.KindPolicy, Read: readPolicies,
				Description: "Every document whose description says kind: policy.",
			},
			{
				Name: "documents", Title: "Documents", Kind: kind.KindDocument, Read: readDocuments,
				Description: "Every other document.",
			},
		},
	}
}

// settings are the connection's settings.
type settings struct {
	Path           string `json:"path"`
	Subdirectories bool   `json:"subdirectories"`
	MaxMegabytes   int64  `json:"max_megabytes"`
}

func readPolicies(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	return read(ctx, s, out, true, func(d *document) (string, any) { return d.key, d.policy() })
}

func readDocuments(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	return read(ctx, s, out, false, func(d *document) (string, any) { return d.key, d.document() })
}

// read sends the policies, or the other documents.
func read(ctx context.Context, s *sdk.Session, out *sdk.Output, policies bool, record func(*document) (string, any)) error {
	f, err := open(ctx, s)
	if err != nil {
		return err
	}
	defer f.close()
	g := &gaps{gap: out.Gap}
	defer g.end()
	f.problems(g.report)
	for _, d := range f.documents {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if d.isPolicy() != policies {
			continue
		}
		if err := f.hash(d); err != nil {
			g.report(d.path, err)
			if !d.stays() {
				continue
			}
		}
		key, doc := record(d)
		if err := out.Put(key, doc); err != nil {
			return err
		}
	}
	return nil
}

// maxGaps is how many gaps are reported by name. A host keeps a hundred of a stream.
const maxGaps = 80

// gaps reports the first problems by name, and counts the others.
type gaps struct {
	gap    func(scope string, err error)
	number int
	last   error
}

func (g *gaps) report(scope string, err error) {
	if g.number++; g.number <= maxGaps {
		g.gap(scope, err)
	}
	g.last = err
}

func (g *gaps) end() {
	if more := g.number - maxGaps; more > 0 {
		e := sdk.AsError(g.last)
		e.Message = fmt.Sprintf("%d more problems; the last: %s", more, e.Message)
		g.gap("more documents", e)
	}
}

// check lists the documents, and reports the first problem.
func check(ctx context.Context, s *sdk.Session, r *sdk.Report) error {
	var f *folder
	described := sdk.Probe{ID: "documents", Title: "Documents and their descriptions", Optional: true}
	err := r.Do(ctx, sdk.Probe{ID: "folder", Title: "Folder"}, func(ctx context.Context) (string, error) {
		var err error
		if f, err = open(ctx, s); err != nil {
			return "", err
		}
		return "The folder can be listed.", nil
	})
	if err != nil {
		r.Skip(described, "Not tried: the folder cannot be read.")
		return err
	}
	defer f.close()
	return r.Do(ctx, described, func(context.Context) (string, error) {
		var first error
		number, policies, bare := 0, 0, 0
		problem := func(_ string, err error) {
			if number++; first == nil {
				first = err
			}
		}
		f.problems(problem)
		for _, d := range f.documents {
			if d.isPolicy() {
				policies++
			}
			if !d.described {
				bare++
			}
			if err := f.readable(d); err != nil {
				problem(d.path, err)
			}
		}
		if first != nil {
			e := sdk.AsError(first)
			if number > 1 {
				e.Message = fmt.Sprintf("%d problems, the first: %s", number, e.Message)
			}
			return "", e
		}
		return fmt.Sprintf("%d policies and %d other documents, %d of them without a description.", policies, len(f.documents)-policies, bare),
			nil
	})
}
