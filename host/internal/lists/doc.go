// Package lists keeps the projection of every stream up to date: all of them once, soon
// after a start, and then as a reader of the journal. What a run writes is taken up when
// the run has ended, or after ten minutes. It joins the store to the projection, which do
// not know each other.
package lists
