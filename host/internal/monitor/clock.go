package monitor

import (
	"slices"

	"github.com/plumbline-dev/plumbline/sdk/expr"
)

// ReadsClock reports whether what the test finds may change by the time of day alone. It may if an expression reads now, or something of
// a person: one who is to leave has left when the day is over.
func (p *Program) ReadsClock() bool {
	return p.readsPerson() ||
		slices.ContainsFunc(p.programs(), func(e *expr.Program) bool { return slices.Contains(e.Variables(), varNow) })
}

// readsPerson reports whether an expression reads what is made of persons and accounts.
func (p *Program) readsPerson() bool {
	return slices.ContainsFunc(p.reads, func(name string) bool { return name == VarPerson || name == VarAccounts || name == VarAccount })
}
