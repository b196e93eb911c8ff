package google

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk"
)

// MaxPage is the most bytes of one answer. Several are in memory at one moment.
const MaxPage = 16 << 20

// List is a list whose answers name the token of the next page.
type List struct {
	Client *sdk.Client
	Path   string
	Query  url.Values
	Member string // of the answer; it holds the items
	Kind   string // the documented "kind" of the answer; "" = answers have none
}

// envelope are the members of an answer beside its items.
var envelope = []string{"kind", "etag", "id", "selfLink", "nextPageToken", "warning", "warnings", "unreachable", "unreachables"}

// Each calls f with every item. Google leaves an empty list out of an answer, so an answer counts as an empty page if it has
// its kind, and nothing that no list has. An answer that says that a part of Google was not reached is an error after the last
// item.
func (l List) Each(ctx context.Context, f func(item json.RawMessage) error) error {
	var pages sdk.Pages
	var partial error
	query := maps.Clone(l.Query)
	if query == nil {
		query = url.Values{}
	}
	for token := ""; ; {
		if token != "" {
			query.Set("pageToken", token)
		}
		var body map[string]json.RawMessage
		answer, err := l.Client.GetJSON(ctx, l.Path, query, &body)
		if err != nil {
			return err
		}
		if err := pages.Saw(token, answer.Body); err != nil {
			return err
		}
		items, err := l.items(answer, body)
		if err != nil {
			return err
		}
		for _, item := range items {
			if err := f(item); err != nil {
				return err
			}
		}
		if partial == nil {
			partial = l.partial(answer, body)
		}
		if token = text(body["nextPageToken"]); token == "" {
			return partial
		}
	}
}

func (l List) items(answer *sdk.Response, body map[string]json.RawMessage) ([]json.RawMessage, error) {
	raw, found := body[l.Member]
	var items []json.RawMessage
	if found && json.Unmarshal(raw, &items) == nil && items != nil {
		return items, nil
	}
	foreign := false
	for name := range body {
		foreign = foreign || !slices.Contains(envelope, name)
	}
	if body != nil && !found && !foreign && text(body["kind"]) == l.Kind {
		return nil, nil
	}
	return nil, answer.Errorf(sdk.CodeUpstreamInvalidResponse, "the answer of %s to %s holds no list in %q",
		answer.URL.Host, answer.URL.Path, l.Member)
}

// partial returns an error when an answer says that it lacks a part, such as a region. A page without results is whole.
func (l List) partial(answer *sdk.Response, body map[string]json.RawMessage) error {
	for _, name := range []string{"warning", "warnings", "unreachable", "unreachables"} {
		words := strings.Trim(string(body[name]), "[] \n")
		if words == "" || words == "null" || words == "{}" || strings.Contains(words, "NO_RESULTS_ON_PAGE") {
			continue
		}
		e := sdk.Errorf(sdk.CodeUpstream5xx, "the answer of %s to %s lacks a part: %s", answer.URL.Host, answer.URL.Path,
			strings.ToValidUTF8(words[:min(len(words), maxWords)], ""))
		e.RequestID = answer.RequestID
		return e
	}
	return nil
}

func text(raw json.RawMessage) string {
	var t string
	_ = json.Unmarshal(raw, &t) // what is no text is none
	return t
}

// Decode reads the fields of an item. A field of another type than documented stays as it was: unknown.
func Decode(item json.RawMessage, into any) error {
	var typed *json.UnmarshalTypeError
	if err := json.Unmarshal(item, into); err != nil && (!errors.As(err, &typed) || typed.Field == "") {
		return sdk.Errorf(sdk.CodeSchemaUnexpected, "an item is not a JSON object")
	}
	return nil
}

// Document returns an item without the named fields, which change by themselves or are private, and with further ones.
func Document(item json.RawMessage, without []string, with map[string]any) json.RawMessage {
	var fields map[string]json.RawMessage
	if json.Unmarshal(item, &fields) != nil || fields == nil {
		return item
	}
	for _, name := range without {
		delete(fields, name)
	}
	for name, value := range with {
		if raw, err := json.Marshal(value); err == nil {
			fields[name] = raw
		}
	}
	raw, err := json.Marshal(fields)
	if err != nil {
		return item
	}
	return raw
}
