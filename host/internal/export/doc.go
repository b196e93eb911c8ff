// Package export writes lists into files that people and spreadsheets read, and keeps the
// files for a day.
//
// A file says on its own what it is: a heading names the product, what was exported and by
// which filter, the moment it is of, who made it and how far each source can be relied on.
// Its last line has the number of rows and a hash of all before it, so that a file that was
// cut is noticed.
//
//	CSV         heading and end are lines that begin with "# "
//	JSON Lines  the first object is {"export": …}, the last {"end": …}
//
// Spreadsheets run a cell that begins with certain signs as a formula. In CSV such a cell
// has an apostrophe before it; numbers stay as they are. JSON Lines have every value
// unchanged.
//
// A file is readable by its owner alone and is not encrypted: it holds what the list shows.
// The package knows neither records nor the journal.
package export
