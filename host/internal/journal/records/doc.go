// Package records reads what the journal has of records: their versions at any moment that
// is kept, the changes of the change log, and the state of streams with their held
// removals.
package records
