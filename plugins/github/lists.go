package main

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk"
)

// pageRows is the largest page that GitHub gives.
const pageRows = 100

// list is one list of the API.
type list struct {
	name        string // for people
	path        string
	query       url.Values
	permissions []string
}

func (l list) at(rest url.Values) url.Values {
	query := url.Values{"per_page": {strconv.Itoa(pageRows)}}
	maps.Copy(query, l.query)
	maps.Copy(query, rest)
	return query
}

// numbered reads a list whose pages have numbers. Rows that are not whole objects with an id are gaps.
func (g *github) numbered(ctx context.Context, out *sdk.Output, l list, put func(row json.RawMessage) error) error {
	return g.counted(ctx, out, l, out.Gap, put)
}

// counted is numbered with another reporter of gaps.
func (g *github) counted(ctx context.Context, out *sdk.Output, l list, gap func(string, error), put func(json.RawMessage) error) error {
	listing := sdk.Listing{
		Name: l.name, Part: true, Gap: gap, Key: idOf, Put: put,
		Page: func(ctx context.Context, at sdk.Place) (sdk.ListPage, error) {
			var rows []json.RawMessage
			answer, err := g.get(ctx, l.path, l.at(url.Values{"page": {strconv.Itoa(at.Page)}}), &rows, l.permissions...)
			if err != nil {
				return sdk.ListPage{}, err
			}
			return sdk.ListPage{Rows: rows, More: more(answer, len(rows))}, nil
		},
	}
	return listing.Read(ctx, out)
}

// more says whether another page follows. GitHub's header Link has the next page; without one a full page proves nothing.
func more(answer *sdk.Response, rows int) *bool {
	next := nextOf(answer)
	if next == "" && rows >= pageRows && answer.Header.Get("Link") == "" {
		return nil
	}
	follows := next != ""
	return &follows
}

// all returns the rows of a short list, such as the members of one team.
func (g *github) all(ctx context.Context, out *sdk.Output, l list) ([]json.RawMessage, error) {
	var rows []json.RawMessage
	var incomplete error
	err := g.counted(ctx, out, l, func(_ string, err error) { incomplete = err }, func(row json.RawMessage) error {
		rows = append(rows, row)
		return nil
	})
	return rows, errors.Join(err, incomplete)
}

// linked reads a list whose answers have the address of the next page.
func (g *github) linked(ctx context.Context, out *sdk.Output, l list, put func(row json.RawMessage) error) error {
	return g.pages(ctx, l, func(rows []json.RawMessage) error {
		for _, row := range rows {
			if err := put(row); err != nil {
				return err
			}
		}
		return out.Checkpoint(nil)
	})
}

// pages reads the pages of a list by the addresses that GitHub gives.
func (g *github) pages(ctx context.Context, l list, take func(rows []json.RawMessage) error) error {
	var pages sdk.Pages
	path, query := l.path, l.at(nil)
	for path != "" {
		var rows []json.RawMessage
		answer, err := g.get(ctx, path, query, &rows, l.permissions...)
		if err != nil {
			return err
		}
		if rows == nil {
			return sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "an answer of GitHub holds no list of %s", l.name)
		}
		if err := pages.Saw(path, nil); err != nil {
			return err
		}
		if err := take(rows); err != nil {
			return err
		}
		path, query = nextOf(answer), nil
	}
	return nil
}

// unkeyed returns the rows of a short list whose rows have no ids, page after page.
func (g *github) unkeyed(ctx context.Context, l list) ([]json.RawMessage, error) {
	var all []json.RawMessage
	err := g.pages(ctx, l, func(rows []json.RawMessage) error {
		all = append(all, rows...)
		return nil
	})
	return all, err
}

// nextOf returns the address of the next page in the header Link, or "".
func nextOf(answer *sdk.Response) string {
	for _, header := range answer.Header.Values("Link") {
		for _, link := range strings.Split(header, ",") {
			address, rest, found := strings.Cut(link, ";")
			address = strings.TrimSpace(address)
			if !found || !strings.HasPrefix(address, "<") || !strings.HasSuffix(address, ">") {
				continue
			}
			for _, parameter := range strings.Split(rest, ";") {
				name, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
				if strings.EqualFold(name, "rel") && slices.Contains(strings.Fields(strings.Trim(value, `"`)), "next") {
					return address[1 : len(address)-1]
				}
			}
		}
	}
	return ""
}

// idOf returns the number that GitHub gave a row, or "".
func idOf(row json.RawMessage) string {
	var r struct {
		ID int64 `json:"id"`
	}
	if json.Unmarshal(row, &r) != nil || r.ID == 0 {
		return ""
	}
	return keyOf(r.ID)
}

func keyOf(id int64) string { return strconv.FormatInt(id, 10) }
