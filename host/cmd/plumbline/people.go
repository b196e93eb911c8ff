package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/lookup"
)

// peopleNotes is what --json says of a list beside its persons.
type peopleNotes struct {
	Matched  *int             `json:"matched,omitempty"`
	Facets   []host.Facet     `json:"facets"`
	Position account.Position `json:"position"`
	Demo     bool             `json:"demo,omitempty"`
}

func (a *app) peopleCommand() *cobra.Command {
	var query, sort string
	var facets []string
	var limit int
	c := &cobra.Command{
		Use: "people", Short: "List the persons that HR and identity systems know", Args: exactly(0),
		Long: "A person is known from records of HR systems and from accounts of identity providers. The same address, in any case,\n" +
			"is the same person; names join nothing. --facet takes NAME:VALUE; --json lists the facets with their values and counts.",
		Example: "  plumbline people --facet status:left --sort -accounts",
	}
	c.Flags().StringVar(&query, "query", "", "only persons whose name, address, title or department holds this")
	c.Flags().StringArrayVar(&facets, "facet", nil, "only persons with this value, as NAME:VALUE; may be given several times")
	c.Flags().StringVar(&sort, "sort", "", "field to sort by, with - before it for descending; name without it")
	limitFlag(c, &limit, 0)
	c.RunE = func(c *cobra.Command, _ []string) error {
		return a.with(c.Context(), func(client *calls.Client) error {
			printer := &listPrinter{app: a, header: []string{"PERSON", "NAME", "EMAIL", "STATUS", "DEPARTMENT", "ACCOUNTS", "FLAGGED", "KNOWN FROM"}}
			p := api.FacetParams{Query: query, Facets: facets, Sort: sort}
			return printPages(printer, limit, personRow, func(at operation.PageParams) ([]account.Person, string, error) {
				p.PageParams = at
				list, err := built(c.Context(), func() (lookup.PersonList, account.Position, error) {
					list, err := client.People(c.Context(), p)
					return list, list.Position, err
				})
				if err == nil && at.Cursor == "" {
					printer.notes = peopleNotes{list.Matched, list.Facets, list.Position, list.Demo}
					a.notePeople(list)
				}
				return list.Items, list.Next, err
			})
		})
	}
	return c
}

// notePeople says on standard error how far a list can be relied on.
func (a *app) notePeople(list lookup.PersonList) {
	switch {
	case a.json:
	case list.Position.Explanation != "":
		fmt.Fprintln(a.errs, list.Position.Explanation)
	case list.Demo:
		fmt.Fprintln(a.errs, "Demo: "+demoNote)
	}
}

func personRow(p account.Person) []string {
	sources := ""
	for i, s := range p.Sources {
		if i > 0 {
			sources += ", "
		}
		sources += s.Alias
	}
	return []string{
		p.ID, p.Name, p.Email, string(p.Status), p.Department, strconv.Itoa(p.Accounts), strconv.Itoa(p.Flagged), sources,
	}
}
