package people

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/plumbline-dev/plumbline/host"
)

// mostHistory is how many decisions about one account are looked through.
const mostHistory = 1000

// History returns the decisions about an account, newest first.
func (p *People) History(id string) ([]host.AccountHistory, error) {
	entries, err := p.config.Journal.AccountDecisionHistory(id, mostHistory)
	if err != nil {
		return nil, err
	}
	var history []host.AccountHistory
	for i, e := range entries {
		var now, before host.StoredDecision
		err := json.Unmarshal(e.Document, &now)
		if i+1 < len(entries) {
			err = errors.Join(err, json.Unmarshal(entries[i+1].Document, &before))
		}
		if err != nil {
			return nil, fmt.Errorf("decode decision: %w", err)
		}
		one := host.AccountHistory{
			Revision: e.Revision, At: e.At, Actor: e.Actor, Action: "decided",
			Changes: parts(before, now), Decision: now.AccountDecision, Bulk: now.Bulk,
		}
		if now.Restores != nil {
			one.Action = "undone"
		}
		history = append(history, one)
	}
	return history, nil
}

// parts returns what differs between two decisions, in words.
func parts(before, after host.StoredDecision) []host.DecisionPart {
	changes := []host.DecisionPart{}
	add := func(part string, of func(host.StoredDecision) string) {
		if was, is := of(before), of(after); was != is {
			changes = append(changes, host.DecisionPart{Part: part, Before: was, After: is})
		}
	}
	add("link", func(d host.StoredDecision) string {
		switch {
		case d.Link == host.LinkNone:
			return "no person"
		case d.Link == host.LinkPerson && d.PersonNamed != nil:
			return nameAndAddress(d.PersonNamed)
		}
		return ""
	})
	add("kind", func(d host.StoredDecision) string { return string(d.Kind) })
	add("scope", func(d host.StoredDecision) string {
		if d.InScope != nil && !*d.InScope {
			return "out"
		}
		return "in"
	})
	add("rationale", func(d host.StoredDecision) string { return d.Rationale })
	add("owner", func(d host.StoredDecision) string { return nameAndAddress(d.OwnerNamed) })
	add("note", func(d host.StoredDecision) string { return d.Note })
	return changes
}

func nameAndAddress(named *host.NamedPerson) string {
	switch {
	case named == nil:
		return ""
	case named.Name == "" || named.Email == "":
		return named.Name + named.Email
	}
	return named.Name + " <" + named.Email + ">"
}
