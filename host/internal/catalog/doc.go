// Package catalog knows which program is used as a connector and how far it is trusted. A program in development goes before the program of an installed
// release, which goes before a program in a directory. The package also judges the
// trial of a new release by its runs: a complete run ends the trial, a broken program
// brings the release before it back.
package catalog
