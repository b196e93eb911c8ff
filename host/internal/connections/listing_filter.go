package connections

import (
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
)

// Paused stands in a Filter for the paused connections, which are neither healthy nor
// unhealthy.
const Paused host.Health = "paused"

// Filter selects connections. Empty fields select all; of several values one has to hold.
type Filter struct {
	Health       []host.Health // or Paused
	Reason       []host.Reason
	Category     []host.Category
	Owner        []string // or host.OwnerNone
	Connector    string
	Disconnected bool   // the disconnected connections instead of the others
	NeedsYou     bool   // only those that a person has to act on
	Query        string // words and key:value terms, as term reads them
}

// Names of the facets of a list of connections. They are the names of the parameters, too.
const (
	facetHealth   = "health"
	facetReason   = "reason"
	facetCategory = "category"
	facetOwner    = "owner"
)

// facet is one property that connections are filtered by and counted by.
type facet struct {
	name   string
	wanted []string // empty = any
	of     func(host.ConnectionStatus) []string
}

// passes reports whether a connection has a wanted value.
func (f facet) passes(c host.ConnectionStatus) bool {
	return len(f.wanted) == 0 || slices.ContainsFunc(f.of(c), func(value string) bool { return slices.Contains(f.wanted, value) })
}

// parsed is a Filter whose query is read.
type parsed struct {
	Filter
	facets []facet
	terms  []term
}

func (f Filter) parse() parsed {
	return parsed{Filter: f, terms: termsOf(f.Query), facets: []facet{
		{facetHealth, texts(f.Health), func(c host.ConnectionStatus) []string { return []string{string(countsAs(c))} }},
		{facetReason, texts(f.Reason), func(c host.ConnectionStatus) []string { return []string{string(c.Reason)} }},
		{facetCategory, texts(f.Category), func(c host.ConnectionStatus) []string { return texts(c.Categories) }},
		{facetOwner, f.Owner, func(c host.ConnectionStatus) []string { return []string{ownerOf(c)} }},
	}}
}

// passes reports whether a connection is selected.
func (p parsed) passes(c host.ConnectionStatus) bool { return p.outside(c) && len(p.failing(c)) == 0 }

// outside reports whether a connection passes everything but the facets.
func (p parsed) outside(c host.ConnectionStatus) bool {
	if p.NeedsYou && !c.NeedsYou() || p.Connector != "" && c.Connector != p.Connector {
		return false
	}
	return !slices.ContainsFunc(p.terms, func(t term) bool { return t.holds(c) == t.not })
}

// failing returns the places of the facets that a connection does not pass.
func (p parsed) failing(c host.ConnectionStatus) (failing []int) {
	for i, f := range p.facets {
		if !f.passes(c) {
			failing = append(failing, i)
		}
	}
	return failing
}

// countsAs is what a connection counts as: Paused, or its health.
func countsAs(c host.ConnectionStatus) host.Health {
	if c.Paused != nil {
		return Paused
	}
	return c.Health
}

func ownerOf(c host.ConnectionStatus) string {
	if c.Owner == "" {
		return host.OwnerNone
	}
	return c.Owner
}

// term is one word of a query: a text to find in a name, or a key with a value. A dash
// before it means that it must not hold.
type term struct {
	not   bool
	key   string // "" for a text
	value string // in lower case
}

// keys of terms, with what a connection has under each. A value matches by its beginning,
// that of an owner or a connector by any part.
var termKeys = map[string]func(host.ConnectionStatus) (values []string, part bool){
	"status":    healthWords,
	"health":    healthWords,
	"reason":    func(c host.ConnectionStatus) ([]string, bool) { return []string{string(c.Reason)}, false },
	"category":  func(c host.ConnectionStatus) ([]string, bool) { return categoryWords(c), false },
	"owner":     func(c host.ConnectionStatus) ([]string, bool) { return []string{ownerOf(c)}, true },
	"connector": func(c host.ConnectionStatus) ([]string, bool) { return []string{c.Connector, c.ConnectorName}, true },
	"needs":     needsWords,
}

func healthWords(c host.ConnectionStatus) ([]string, bool) {
	state := countsAs(c)
	if state == host.HealthUnknown {
		return []string{string(state), "not synced"}, false
	}
	return []string{string(state)}, false
}

func needsWords(c host.ConnectionStatus) ([]string, bool) {
	if c.NeedsYou() {
		return []string{"you"}, false
	}
	return nil, false
}

// categoryWords are ids and titles of categories.
func categoryWords(c host.ConnectionStatus) []string {
	words := texts(c.Categories)
	for _, known := range host.Categories() {
		if slices.Contains(c.Categories, known.ID) {
			words = append(words, known.Title)
		}
	}
	return words
}

// termsOf reads a query such as `okta status:unhealthy -owner:"Anna Berg"`. A key that is
// not known makes the word a text.
func termsOf(query string) (terms []term) {
	for _, word := range wordsOf(query) {
		t := term{value: plain(word)}
		if rest, ok := strings.CutPrefix(word, "-"); ok && rest != "" {
			t.not, t.value, word = true, plain(rest), rest
		}
		if key, value, ok := strings.Cut(word, ":"); ok && termKeys[strings.ToLower(key)] != nil {
			t.key, t.value = strings.ToLower(key), plain(value)
		}
		if t.value != "" {
			terms = append(terms, t)
		}
	}
	return terms
}

// wordsOf splits a query at its spaces, but not within double quotes, which it drops.
func wordsOf(query string) (words []string) {
	quoted := false
	split := func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return !quoted && (r == ' ' || r == '\t')
	}
	for _, word := range strings.FieldsFunc(query, split) {
		words = append(words, strings.ReplaceAll(word, `"`, ""))
	}
	return words
}

// plain makes a word comparable: in lower case, with spaces where an id or an address has
// a dash or an underscore.
func plain(text string) string {
	return strings.NewReplacer("_", " ", "-", " ").Replace(strings.ToLower(text))
}

// holds reports whether a connection has the value, or a text in one of its names.
func (t term) holds(c host.ConnectionStatus) bool {
	values, part := []string{c.Alias, c.ConnectorName, c.Connector, c.Owner}, true
	if t.key != "" {
		values, part = termKeys[t.key](c)
	}
	return slices.ContainsFunc(values, func(value string) bool {
		if part {
			return strings.Contains(plain(value), t.value)
		}
		return strings.HasPrefix(plain(value), t.value)
	})
}

// texts returns words of a noun's own type as strings.
func texts[T ~string](words []T) []string {
	list := make([]string, len(words))
	for i, word := range words {
		list[i] = string(word)
	}
	return list
}
