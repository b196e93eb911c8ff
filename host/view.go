package host

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
)

// SavedView is a list with its filter, sorting and grouping, kept under a name for
// everyone who uses the workspace.
type SavedView struct {
	Page  string `json:"page" enum:"connections" doc:"List that it is a view of"`
	Name  string `json:"name"`
	Query string `json:"query" doc:"Parameters of the list, as in an address: health=unhealthy&order=-records"`
}

// ViewConnections is the page of views of the list of connections.
const ViewConnections = "connections"

// Bounds of a saved view, in bytes.
const (
	maxViewName  = 100
	maxViewQuery = 4000
)

// Validate returns a problem naming every wrong field.
func (v SavedView) Validate() error {
	var faults Faults
	if v.Page != ViewConnections {
		faults.Add(Invalid("page", v.Page, "must be connections"))
	}
	switch {
	case strings.TrimSpace(v.Name) != v.Name || v.Name == "":
		faults.Add(Invalid("name", v.Name, "must not be empty, and have no spaces around it"))
	case len(v.Name) > maxViewName:
		faults.Add(Invalid("name", nil, fmt.Sprintf("has %d bytes; at most %d are allowed", len(v.Name), maxViewName)))
	case strings.ContainsFunc(v.Name, unicode.IsControl) || strings.Contains(v.Name, "/"):
		faults.Add(Invalid("name", v.Name, "must be one line without a slash"))
	}
	if _, err := url.ParseQuery(v.Query); err != nil || len(v.Query) > maxViewQuery {
		faults.Add(Invalid("query", nil, fmt.Sprintf("must be parameters as in an address, of at most %d bytes", maxViewQuery)))
	}
	return faults.Err()
}
