package people

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/plumbline-dev/plumbline/host/account"
)

// mostHistory is how many decisions about one account are looked through.
const mostHistory = 1000

// History returns the decisions about an account, newest first.
func (p *People) History(id string) ([]account.History, error) {
	entries, err := p.config.Journal.AccountDecisionHistory(id, mostHistory)
	if err != nil {
		return nil, err
	}
	var history []account.History
	for i, e := range entries {
		var now, before account.StoredDecision
		err := json.Unmarshal(e.Document, &now)
		if i+1 < len(entries) {
			err = errors.Join(err, json.Unmarshal(entries[i+1].Document, &before))
		}
		if err != nil {
			return nil, fmt.Errorf("decode decision: %w", err)
		}
		one := account.History{
			Revision: e.Revision, At: e.At, Actor: e.Actor, Action: "decided",
			Changes: parts(before, now), Decision: now.Decision, Bulk: now.Bulk,
		}
		if now.Restores != nil {
			one.Action = "undone"
		}
		history = append(history, one)
	}
	return history, nil
}

// parts returns what differs between two decisions, in words.
func parts(before, after account.StoredDecision) []account.DecisionPart {
	changes := []account.DecisionPart{}
	add := func(part string, of func(account.StoredDecision) string) {
		if was, is := of(before), of(after); was != is {
			changes = append(changes, account.DecisionPart{Part: part, Before: was, After: is})
		}
	}
	add("link", func(d account.StoredDecision) string {
		switch {
		case d.Link == account.LinkNone:
			return "no person"
		case d.Link == account.LinkPerson && d.PersonNamed != nil:
			return nameAndAddress(d.PersonNamed)
		}
		return ""
	})
	add("kind", func(d account.StoredDecision) string { return string(d.Kind) })
	add("scope", func(d account.StoredDecision) string {
		if d.InScope != nil && !*d.InScope {
			return "out"
		}
		return "in"
	})
	add("rationale", func(d account.StoredDecision) string { return d.Rationale })
	add("owner", func(d account.StoredDecision) string { return nameAndAddress(d.OwnerNamed) })
	add("note", func(d account.StoredDecision) string { return d.Note })
	return changes
}

func nameAndAddress(named *account.NamedPerson) string {
	switch {
	case named == nil:
		return ""
	case named.Name == "" || named.Email == "":
		return named.Name + named.Email
	}
	return named.Name + " <" + named.Email + ">"
}
