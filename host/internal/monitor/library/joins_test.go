package library

import (
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// join finds whom records belong to, by address. A person is known from a record of the kind person, or from an account of the directory.
func (w *world) join() {
	byID := map[string]string{} // addresses, by the key of the record
	for _, r := range w.records[kind.KindPerson] {
		email, _ := r.document["email"].(string)
		byID[r.key] = email
		w.persons[email] = map[string]any{"id": r.key, "sources": []any{"person"}, "status": w.status(r.facts)}
		for _, field := range []string{"name", "email", "employment", "title", "department", "manager", "started_at", "ended_at"} {
			if value, known := r.facts[field]; known {
				w.persons[email][field] = value
			}
		}
	}
	for _, r := range w.records[kind.KindAccount] {
		email, _ := r.document["email"].(string)
		of := r.facts["type"]
		if r.connection.Category != "identity" || email == "" || of != "human" && of != "external" {
			continue
		}
		if w.persons[email] == nil {
			w.persons[email] = map[string]any{"id": r.key, "name": r.facts["name"], "email": email, "sources": []any{"account"}}
			if status := map[any]string{"active": "active", "deprovisioned": "left"}[r.facts["status"]]; status != "" {
				w.persons[email]["status"] = status
			}
		}
	}
	for _, list := range w.records {
		for _, r := range list {
			w.belong(r, byID)
		}
	}
}

// belong notes whom a record belongs to.
func (w *world) belong(r *record, byID map[string]string) {
	address := ""
	for _, field := range []string{"email", "owner_email", "person_email", "signer_email", "owner", "assignee"} {
		if text, _ := r.document[field].(string); text != "" && address == "" {
			address = text
		}
	}
	r.person = w.persons[address]
	if r.decided != nil {
		owner, _ := r.decided["owner"].(string)
		if !strings.Contains(owner, "@") {
			owner = byID[owner]
		}
		r.decided["owner"] = w.persons[owner]
	}
	if serial, _ := r.document["serial"].(string); serial != "" {
		w.serials[serial] = append(w.serials[serial], r)
	}
	variables := map[kind.Kind]string{
		kind.KindAccount: monitor.VarAccounts, kind.KindDevice: monitor.VarDevices, kind.KindTraining: monitor.VarTrainings,
		kind.KindSignature: monitor.VarSignatures, kind.KindBackgroundCheck: monitor.VarChecks,
	}
	if name := variables[r.kind]; name != "" && address != "" {
		if w.of[name] == nil {
			w.of[name] = map[string][]*record{}
		}
		w.of[name][address] = append(w.of[name][address], r)
	}
}

// status returns a person's status as package people judges it.
func (w *world) status(facts map[string]any) string {
	ended, hasEnded := facts["ended_at"].(time.Time)
	switch {
	case facts["status"] == "terminated" && !hasEnded, hasEnded && !w.now.Before(ended.AddDate(0, 0, 1)):
		return "left"
	case facts["status"] == "future":
		return "joining"
	case hasEnded:
		return "leaving"
	}
	return "active"
}

// related returns what belongs to a record.
func (w *world) related(r *record) func(name string) (any, bool) {
	return func(name string) (any, bool) {
		switch name {
		case monitor.VarPerson:
			if r.person == nil {
				return nil, true
			}
			return r.person, true
		case monitor.VarAccount:
			if r.decided == nil {
				return nil, true
			}
			return r.decided, true
		case monitor.VarTwins:
			serial, _ := r.document["serial"].(string)
			return factsOf(w.serials[serial], r), true
		}
		address, _ := r.person["email"].(string)
		return factsOf(w.of[name][address], nil), true
	}
}

func factsOf(records []*record, without *record) []any {
	list := []any{}
	for _, r := range records {
		if r != without {
			list = append(list, r.facts)
		}
	}
	return list
}
