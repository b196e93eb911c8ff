// Package kind holds the shapes of records: one Go struct per kind, its JSON
// Schema, and the canonical form that content hashes are computed over.
//
// Unknown is a value. A yes/no fact that a vendor may hide is a Tri, whose zero value is unknown. A
// number, time or list that was not read is absent; an empty list was read and is empty. A
// connector never guesses "no".
//
// The vendor's own document is in the field "vendor", beside the normalised fields. It leaves out
// values that change between two reads by themselves (counters, "last seen" of seconds ago),
// because every run would report a change.
//
// Shapes only grow. Within v1 a new field is optional and an enumeration may get more words; no
// field is renamed or removed, so stored records stay valid. A document may have fields that its
// schema does not name.
//
// Encoding/json defines the content of a document, and Canonical its form. Append and Accept are
// fast paths: Append writes the same bytes in one pass, and Accept recognizes a canonical and valid
// document in one pass. When one of them reports no success, call Canonical and Validate, whose
// error names the field.
//
// The schemas under schema/ and README.md, which lists every kind with its fields, are generated
// from the structs. Run go generate after a change and commit its output.
package kind

//go:generate go run ./internal/schemagen
