// Package mapping makes records out of the rows of a table. The administrator assigns the table's columns to
// the fields of a kind, and gives meanings to words. It owns the lines of the settings "columns", "values",
// "dates" and "date_columns", which the connectors csv and sql have, and how a cell becomes a value of a field.
// It does not read tables.
package mapping
