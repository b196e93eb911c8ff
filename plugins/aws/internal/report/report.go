// Package report reads IAM's credential report, which has the second factor, the password and the access keys of every user.
package report

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// Row is a line of the report, by the names of its columns. A nil Row knows nothing.
type Row map[string]string

// Tri reads a yes/no column. N/A, not_supported and no_information are no answer.
func (r Row) Tri(column string) kind.Tri {
	switch strings.ToLower(r[column]) {
	case "true":
		return kind.Yes
	case "false":
		return kind.No
	}
	return kind.Unknown
}

// Moment reads a column with a time, nil for another text.
func (r Row) Moment(column string) *time.Time {
	t, err := time.Parse(time.RFC3339, r[column])
	if err != nil {
		return nil
	}
	return &t
}

// Read returns the rows by the ARN of the user. The report is CSV with the names of the columns in its first line.
func Read(content []byte) (map[string]Row, error) {
	lines, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil || len(lines) == 0 || !slices.Contains(lines[0], "arn") {
		return nil, sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the credential report of AWS is not the documented table")
	}
	rows := map[string]Row{}
	for _, line := range lines[1:] {
		r := Row{}
		for i, column := range lines[0] {
			r[column] = line[i] // every line has as many columns as the first
		}
		rows[r["arn"]] = r
	}
	return rows, nil
}

// Root returns the row of the root user, whose name is no name.
func Root(rows map[string]Row) Row {
	for _, r := range rows {
		if r["user"] == "<root_account>" {
			return r
		}
	}
	return nil
}
