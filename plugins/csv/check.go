package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/internal/mapping"
	"github.com/plumbline-dev/plumbline/sdk"
)

// sampleRows is how many rows a check reads.
const sampleRows = 1000

// check opens the file, maps its columns and reads a sample of its rows. A connection works without
// mapped columns and with bad rows, so these two probes are optional.
func check(ctx context.Context, s *sdk.Session, r *sdk.Report) error {
	var c settings
	if err := s.Settings(&c); err != nil {
		return err
	}
	columns := sdk.Probe{ID: "columns", Title: "Columns and fields", Optional: true}
	rows := sdk.Probe{ID: "rows", Title: "Rows", Optional: true}
	var t *table
	err := r.Do(ctx, sdk.Probe{ID: "file", Title: "File and columns"}, func(context.Context) (string, error) {
		var err error
		if t, err = openTable(c); err != nil {
			return "", err
		}
		return fmt.Sprintf("The file has %d columns: %s.", t.width, t.columnNames()), nil
	})
	if err != nil {
		r.Skip(columns, "Not tried: the file cannot be read.")
		r.Skip(rows, "Not tried: the file cannot be read.")
		return err
	}
	defer t.close()
	return errors.Join(
		r.Do(ctx, columns, func(context.Context) (string, error) { return mapped(t) }),
		r.Do(ctx, rows, func(context.Context) (string, error) { return sample(t) }),
	)
}

// mapped lists the columns with a field. It fails when only the key has a column.
func mapped(t *table) (string, error) {
	pairs, columns := t.Assigned()
	if len(pairs) == 0 {
		// Not config.invalid, because people may save a connection with nothing but keys.
		e := fromFile(sdk.CodeSchemaUnexpected,
			fmt.Sprintf("Add lines such as \"Work e-mail = email\" to the setting \"Columns\". The fields are %s.", mapping.Names(t.Shape)),
			"none of the %d columns is assigned to a field of %s, so a record has nothing but its key", t.width, t.plan.Kind)
		e.ConfigPath, e.Retry = "/columns", sdk.RetryWhenConfigChanges
		return "", e
	}
	return fmt.Sprintf("%d of %d columns are assigned to fields of %s: %s.", columns, t.width, t.plan.Kind, strings.Join(pairs, ", ")), nil
}

// sample reads the first rows.
func sample(t *table) (string, error) {
	good, bad, cells := 0, 0, 0
	var first, firstCell *sdk.Error
	for good+bad < sampleRows {
		row, err := t.next()
		var wrong *badRow
		if errors.Is(err, io.EOF) {
			break
		}
		switch {
		case errors.As(err, &wrong):
			if bad++; first == nil {
				first = t.rowError(wrong)
				first.Message = wrong.Error()
			}
		case err != nil:
			return "", err
		default:
			good++
			cells += len(row.wrong)
			if firstCell == nil && len(row.wrong) > 0 {
				firstCell = t.cellError(row.wrong[0])
				firstCell.Message = row.wrong[0].scope() + ": " + firstCell.Message
			}
		}
	}
	return verdict(good, bad, cells, first, firstCell)
}

// verdict sums up a sample. Bad rows matter more than bad cells.
func verdict(good, bad, cells int, row, cell *sdk.Error) (string, error) {
	switch {
	case bad > 0:
		row.Message = fmt.Sprintf("of the first %d rows %d cannot be read, the first because of %s", good+bad, bad, row.Message)
		return "", row
	case cells > 0:
		cell.Message = fmt.Sprintf("all of the first %d rows can be read, but %d of their values cannot, the first because of %s",
			good, cells, cell.Message)
		return "", cell
	case good == 0:
		return "The file has no rows.", nil
	}
	return fmt.Sprintf("All of the first %d rows can be read.", good), nil
}
