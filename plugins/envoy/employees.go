package main

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"

	"github.com/plumbline-dev/plumbline/plugins/internal/field"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// pageRows is the requested size of a page. Envoy publishes no maximum, and may use smaller pages.
const pageRows = 100

// page is one page of the directory.
type page struct {
	rows     []json.RawMessage
	total    *int // of the whole directory, if the answer has it
	answered bool // Envoy answered with success, whatever the content
}

// fetch reads one page. Envoy answers {"data": [...], "meta": {"page", "perPage", "total"}}. Meta is a later addition
// and optional.
func fetch(ctx context.Context, client *sdk.Client, number, rows int) (page, error) {
	var body struct {
		Data json.RawMessage `json:"data"`
		Meta struct {
			Total text `json:"total"`
		} `json:"meta"`
	}
	query := url.Values{"page": {strconv.Itoa(number)}, "perPage": {strconv.Itoa(rows)}, "sort": {"NAME"}, "order": {"ASC"}}
	answer, err := client.GetJSON(ctx, "/v1/employees", query, &body)
	if err != nil {
		return page{}, err
	}
	p := page{answered: true}
	if total, err := strconv.Atoi(string(body.Meta.Total)); err == nil {
		p.total = &total
	}
	if err := json.Unmarshal(body.Data, &p.rows); err != nil || p.rows == nil {
		return p, answer.Errorf(sdk.CodeUpstreamInvalidResponse, "the answer of Envoy holds no list of employees in \"data\"")
	}
	return p, nil
}

// readEmployees reads the directory, whose pages are numbered. An employee without an id is a gap.
func readEmployees(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	client, err := newClient(s)
	if err != nil {
		return err
	}
	nameless := 0
	list := sdk.Listing{
		Name: "employees",
		Page: func(ctx context.Context, at sdk.Place) (sdk.ListPage, error) {
			p, err := fetch(ctx, client, at.Page, pageRows)
			return sdk.ListPage{Rows: p.rows, Total: p.total}, err
		},
		Key: func(row json.RawMessage) string {
			account, _ := toAccount(row)
			return account.ExternalID
		},
		Put: func(row json.RawMessage) error {
			account, err := toAccount(row)
			if err != nil {
				nameless++
				out.Gap("employee "+strconv.Itoa(nameless)+" without an id", err)
				return nil
			}
			return out.PutOrGap(account.ExternalID, account)
		},
	}
	return list.Read(ctx, out)
}

// toAccount reads the fields in Envoy's published example. No field says whether an employee is active, is an admin
// or uses a second factor, so these stay unknown. All other fields stay in the vendor's document.
func toAccount(raw json.RawMessage) (kind.Account, error) {
	var e struct {
		ID        text `json:"id"`
		Name      text `json:"name"`
		Email     text `json:"email"`
		CreatedAt text `json:"createdAt"`
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		return kind.Account{}, sdk.Errorf(sdk.CodeSchemaUnexpected, "an employee is not a JSON object")
	}
	if e.ID == "" {
		return kind.Account{}, sdk.Errorf(sdk.CodeSchemaKeyMissing, "an employee has no id")
	}
	return kind.Account{
		ExternalID: string(e.ID), Username: string(e.Email), Email: string(e.Email), Name: string(e.Name),
		Type: "human", CreatedAt: e.CreatedAt.Time(), Vendor: raw,
	}, nil
}

// text is a field of the vendor that is documented as a string.
type text = field.Text
