package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

//go:embed config.json
var configSchema []byte

//go:embed guide.md
var guide string

// New returns the connector. It has one stream for each kind; the settings
// choose which of them the file fills.
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

// title returns the words for many of a kind.
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

// settings are the connection's settings as the schema has them.
type settings struct {
	Path      string    `json:"path"`
	Kind      kind.Kind `json:"kind"`
	Key       []string  `json:"key"`
	Columns   []string  `json:"columns"`
	Delimiter string    `json:"delimiter"`
	Header    bool      `json:"header"`
}

func chosen(s *sdk.Session) kind.Kind {
	var c settings
	if s.Settings(&c) != nil {
		return "" // the settings were validated before; a stream that reads says more
	}
	return c.Kind
}

// read sends the rows of the file.
func read(_ context.Context, s *sdk.Session, out *sdk.Output) error {
	var c settings
	if err := s.Settings(&c); err != nil {
		return err
	}
	t, err := openTable(c)
	if err != nil {
		return err
	}
	defer t.close()
	for {
		row, err := t.next()
		var bad *badRow
		switch {
		case errors.Is(err, io.EOF):
			return t.unchanged(out)
		case errors.As(err, &bad):
			out.Gap("line "+strconv.Itoa(bad.line), bad.asError())
		case err != nil:
			return err
		default:
			if err := out.Put(row.key, row.doc); err != nil {
				return err
			}
		}
	}
}

// sampleRows is how many rows a check looks at.
const sampleRows = 1000

// check opens the file, matches its columns and reads a sample of its rows.
func check(ctx context.Context, s *sdk.Session, r *sdk.Report) error {
	var c settings
	if err := s.Settings(&c); err != nil {
		return err
	}
	rows := sdk.Probe{ID: "rows", Title: "Rows", Optional: true}
	var t *table
	err := r.Do(ctx, sdk.Probe{ID: "file", Title: "File and columns"}, func(context.Context) (string, error) {
		var err error
		if t, err = openTable(c); err != nil {
			return "", err
		}
		return fmt.Sprintf("%d of %d columns go to fields of %s.", len(t.fields), len(t.headers), c.Kind), nil
	})
	if err != nil {
		r.Skip(rows, "Not tried: the file cannot be read.")
		return err
	}
	defer t.close()
	return r.Do(ctx, rows, func(context.Context) (string, error) { return sample(t) })
}

func sample(t *table) (string, error) {
	good, bad := 0, []string{}
	for good+len(bad) < sampleRows {
		_, err := t.next()
		var row *badRow
		if errors.Is(err, io.EOF) {
			break
		}
		switch {
		case errors.As(err, &row):
			bad = append(bad, row.Error())
		case err != nil:
			return "", err
		default:
			good++
		}
	}
	if len(bad) > 0 {
		return "", sdk.Errorf(sdk.CodeSchemaUnexpected, "%d rows can be read and %d cannot, the first because of %s", good, len(bad), bad[0]).
			WithRemedy("Correct the rows in the system the file comes from and export it again.")
	}
	return fmt.Sprintf("All of the first %d rows can be read.", good), nil
}
