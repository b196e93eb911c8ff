// Package schema checks JSON documents against JSON Schema 2020-12 and names
// each broken rule by its place.
//
// It owns the validator library and the words for a broken rule. It never loads
// a schema from a file or the network, and never repeats the offending value:
// the document may hold a secret.
package schema
