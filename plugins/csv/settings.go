package main

import (
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/internal/mapping"
	"github.com/plumbline-dev/plumbline/sdk"
)

// settings are the connection's settings.
type settings struct {
	Path string `json:"path"`
	mapping.Settings
	Key       []string `json:"key"`
	Delimiter string   `json:"delimiter"`
	Header    bool     `json:"header"`
	Ending    string   `json:"ending"`
}

// titles are the names of the settings in the form.
func titles() map[string]string {
	return map[string]string{
		"path": "File", "kind": "What a row is", "key": "Key columns", "columns": "Columns", "values": "Values",
		"dates": "Dates are written", "date_columns": "Dates by column", "delimiter": "Columns are separated by",
		"header": "The first line holds the headers", "ending": "How the file ends",
	}
}

// invalid returns the error of a wrong setting. Its remedy has the setting's title in the form.
func invalid(pointer, format string, args ...any) *sdk.Error {
	name, _, isItem := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
	remedy := "Correct the setting \"" + titles()[name] + "\"."
	if isItem {
		remedy = "Correct the line in the setting \"" + titles()[name] + "\"."
	}
	return sdk.ConfigInvalid(pointer, format, args...).WithRemedy(remedy)
}
