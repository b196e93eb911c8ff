package app

import "time"

// ReaderState says how far what is derived from the journal follows it.
type ReaderState struct {
	Name        string     // lists or accounts
	Follows     bool       // false while it cannot, or is still being built
	BehindSince *time.Time // nil when it is not behind
}

// Readers returns the readers of the journal.
func (a *App) Readers() []ReaderState {
	lists, follows := a.parts.View.Status()
	return []ReaderState{
		{Name: "accounts", Follows: a.parts.People.Position().State == "following"},
		{Name: "lists", Follows: follows && lists.Error == "", BehindSince: lists.BehindSince},
	}
}
