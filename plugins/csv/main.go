// Command csv is the connector for local CSV files. It reads records of any kind. The settings
// choose the kind and assign columns to its fields.
package main

import (
	"context"
	_ "embed"
	"errors"
	"io"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

//go:embed config.json
var configSchema []byte

//go:embed guide.md
var guide string

func main() { sdk.Serve(New()) }

// New returns the connector. It has one stream for each kind; the settings choose one of them.
func New() *sdk.Connector {
	c := &sdk.Connector{
		ID:           "csv",
		Name:         "CSV file",
		Version:      "1.0.0",
		Vendor:       "Plumbline",
		Summary:      "Reads records of any kind from a CSV file on this machine.",
		License:      "Apache-2.0",
		Categories:   []string{"custom"},
		ConfigSchema: configSchema,
		Guide:        guide,
		Files:        []sdk.FileAccess{{Path: "{path}", Purpose: "The file the records are read from"}},
		MemoryMiB:    128,
		Check:        check,
		Choices:      choices,
	}
	for _, k := range kind.Kinds() {
		c.Streams = append(c.Streams, sdk.Stream{
			Name: string(k), Title: title(k), Kind: k,
			Description: "The rows of the file.",
			Applies:     func(s *sdk.Session) bool { return chosen(s) == k },
			Read:        read,
		})
	}
	return c
}

// title returns the plural of a kind.
func title(k kind.Kind) string {
	irregular := map[kind.Kind]string{
		kind.KindPerson: "People", kind.KindRepository: "Repositories", kind.KindPolicy: "Policies", kind.KindCustom: "Other records",
	}
	if words, ok := irregular[k]; ok {
		return words
	}
	words := strings.ReplaceAll(string(k), "_", " ")
	return strings.ToUpper(words[:1]) + words[1:] + "s"
}

func chosen(s *sdk.Session) kind.Kind {
	var c settings
	if s.Settings(&c) != nil {
		return "" // read returns the error
	}
	return c.Kind
}

// read sends the rows of the file.
func read(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	var c settings
	if err := s.Settings(&c); err != nil {
		return err
	}
	t, err := openTable(c)
	if err != nil {
		return err
	}
	defer t.close()
	g := gaps{table: t, out: out}
	for ctx.Err() == nil {
		row, err := t.next()
		var bad *badRow
		switch {
		case errors.Is(err, io.EOF):
			g.end()
			return t.unchanged(out)
		case errors.As(err, &bad):
			g.row(bad)
		case err != nil:
			return err
		default:
			if err := out.Put(row.key, row.doc); err != nil {
				return err
			}
			for _, cell := range row.wrong {
				g.cell(cell)
			}
		}
	}
	return ctx.Err()
}
