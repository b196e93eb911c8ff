// Package kind holds the shapes of records: one Go struct per kind, its JSON
// Schema, and the canonical form that content hashes are computed over.
//
// It owns what each field means, in which unit, and where it comes from. It
// never talks to a vendor and knows nothing of streams or connections.
//
// Three rules hold for every kind.
//
// Unknown is a value. A yes/no fact that a vendor may hide is a Tri, whose zero
// value is unknown. A number, time or list that was not read is absent; an
// empty list was read and is empty. Nothing is ever guessed to be "no".
//
// The vendor's own document stays beside the normalised fields, under "vendor",
// without values that change by themselves between two reads (counters, "last
// seen" of seconds ago), or every run would report a change.
//
// Shapes only grow. Inside v1 a field is added as optional and an enumeration
// gains words; nothing is renamed or removed, so stored records stay valid. A
// document may carry fields that its schema does not name.
//
// Encoding/json decides what a document looks like, and Canonical its form. Append
// and Accept are fast paths: Append writes the same bytes in one pass, Accept sees in
// one pass that a document is canonical and valid. They only report success. If one
// returns false, call Canonical and Validate, which return an error that names the
// field.
//
// The schemas under schema/ and README.md, which lists every kind with its fields,
// are generated from the structs: run go generate after a change and commit what it
// writes.
package kind

//go:generate go run ./internal/schemagen
