package monitor

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host/verdict"
	"github.com/plumbline-dev/plumbline/sdk/expr"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// Connection is what expressions can read of the connection of a record.
type Connection struct {
	ID, Alias, Connector, Category string
}

func (c Connection) facts() map[string]any {
	return map[string]any{"id": c.ID, "alias": c.Alias, "connector": c.Connector, "category": c.Category}
}

// Subject is one record with what belongs to it.
type Subject struct {
	Connection  Connection
	Stream, Key string
	Hash        string
	ObservedAt  time.Time
	Data        json.RawMessage
	// Related returns what belongs to the record: for VarPerson the facts of a person or nil for nobody, for the others a list of facts.
	// Known is false when it cannot be told. It is asked only for what Program.Reads names.
	Related func(variable string) (value any, known bool)
	shared  *shared // nil = nothing is
}

// three is a truth value that may not be known. Its zero value is not known.
type three int8

const (
	dontKnow three = iota
	holds
	fails
)

// Round judges one test for one moment. Take takes each record of the test's kind once, End concludes. It is for one goroutine.
type Round struct {
	program    *Program
	now        time.Time
	parameters map[string]any
	exclusions map[string]verdict.Exclusion
	tally      verdict.Tally
	counts     map[string]*counted
	err        error
}

// ItemID names an item of a test, as exclusions do: connection, stream and key, with what is absent left empty.
func ItemID(connection, stream, key string) string {
	return connection + "\x00" + stream + "\x00" + key
}

// Begin begins a round. Parameters that are not given have their defaults. Exclusions are by ItemID; those that have ended by now do not
// count.
func (p *Program) Begin(now time.Time, parameters map[string]any, exclusions map[string]verdict.Exclusion) *Round {
	r := &Round{
		program: p, now: now, parameters: map[string]any{}, exclusions: exclusions, counts: map[string]*counted{}, err: p.broken,
	}
	for _, one := range p.Test.Parameters {
		r.parameters[one.Name] = one.Default
		if given, ok := parameters[one.Name]; ok {
			r.parameters[one.Name] = given
		}
	}
	return r
}

// Take judges one record. For a test that counts, the item that it returns is of no meaning yet: its outcome is not applicable.
func (r *Round) Take(ctx context.Context, s Subject) (verdict.Item, error) {
	if r.err != nil {
		return verdict.Item{}, r.err
	}
	item, err := r.take(ctx, s)
	if err != nil && ctx.Err() == nil {
		r.err = fmt.Errorf("judge %s of %s: %w", s.Key, s.Connection.Alias, err)
	}
	return item, err
}

func (r *Round) take(ctx context.Context, s Subject) (verdict.Item, error) {
	item, mark, err := r.judge(ctx, s)
	if err == nil {
		r.Add(s.Connection, mark, 1)
	}
	return item, err
}

// judge judges one record, and counts nothing.
func (r *Round) judge(ctx context.Context, s Subject) (verdict.Item, Mark, error) {
	p := r.program
	if p.broken != nil {
		return verdict.Item{}, MarkError, p.broken
	}
	values, err := r.values(s)
	if err != nil {
		return verdict.Item{}, MarkError, err
	}
	scope, err := truth(ctx, p.scope, values)
	if err != nil {
		return verdict.Item{}, MarkError, err
	}
	item := verdict.Item{
		Outcome: verdict.OutcomeNotApplicable, Connection: s.Connection.ID, Alias: s.Connection.Alias, Stream: s.Stream, Key: s.Key,
		Hash: s.Hash, Name: nameOf(values[varRecord]),
	}
	if !s.ObservedAt.IsZero() {
		item.ObservedAt = &s.ObservedAt
	}
	if p.Test.Count != nil {
		mark, err := r.countMark(ctx, scope, values)
		return item, mark, err
	}
	if scope == fails {
		return item, MarkNone, nil
	}
	expected, err := truth(ctx, p.expect, values)
	if err != nil {
		return verdict.Item{}, MarkError, err
	}
	item.Outcome = outcome(scope, expected)
	switch item.Outcome {
	case verdict.OutcomeUnknown:
		item.Message = r.notKnown(values)
	case verdict.OutcomeFail:
		if item.Message, err = r.message(ctx, values); err != nil {
			return verdict.Item{}, MarkError, err
		}
	}
	r.exclude(&item)
	return item, markOf(item.Outcome), nil
}

// outcome is the table in the documentation of the package, for a scope that is not known to fail.
func outcome(scope, expected three) verdict.Outcome {
	switch {
	case expected == holds:
		return verdict.OutcomePass
	case expected == fails && scope == holds:
		return verdict.OutcomeFail
	}
	return verdict.OutcomeUnknown
}

// exclude takes away a fail or an unknown that a person has excluded.
func (r *Round) exclude(item *verdict.Item) {
	if item.Outcome != verdict.OutcomeFail && item.Outcome != verdict.OutcomeUnknown {
		return
	}
	excluded, ok := r.exclusions[ItemID(item.Connection, item.Stream, item.Key)]
	if !ok || excluded.Until != nil && !excluded.Until.After(r.now) {
		return
	}
	item.Outcome, item.Exclusion = verdict.OutcomeExcluded, &excluded
}

// values returns the values of the variables for one record.
func (r *Round) values(s Subject) (map[string]any, error) {
	p := r.program
	record, err := s.facts(kind.Kind(p.Test.Kind), p.readsVendor())
	if err != nil {
		return nil, err
	}
	values := map[string]any{varRecord: record, varParameters: r.parameters, varNow: r.now, varConnection: s.Connection.facts()}
	for name := range related() {
		values[name] = expr.Absent{}
	}
	for _, name := range p.reads {
		if value, known := s.Related(name); known {
			values[name] = value
		}
	}
	return values, nil
}

// readsVendor reports whether an expression reads the system's own document.
func (p *Program) readsVendor() bool {
	return slices.ContainsFunc(p.programs(), func(e *expr.Program) bool { return slices.Contains(e.Members(varRecord), vendorMember) })
}

// truth evaluates an expression that says yes or no; nil says yes.
func truth(ctx context.Context, e *expr.Program, values map[string]any) (three, error) {
	if e == nil {
		return holds, nil
	}
	value, err := e.Eval(ctx, values)
	if err != nil {
		return dontKnow, err
	}
	switch value {
	case true:
		return holds, nil
	case false:
		return fails, nil
	case nil:
		return dontKnow, nil
	}
	return dontKnow, fmt.Errorf("%s gives %v, which is neither true nor false", e, value)
}

// message returns what to say of an item that failed.
func (r *Round) message(ctx context.Context, values map[string]any) (string, error) {
	if r.program.told == nil {
		return "", nil
	}
	value, err := r.program.told.Eval(ctx, values)
	if err != nil {
		return "", err
	}
	text, _ := value.(string)
	return text, nil
}

// notKnown names the facts that an expression reads and that are not known.
func (r *Round) notKnown(values map[string]any) string {
	record, _ := values[varRecord].(map[string]any)
	var names []string
	for _, e := range []*expr.Program{r.program.scope, r.program.expect} {
		if e == nil {
			continue
		}
		for _, name := range e.Members(varRecord) {
			if _, known := record[name]; !known && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	for _, name := range r.program.reads {
		if _, absent := values[name].(expr.Absent); absent {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "A fact of a record that belongs to it is not known."
	}
	return "Not known: " + strings.Join(names, ", ") + "."
}

// nameOf returns what a person calls a record.
func nameOf(facts any) string {
	record, _ := facts.(map[string]any)
	for _, member := range []string{"name", "title", "hostname", "email", "username", "person_name", "document", "course", "external_id"} {
		if text, _ := record[member].(string); text != "" {
			return text
		}
	}
	return ""
}
