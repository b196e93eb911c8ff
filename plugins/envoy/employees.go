package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

const (
	pageRows   = 100 // Envoy publishes no maximum; its answer says what it really used
	maxRereads = 2
)

// page is one page of the directory.
type page struct {
	rows     []json.RawMessage
	total    *int // of the whole directory, when Envoy tells
	body     []byte
	answered bool // Envoy answered with success, whatever was in it
}

// fetch reads one page. Envoy answers {"data": [...], "meta": {"page", "perPage",
// "total"}}; meta came later and is not relied on.
func fetch(ctx context.Context, client *sdk.Client, number, rows int) (page, error) {
	var body struct {
		Data json.RawMessage `json:"data"`
		Meta struct {
			Total *int `json:"total"`
		} `json:"meta"`
	}
	query := url.Values{"page": {strconv.Itoa(number)}, "perPage": {strconv.Itoa(rows)}, "sort": {"NAME"}, "order": {"ASC"}}
	answer, err := client.GetJSON(ctx, "/v1/employees", query, &body)
	if err != nil {
		return page{}, err
	}
	p := page{total: body.Meta.Total, body: answer.Body, answered: true}
	if err := json.Unmarshal(body.Data, &p.rows); err != nil || p.rows == nil {
		e := sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the answer of Envoy holds no list of employees in \"data\"")
		e.UpstreamStatus, e.RequestID = answer.Status, answer.RequestID
		return p, e
	}
	return p, nil
}

// readEmployees reads the directory page by page. Pages are numbered, so a
// person who joins or leaves meanwhile moves everybody behind them: when the
// total changed on the way the directory is read again, and when it will not
// hold still the read is not called complete.
func readEmployees(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	client, err := newClient(s)
	if err != nil {
		return err
	}
	for range maxRereads + 1 {
		steady, err := readOnce(ctx, client, out)
		if steady || err != nil {
			return err
		}
		out.Note("The directory changed while it was read: reading it again.")
	}
	out.Gap("employees", sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the directory changed each time it was read"))
	return nil
}

// readOnce reads every page and reports whether the total stayed the same. It
// ends at an empty page or when the total is reached, never at a page that is
// merely short: Envoy may use smaller pages than it was asked for.
func readOnce(ctx context.Context, client *sdk.Client, out *sdk.Output) (steady bool, err error) {
	var guard sdk.Pages
	seen, steady := map[string]bool{}, true
	var total *int
	for number, read := 1, 0; ; number++ {
		p, err := fetch(ctx, client, number, pageRows)
		if err != nil {
			return false, err
		}
		if total != nil && p.total != nil && *total != *p.total {
			steady = false
		}
		if total = p.total; total != nil {
			out.Expect(*total)
		}
		read += len(p.rows)
		if len(p.rows) == 0 {
			return steady, missing(read, total)
		}
		if err := guard.Saw(strconv.Itoa(number), p.body); err != nil {
			return false, err
		}
		if err := putPage(out, p, seen); err != nil {
			return false, err
		}
		if total != nil && read >= *total {
			return steady, nil
		}
	}
}

// missing is the error of a list that ended before the total Envoy gave.
func missing(read int, total *int) error {
	if total == nil || read >= *total {
		return nil
	}
	return sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "Envoy listed %d employees of the %d it says there are", read, *total)
}

// putPage sends a page. An employee without an id is a gap: the others are
// still worth having.
func putPage(out *sdk.Output, p page, seen map[string]bool) error {
	for i, raw := range p.rows {
		account, err := toAccount(raw)
		if err != nil {
			out.Gap("employee "+strconv.Itoa(i+1)+" of a page", err)
			continue
		}
		if seen[account.ExternalID] {
			continue // moved to a later page meanwhile
		}
		seen[account.ExternalID] = true
		if err := put(out, account); err != nil {
			return err
		}
	}
	return out.Checkpoint(nil)
}

// put sends an account. The SDK has reported one that cannot be sent, such as one
// that is too large, as a gap; the others are still worth having.
func put(out *sdk.Output, account kind.Account) error {
	err := out.Put(account.ExternalID, account)
	switch codeOf(err) {
	case sdk.CodeLimitRecordTooLarge, sdk.CodeSchemaUnexpected, sdk.CodeSchemaKeyMissing:
		return nil
	}
	return err
}

// toAccount reads the fields that Envoy's published example shows. Nothing says
// whether an employee is switched off, is an admin or uses a second factor, so
// these stay unknown. All other fields stay in the vendor's document.
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
	created, err := kind.ParseTime(string(e.CreatedAt))
	if err != nil {
		created = kind.Time{} // not the documented form: not known
	}
	return kind.Account{
		ExternalID: string(e.ID), Username: string(e.Email), Email: string(e.Email), Name: string(e.Name),
		Type: "human", CreatedAt: created, Vendor: raw,
	}, nil
}

// text is a field that is documented as a string and may come as a number, null
// or something else altogether; the latter two leave it empty.
type text string

// UnmarshalJSON fails for no JSON value: one of another type is not known here,
// and the vendor's document keeps it.
func (t *text) UnmarshalJSON(raw []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return fmt.Errorf("decode field: %w", err)
	}
	switch v := value.(type) {
	case string:
		*t = text(strings.TrimSpace(v))
	case json.Number:
		*t = text(v.String())
	}
	return nil
}
