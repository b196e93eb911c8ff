package main

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk"
)

// problem returns the error of a file that cannot be read to its end.
func problem(name string, err error) *sdk.Error {
	var known *sdk.Error
	if errors.As(err, &known) {
		return known
	}
	code, remedy := sdk.CodeUpstreamInvalidResponse, "Have the scanner write the report again, preferably under another name that is changed "+
		"when it is complete."
	switch {
	case errors.Is(err, fs.ErrPermission):
		return customer(sdk.CodeConfigInvalid, "Allow the user of Plumbline to read the file and its directories.",
			"the connector may not read %s", name)
	case errors.Is(err, fs.ErrNotExist):
		return customer(sdk.CodeNotFoundResource, "Sync again.", "%s vanished while the directory was read", name)
	case errors.Is(err, errUnknownFormat):
		code, remedy = sdk.CodeSchemaUnexpected, "Move the file out of the directory if it is not a report, or have the scanner write one of "+
			"the formats in the guide."
	}
	return customer(code, remedy, "the report %s cannot be read: %s", name, strings.ToValidUTF8(err.Error(), "?")).Because(err)
}

// customer returns the error of a file. The customer has to act, and the next report may be right.
func customer(code, remedy, format string, args ...any) *sdk.Error {
	return sdk.Errorf(code, format, args...).WithRemedy(remedy).ForCustomer()
}
